#pragma once

#include <cstdint>

#include "tests/bench/sockets/native_session.hpp"

namespace avow::bench {

/// A client that publishes a fact and waits until an observer of its own is told.
class FactProbe {
 public:
  explicit FactProbe(std::uint16_t port);
  /// One more fact, in the place of the one before. How long it took, in seconds.
  double round_trip();

 private:
  NativeSession session_;
  std::uint64_t number_ = 0;
};

}  // namespace avow::bench
