#pragma once

#include <chrono>
#include <cstddef>

// Whether a commit waits a little for turns that are likely to come at once.
//
// Clients that wait for each answer come back right after it. If the next commit begins without
// them, they are divided into two crowds for good, one of which always waits while the other is
// written: twice the flushes, and twice the time of one for everybody. So what is worth waiting for
// is as many turns as the last commit had and left waiting together; whoever is alone waits for
// nobody. The wait is a part of what the last commit took, and ends where nobody comes. If it was
// in vain, more and more commits go without one until one was not.

namespace avow::server {

class Gathering {
 public:
  using Duration = std::chrono::nanoseconds;

  /// Between two looks at what has come.
  static constexpr Duration step_max = std::chrono::milliseconds(2);
  /// A wait has no more steps than this.
  static constexpr int steps_max = 2;
  /// So many commits go without a wait at most, after many that were in vain.
  static constexpr std::size_t skipped_max = 64;

  /// A commit of `turns` took so long, and `waiting` have come meanwhile.
  void committed(std::size_t turns, std::size_t waiting, Duration took);
  /// The next commit could begin, with `waiting` turns: for how many it is to wait. No more than
  /// those: it is to begin at once.
  [[nodiscard]] std::size_t wanted(std::size_t waiting);
  /// How long it waits until it looks whether any have come.
  [[nodiscard]] Duration step() const { return step_; }
  /// It has waited, and has `waiting` now.
  void ended(std::size_t waiting);

 private:
  std::size_t expected_ = 0;
  std::size_t began_with_ = 0;
  Duration step_{0};
  std::size_t skipped_next_ = 1;  // After the next wait that is in vain.
  std::size_t to_skip_ = 0;
};

}  // namespace avow::server
