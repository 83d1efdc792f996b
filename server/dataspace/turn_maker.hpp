#pragma once

#include <cstdint>

#include "server/dataspace/turn.hpp"

// Makes turns. Only server/engine and the tests include this file (tests/style holds them to it):
// whoever can make a `Turn` can change a space.

namespace avow::server {

/// Numbers the turns, topics and captures of one engine.
class TurnMaker {
 public:
  TurnMaker() = default;
  TurnMaker(const TurnMaker&) = delete;
  TurnMaker& operator=(const TurnMaker&) = delete;

  /// The next turn in the one order. `this` must outlive it.
  [[nodiscard]] Turn next(std::uint32_t hops = 0, bool step_by_step = false) {
    return Turn(++seq_, hops, step_by_step, &captures_, &topics_);
  }
  /// The next turn has a number above `seq`.
  void go_on_above(std::uint64_t seq) { seq_ = seq > seq_ ? seq : seq_; }
  /// The number of the last turn made.
  [[nodiscard]] std::uint64_t seq() const { return seq_; }

 private:
  std::uint64_t seq_ = 0;
  std::uint64_t captures_ = 0;
  std::uint64_t topics_ = 0;
};

}  // namespace avow::server
