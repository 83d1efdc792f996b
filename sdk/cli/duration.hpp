#pragma once

#include <string_view>

#include "avow/base/clock.hpp"
#include "avow/base/result.hpp"

namespace avow::cli {

/// Reads a duration as people write it: a number with an optional fraction and a unit, `300ms`,
/// `1.5s`, `2m`, `1h`. At most 10,000 hours; rounded up to whole milliseconds.
/// Errors: `usage`.
[[nodiscard]] Result<Milliseconds> parse_duration(std::string_view text);

}  // namespace avow::cli
