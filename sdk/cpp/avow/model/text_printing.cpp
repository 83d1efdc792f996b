#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <string>

#include "avow/base/check.hpp"
#include "avow/model/integer.hpp"
#include "avow/model/text.hpp"
#include "avow/model/text_lexer.hpp"

// Values to text. Sequences, sets and records print with spaces between their elements,
// dictionaries as `{key: value}`. Depth of recursion: that of the value.

namespace avow {
namespace {

constexpr std::string_view hex = "0123456789abcdef";

void append_hex(std::string& to, ByteView bytes) {
  for (const std::uint8_t byte : bytes) {
    to += hex[byte >> 4];
    to += hex[byte & 15];
  }
}

void append_quoted(std::string& to, std::string_view content, char quote) {
  to += quote;
  for (const char c : content) {
    if (c == quote || c == '\\') {
      to += '\\';
      to += c;
    } else if (c == '\n') {
      to += "\\n";
    } else if (c == '\r') {
      to += "\\r";
    } else if (c == '\t') {
      to += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      to += "\\u00";
      append_hex(to, bytes_of(std::string_view(&c, 1)));
    } else {
      to += c;
    }
  }
  to += quote;
}

// Whether the symbol may stand bare: ASCII of the right kind that reads as nothing else.
bool is_bare_symbol(std::string_view name) {
  if (name.empty() || bare_kind(name) != BareKind::symbol) return false;
  for (const char c : name) {
    if (!is_bare_ascii(c)) return false;
  }
  return true;
}

void append_double(std::string& to, double number) {
  if (!std::isfinite(number)) {
    to += "#xd\"";
    const auto bits = std::bit_cast<std::uint64_t>(number);
    for (int shift = 60; shift >= 0; shift -= 4) to += hex[bits >> shift & 15];
    to += '"';
    return;
  }
  std::array<char, 32> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  AVOW_CHECK(error == std::errc());
  const std::string_view shortest(digits.data(), static_cast<std::size_t>(end - digits.data()));
  to += shortest;
  // Without a point or an exponent it would read as an integer.
  if (shortest.find_first_of(".e") == std::string_view::npos) to += ".0";
}

void append_value(std::string& to, ValueView value);

void append_elements(std::string& to, ValueView compound, bool space_first) {
  for (const ValueView element : compound.elements()) {
    if (space_first) to += ' ';
    space_first = true;
    append_value(to, element);
  }
}

void append_dictionary(std::string& to, ValueView dictionary) {
  const Elements all = dictionary.elements();
  for (auto at = all.begin(); at != all.end();) {
    if (at != all.begin()) to += ' ';
    append_value(to, *at++);
    to += ": ";
    append_value(to, *at++);
  }
}

void append_value(std::string& to, ValueView value) {
  switch (value.kind()) {
    case Kind::boolean:
      to += *value.as_boolean() ? "#t" : "#f";
      return;
    case Kind::double_:
      return append_double(to, *value.as_double());
    case Kind::integer:
      to += integer_to_decimal(*value.integer_bytes());
      return;
    case Kind::string:
      return append_quoted(to, *value.as_string(), '"');
    case Kind::bytes:
      to += "#x\"";
      append_hex(to, *value.as_bytes());
      to += '"';
      return;
    case Kind::symbol:
      if (!is_bare_symbol(*value.as_symbol())) return append_quoted(to, *value.as_symbol(), '\'');
      to += *value.as_symbol();
      return;
    case Kind::record:
      to += '<';
      append_value(to, value.label());
      append_elements(to, value, true);
      to += '>';
      return;
    case Kind::sequence:
      to += '[';
      append_elements(to, value, false);
      to += ']';
      return;
    case Kind::set:
      to += "#{";
      append_elements(to, value, false);
      to += '}';
      return;
    case Kind::dictionary:
      to += '{';
      append_dictionary(to, value);
      to += '}';
      return;
    case Kind::embedded:
      to += "#:";
      return append_value(to, *value.embedded_payload());
  }
}

}  // namespace

std::string to_text(ValueView value) {
  std::string text;
  append_value(text, value);
  return text;
}

}  // namespace avow
