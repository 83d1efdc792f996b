#pragma once

#include <chrono>
#include <cstddef>

// Whether a commit waits a little for turns that are likely to come at once.
//
// Clients that wait for each answer come back right after it. If the next commit begins without
// them, they are divided into two crowds for good, one of which always waits while the other is
// written: twice the flushes. So what may be worth waiting for is as many turns as the last commit
// had and left waiting together; whoever is alone waits for nobody. The wait is a part of what the
// last commit took, and ends where nobody comes.
//
// What a wait saves is a flush; what it costs is that the disk has nothing to do meanwhile, while
// two crowds would keep both the disk and the event loop busy. So one that brought too few, or took
// longer than a flush, was in vain. Then more and more commits go without one until one was not.

namespace avow::server {

/// How long a commit took.
struct CommitTime {
  std::chrono::nanoseconds all{0};
  std::chrono::nanoseconds flush{0};  ///< Of it, until what was written was on the disk.
};

class Gathering {
 public:
  using Duration = std::chrono::nanoseconds;

  /// Between two looks at what has come.
  static constexpr Duration step_max = std::chrono::milliseconds(2);
  /// A wait has no more steps than this.
  static constexpr int steps_max = 2;
  /// So many commits go without a wait at most, after many that were in vain.
  static constexpr std::size_t skipped_max = 64;

  /// A commit of `turns` has been, and `waiting` have come meanwhile.
  void committed(std::size_t turns, std::size_t waiting, const CommitTime& time);
  /// The next commit could begin, with `waiting` turns: for how many it is to wait. No more than
  /// those: it is to begin at once.
  [[nodiscard]] std::size_t wanted(std::size_t waiting);
  /// How long it waits until it looks whether any have come.
  [[nodiscard]] Duration step() const { return step_; }
  /// It has waited so long, and has `waiting` now.
  void ended(std::size_t waiting, Duration waited);

 private:
  std::size_t expected_ = 0;
  std::size_t began_with_ = 0;
  Duration step_{0};
  Duration flush_{0};
  std::size_t skipped_next_ = 1;  // After the next wait that is in vain.
  std::size_t to_skip_ = 0;
};

}  // namespace avow::server
