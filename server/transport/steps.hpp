#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include "avow/base/clock.hpp"

// Work of the loop's thread that takes long and is done in steps, beside what others want.

namespace avow::server {

class Steps {
 public:
  using Clock = std::function<Moment()>;

  Steps() = default;
  Steps(std::function<bool()> are_left, std::function<void(Moment)> step,
        Clock clock = std::chrono::steady_clock::now)
      : are_left_(std::move(are_left)), step_(std::move(step)), clock_(std::move(clock)) {}

  [[nodiscard]] bool are_left() const { return are_left_ && are_left_(); }
  /// Does a step if it is due; `is_idle` says that nobody wants anything else. Call after each
  /// thing that others have done.
  void go_on(bool is_idle) {
    const Moment begin = clock_();
    if (!is_idle && begin < next_) return;
    step_(begin);
    const Moment end = clock_();
    next_ = end + others_to_step * (end - begin);
  }

 private:
  /// Others may take so many times as long as a step before the next one.
  static constexpr int others_to_step = 3;

  std::function<bool()> are_left_;
  std::function<void(Moment)> step_;
  Clock clock_;
  Moment next_{};
};

}  // namespace avow::server
