#include <algorithm>
#include <charconv>
#include <limits>

#include "avow/base/check.hpp"
#include "avow/model/text_lexer.hpp"

// What numbers look like in text:
//
//   integer   [+-] digits
//   double    [+-] digits . digits, [+-] digits e [+-] digits, or both one after another
//
// Every other run of bare characters is a symbol.

namespace avow {
namespace {

constexpr std::string_view digits = "0123456789";

bool is_sign(char c) { return c == '+' || c == '-'; }

// Takes the digits at the front of `text`, and says whether there were any.
bool take_digits(std::string_view& text) {
  const std::size_t count = std::min(text.find_first_not_of(digits), text.size());
  text.remove_prefix(count);
  return count > 0;
}

// Whether the leading digit of `number`, which is not zero, stands for 10 or more. `number` is too
// large or too small for a double, so the place of that digit decides it.
bool is_large(std::string_view number) {
  const std::size_t mantissa_end = std::min(number.find_first_of("eE"), number.size());
  const std::string_view mantissa = number.substr(0, mantissa_end);
  const auto point = static_cast<std::int64_t>(std::min(mantissa.find('.'), mantissa.size()));
  const auto leading = static_cast<std::int64_t>(mantissa.find_first_of("123456789"));
  std::int64_t exponent = 0;
  if (mantissa_end != number.size()) {
    std::string_view written = number.substr(mantissa_end + 1);
    if (written.front() == '+') written.remove_prefix(1);
    const auto [end, error] =
        std::from_chars(written.data(), written.data() + written.size(), exponent);
    // Longer than any mantissa that fits into memory, so only its sign matters.
    if (error != std::errc()) return written.front() != '-';
  }
  return exponent > leading - point;
}

}  // namespace

bool is_bare_ascii(char c) {
  constexpr std::string_view marks = "~!$%^&*?_=+-/.|";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         marks.find(c) != std::string_view::npos;
}

BareKind bare_kind(std::string_view run) {
  if (!run.empty() && is_sign(run.front())) run.remove_prefix(1);
  if (!take_digits(run)) return BareKind::symbol;
  if (run.empty()) return BareKind::integer;
  if (run.front() == '.') {
    run.remove_prefix(1);
    if (!take_digits(run)) return BareKind::symbol;
    if (run.empty()) return BareKind::number;
  }
  if (run.front() != 'e' && run.front() != 'E') return BareKind::symbol;
  run.remove_prefix(1);
  if (!run.empty() && is_sign(run.front())) run.remove_prefix(1);
  return take_digits(run) && run.empty() ? BareKind::number : BareKind::symbol;
}

double read_double(std::string_view number) {
  const bool negative = number.front() == '-';
  if (is_sign(number.front())) number.remove_prefix(1);
  double magnitude = 0;
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), magnitude);
  if (error == std::errc::result_out_of_range) {
    magnitude = is_large(number) ? std::numeric_limits<double>::infinity() : 0;
  } else {
    AVOW_CHECK(error == std::errc());
  }
  return negative ? -magnitude : magnitude;
}

}  // namespace avow
