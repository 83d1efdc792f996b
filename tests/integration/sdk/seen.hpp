#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <gtest/gtest.h>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace avow::test {

/// What callbacks on other threads have seen, in order.
class Seen {
 public:
  void add(std::string what) {
    {
      const std::lock_guard guard(mutex_);
      all_.push_back(std::move(what));
    }
    changed_.notify_all();
  }
  /// Waits until `what` has been seen.
  void wait_for(const std::string& what) {
    std::unique_lock guard(mutex_);
    const bool found = changed_.wait_for(guard, std::chrono::seconds(30), [&] {
      return std::find(all_.begin(), all_.end(), what) != all_.end();
    });
    EXPECT_TRUE(found) << what << " was not seen, but: " << joined();
  }
  [[nodiscard]] std::vector<std::string> all() {
    const std::lock_guard guard(mutex_);
    return all_;
  }
  void clear() {
    const std::lock_guard guard(mutex_);
    all_.clear();
  }

 private:
  [[nodiscard]] std::string joined() const {
    std::string text;
    for (const std::string& one : all_) text += one + "; ";
    return text;
  }

  std::mutex mutex_;  // Guards all that follows.
  std::condition_variable changed_;
  std::vector<std::string> all_;
};

}  // namespace avow::test
