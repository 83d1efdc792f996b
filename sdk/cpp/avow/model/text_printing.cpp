#include "avow/model/text_printing.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include "avow/base/check.hpp"
#include "avow/model/integer.hpp"
#include "avow/model/text.hpp"
#include "avow/model/text_lexer.hpp"

// Values to text. Sequences, sets and records print with spaces between their elements,
// dictionaries as `{key: value}`; sets and dictionaries in total order, as people would sort them.
// Depth of recursion: that of the value.

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

// Whether the symbol may stand bare: ASCII of the right kind that reads as nothing else. (Readers
// differ in what else they take bare, so what is not ASCII is quoted.)
bool is_bare_symbol(std::string_view name) {
  if (name.empty() || bare_kind(name) != BareKind::symbol) return false;
  for (const char c : name) {
    if (!is_bare_ascii(c)) return false;
  }
  return true;
}

class Printer {
 public:
  Printer(std::string& to, Variables variables) : to_(to), variables_(variables) {}

  void print(ValueView value) {
    switch (value.kind()) {
      case Kind::boolean:
        to_ += *value.as_boolean() ? "#t" : "#f";
        break;
      case Kind::double_:
        append_double(to_, *value.as_double());
        break;
      case Kind::integer:
        to_ += integer_to_decimal(*value.integer_bytes());
        break;
      case Kind::string:
        append_quoted(to_, *value.as_string(), '"');
        break;
      case Kind::bytes:
        to_ += "#x\"";
        append_hex(to_, *value.as_bytes());
        to_ += '"';
        break;
      case Kind::symbol:
        print_symbol(*value.as_symbol());
        break;
      case Kind::embedded:
        to_ += "#:";
        print(*value.embedded_payload());
        break;
      default:
        print_compound(value);
        break;
    }
  }

 private:
  void print_symbol(std::string_view name) {
    if (is_bare_symbol(name) && !(variables_ == Variables::quoted && is_variable_name(name))) {
      to_ += name;
    } else {
      append_quoted(to_, name, '\'');
    }
  }

  void print_compound(ValueView value) {
    switch (value.kind()) {
      case Kind::record:
        to_ += '<';
        print(value.label());
        if (!value.elements().empty()) to_ += ' ';
        print_all(value.elements());
        to_ += '>';
        break;
      case Kind::sequence:
        to_ += '[';
        print_all(value.elements());
        to_ += ']';
        break;
      case Kind::set:
        to_ += "#{";
        print_all(in_total_order(value));
        to_ += '}';
        break;
      default:
        print_dictionary(in_total_order(value));
        break;
    }
  }

  template <class Values>
  void print_all(const Values& elements) {
    bool is_first = true;
    for (const ValueView element : elements) {
      if (!std::exchange(is_first, false)) to_ += ' ';
      print(element);
    }
  }

  void print_dictionary(const std::vector<ValueView>& keys_and_values) {
    to_ += '{';
    for (std::size_t i = 0; i < keys_and_values.size(); i += 2) {
      if (i > 0) to_ += ' ';
      print(keys_and_values[i]);
      to_ += ": ";
      print(keys_and_values[i + 1]);
    }
    to_ += '}';
  }

  std::string& to_;
  const Variables variables_;
};

}  // namespace

void append_text(std::string& to, ValueView value, Variables variables) {
  Printer(to, variables).print(value);
}

std::string to_text(ValueView value) {
  std::string text;
  append_text(text, value, Variables::bare);
  return text;
}

}  // namespace avow
