#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

// What happened on the transport's thread, for the thread of the test to wait for and to judge.

namespace avow::server {

class Journal {
 public:
  void note(std::string event) {
    {
      const std::lock_guard lock(mutex_);
      events_.push_back(std::move(event));
    }
    noted_.notify_all();
  }

  /// Waits until `event` has happened; false if it does not for very long.
  [[nodiscard]] bool wait_for(const std::string& event) {
    std::unique_lock lock(mutex_);
    return noted_.wait_for(lock, std::chrono::seconds(20),
                           [&] { return std::ranges::count(events_, event) > 0; });
  }

  [[nodiscard]] std::vector<std::string> events() {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  [[nodiscard]] bool has(const std::string& event) {
    const std::lock_guard lock(mutex_);
    return std::ranges::count(events_, event) > 0;
  }

 private:
  std::mutex mutex_;  // Guards the events.
  std::condition_variable noted_;
  std::vector<std::string> events_;
};

}  // namespace avow::server
