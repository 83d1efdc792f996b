#pragma once

#include <cstddef>

namespace avow {

/// The work that one value's way through caveats may still cost. Caveats come from outside, and a
/// few bytes of them can ask for much: to walk through a large value again and again, or to double
/// it many times over.
class Fuel {
 public:
  explicit Fuel(std::size_t steps) : left_(steps) {}

  /// Pays for one step and for walking through or copying `bytes`. False if too little is left;
  /// then nothing more can be paid for.
  bool spend(std::size_t bytes = 0) {
    const std::size_t steps = 1 + bytes / bytes_per_step;
    if (steps > left_) {
      left_ = 0;
      exhausted_ = true;
    } else {
      left_ -= steps;
    }
    return !exhausted_;
  }
  [[nodiscard]] bool exhausted() const { return exhausted_; }

 private:
  // A step is a few microseconds at worst: a value of a megabyte may be looked at four times, and
  // 10,000 steps are some milliseconds.
  static constexpr std::size_t bytes_per_step = 512;

  std::size_t left_;
  bool exhausted_ = false;
};

}  // namespace avow
