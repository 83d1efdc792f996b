#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace avow::bench {

/// What one thread gives another takes, all of it at once.
template <class T>
class Handoff {
 public:
  void give(T thing) {
    {
      const std::lock_guard lock(mutex_);
      things_.push_back(std::move(thing));
    }
    is_there_.notify_one();
  }
  /// Nothing more will be given.
  void end() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    is_there_.notify_one();
  }
  /// Waits until something is there; empty once it has ended.
  [[nodiscard]] std::vector<T> take_all() {
    std::unique_lock lock(mutex_);
    is_there_.wait(lock, [&] { return is_over_ || !things_.empty(); });
    return std::exchange(things_, {});
  }

 private:
  std::mutex mutex_;  // Guards what follows.
  std::condition_variable is_there_;
  std::vector<T> things_;
  bool is_over_ = false;
};

}  // namespace avow::bench
