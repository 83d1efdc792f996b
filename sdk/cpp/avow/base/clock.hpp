#pragma once

#include <chrono>

namespace avow {

/// Time arrives as an argument everywhere; only the shells around the protocol code read a clock.
/// Counted from an arbitrary start, never steps back.
using Moment = std::chrono::steady_clock::time_point;
using Milliseconds = std::chrono::milliseconds;

}  // namespace avow
