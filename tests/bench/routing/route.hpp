#pragma once

#include <cstdint>

#include "avow/base/bytes.hpp"

namespace avow::bench {

/// A way from a turn's wire bytes to its encoded deliveries. Subscriptions are there already.
class Route {
 public:
  virtual ~Route() = default;
  /// The entity that events are to be aimed at.
  [[nodiscard]] virtual std::int64_t target() const = 0;
  virtual void turn(ByteView packet) = 0;
  /// Deliveries encoded so far.
  [[nodiscard]] virtual std::uint64_t deliveries() const = 0;
};

}  // namespace avow::bench
