#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "server/store/journal.hpp"

// What a journal told, and a way to wait until it has told enough.

namespace avow::server {

class Listener final : public JournalListener {
 public:
  void committed(std::uint64_t seq) override {
    tell([&] { commits.push_back(seq); });
  }
  void reserved(std::uint64_t through) override {
    tell([&] { reserved_through = through; });
  }
  void room(bool is_there) override {
    tell([&] { rooms.push_back(is_there); });
  }
  void failed(const Error& why) override {
    tell([&] { failure = why; });
  }

  /// Whether `what` came true in time. It is asked under the lock.
  bool wait_for(const std::function<bool()>& what) {
    std::unique_lock lock(mutex_);
    return told_.wait_for(lock, std::chrono::seconds(30), what);
  }
  bool wait_for_commit(std::uint64_t seq) {
    return wait_for([&] { return !commits.empty() && commits.back() >= seq; });
  }
  /// Changes something that a wait is about.
  void tell(const std::function<void()>& change) {
    const std::lock_guard lock(mutex_);
    change();
    told_.notify_all();
  }

  std::vector<std::uint64_t> commits;
  std::uint64_t reserved_through = 0;
  std::vector<bool> rooms;
  std::optional<Error> failure;

 private:
  std::mutex mutex_;
  std::condition_variable told_;
};

}  // namespace avow::server
