#include "cli/duration.hpp"

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

namespace avow::cli {
namespace {

constexpr double hour_ms = 3'600'000;

std::optional<double> unit_in_milliseconds(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "s") return 1'000;
  if (unit == "m") return 60'000;
  if (unit == "h") return hour_ms;
  return std::nullopt;
}

}  // namespace

Result<Milliseconds> parse_duration(std::string_view text) {
  double number = 0;
  const auto [rest, failure] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  const std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  const std::optional<double> milliseconds = unit_in_milliseconds(unit);
  if (failure != std::errc() || !milliseconds || number < 0 || !std::isfinite(number)) {
    return Error{"usage", "'" + std::string(text) + "' is no duration: write 300ms, 5s, 2m or 1h"};
  }
  const double total = std::ceil(number * *milliseconds);
  if (total > 10'000 * hour_ms) {
    return Error{"usage", "'" + std::string(text) + "' is too long: 10000h is the longest"};
  }
  return Milliseconds(static_cast<Milliseconds::rep>(total));
}

}  // namespace avow::cli
