#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

// How long one client's messages are worked at before others have their turn.

namespace avow::server {

/// Afterwards all that this came to is written, one write of some 8 µs for each of `writers`
/// connections. Where these are many the work goes on for about three times as long as the writes
/// will take: each then carries more, and a fan-out to 1,000 is not mostly writes.
[[nodiscard]] constexpr std::chrono::microseconds burst_time(std::size_t writers) {
  constexpr std::chrono::microseconds least{4'000};
  constexpr std::chrono::microseconds most{24'000};
  constexpr std::chrono::microseconds for_each{24};
  if (writers >= static_cast<std::size_t>(most / for_each)) return most;
  return std::max(least, for_each * static_cast<std::int64_t>(writers));
}

}  // namespace avow::server
