#pragma once

#include <algorithm>
#include <cstdint>

#include "avow/base/clock.hpp"

namespace avow {

/// When to try again after a lost link: after a random time between nothing and a limit that
/// doubles from 0.5 s to 30 s ("full jitter"), so that the clients of a server that was restarted
/// do not come back all at once.
class Backoff {
 public:
  static constexpr Milliseconds first{500};
  static constexpr Milliseconds most{30'000};

  /// The wait before the next attempt. `random` is any 64 random bits.
  [[nodiscard]] Milliseconds next(std::uint64_t random) {
    const auto span = static_cast<std::uint64_t>(limit_.count()) + 1;
    limit_ = std::min(limit_ * 2, most);
    return Milliseconds(static_cast<Milliseconds::rep>(random % span));
  }
  /// The link stood: the next loss begins anew.
  void reset() { limit_ = first; }

 private:
  Milliseconds limit_ = first;
};

}  // namespace avow
