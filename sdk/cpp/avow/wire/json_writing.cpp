#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "avow/model/integer.hpp"
#include "avow/wire/base64.hpp"
#include "avow/wire/json.hpp"
#include "avow/wire/packet.hpp"

namespace avow::wire {
namespace {

constexpr std::int64_t exact_integer_max = std::int64_t{1} << 53;
constexpr std::uint64_t quiet_nan_bits = 0x7FF8'0000'0000'0000;

std::uint64_t bits_of(double number) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &number, sizeof bits);
  return bits;
}

template <class Number>
void append_digits(std::string& to, Number number) {
  char digits[32];
  to.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_hex(std::string& to, std::uint64_t bits) {
  for (int shift = 60; shift >= 0; shift -= 4) {
    to.push_back("0123456789abcdef"[bits >> shift & 15U]);
  }
}

void append_double(std::string& to, double number) {
  const bool is_integral = std::isfinite(number) && std::trunc(number) == number;
  if (std::isfinite(number) && !is_integral) return append_digits(to, number);
  to += R"({"$double":)";
  if (is_integral) {
    // JavaScript and Python both lose the sign of a zero that has no fraction.
    if (number == 0 && std::signbit(number)) {
      to += "-0.0";
    } else {
      append_digits(to, number);
    }
  } else if (std::isinf(number)) {
    to += number > 0 ? R"("inf")" : R"("-inf")";
  } else if (bits_of(number) == quiet_nan_bits) {
    to += R"("nan")";
  } else {
    to += '"';
    append_hex(to, bits_of(number));
    to += '"';
  }
  to += '}';
}

void append_integer(std::string& to, ValueView number) {
  const std::optional<std::int64_t> small = number.as_int64();
  if (small && *small <= exact_integer_max && *small >= -exact_integer_max) {
    return append_digits(to, *small);
  }
  to += R"({"$int":")";
  to += integer_to_decimal(*number.integer_bytes());
  to += R"("})";
}

// What must be escaped in a JSON string.
constexpr bool is_plain_character(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

void append_escape(std::string& to, char c) {
  switch (c) {
    case '"':
      to += "\\\"";
      return;
    case '\\':
      to += "\\\\";
      return;
    case '\n':
      to += "\\n";
      return;
    case '\t':
      to += "\\t";
      return;
    case '\r':
      to += "\\r";
      return;
    default:
      to += "\\u00";
      to += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4U];
      to += "0123456789abcdef"[static_cast<unsigned char>(c) & 15U];
  }
}

// Whether eight characters at once are all plain: none of them is a quote, a backslash or below a
// space. (A byte of `x` is zero if and only if subtracting one from each borrows there first.)
bool are_plain_characters(std::uint64_t eight) {
  constexpr std::uint64_t each = 0x0101'0101'0101'0101;
  constexpr std::uint64_t high = 0x80 * each;
  const auto has_zero = [](std::uint64_t x) { return ((x - each) & ~x & high) != 0; };
  const bool has_control = ((eight - ' ' * each) & ~eight & high) != 0;
  return !has_control && !has_zero(eight ^ ('"' * each)) && !has_zero(eight ^ ('\\' * each));
}

// How many characters from `begin` on need no escape.
std::size_t plain_characters(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  for (std::uint64_t eight = 0; text.size() - end >= sizeof(eight); end += sizeof(eight)) {
    std::memcpy(&eight, text.data() + end, sizeof(eight));
    if (!are_plain_characters(eight)) break;
  }
  while (end < text.size() && is_plain_character(text[end])) ++end;
  return end - begin;
}

void append_escaped(std::string& to, std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t plain = plain_characters(text, at);
    to.append(text, at, plain);
    at += plain;
    if (at < text.size()) append_escape(to, text[at++]);
  }
}

// Writes values; references as the author of the JSON sees them.
class Writer {
 public:
  Writer(std::string& to, JsonAuthor author) : to_(to), author_(author) {}

  void value(ValueView value) {
    switch (value.kind()) {
      case avow::Kind::boolean:
        to_ += *value.as_boolean() ? "true" : "false";
        return;
      case avow::Kind::double_:
        return append_double(to_, *value.as_double());
      case avow::Kind::integer:
        return append_integer(to_, value);
      case avow::Kind::string:
        return append_json_string(to_, *value.as_string());
      case avow::Kind::bytes:
        to_ += R"({"$bytes":")";
        append_base64(to_, *value.as_bytes());
        to_ += R"("})";
        return;
      case avow::Kind::symbol:
        return symbol(*value.as_symbol());
      case avow::Kind::record:
        return record(value);
      case avow::Kind::sequence:
        return list(value);
      case avow::Kind::set:
        return special("$set", [&] { list(value); });
      case avow::Kind::dictionary:
        return dictionary(value);
      case avow::Kind::embedded:
        return embedded(*value.embedded_payload(), value);
    }
  }

 private:
  template <class Content>
  void special(std::string_view key, Content&& content) {
    to_ += "{\"";
    to_ += key;
    to_ += "\":";
    content();
    to_ += '}';
  }

  void symbol(std::string_view name) {
    if (name == "null") {
      to_ += "null";
    } else {
      special("$symbol", [&] { append_json_string(to_, name); });
    }
  }

  void list(ValueView compound) {
    to_ += '[';
    bool first = true;
    for (const ValueView element : compound.elements()) {
      if (!std::exchange(first, false)) to_ += ',';
      value(element);
    }
    to_ += ']';
  }

  void record(ValueView record) {
    const std::optional<std::string_view> name = record.label().as_symbol();
    if (!name) {
      special("$record", [&] {
        to_ += '[';
        value(record.label());
        for (const ValueView field : record.elements()) {
          to_ += ',';
          value(field);
        }
        to_ += ']';
      });
      return;
    }
    to_ += '{';
    // A symbol's brackets need no escape, so they go around its escaped text.
    to_ += "\"<";
    append_escaped(to_, *name);
    to_ += ">\":";
    list(record);
    to_ += '}';
  }

  static bool is_plain(ValueView dictionary) {
    bool at_key = true;
    for (const ValueView half : dictionary.elements()) {
      if (std::exchange(at_key, !at_key)) {
        const std::optional<std::string_view> key = half.as_string();
        if (!key || key->starts_with('$') || key->starts_with('<')) return false;
      }
    }
    return true;
  }

  void dictionary(ValueView dictionary) {
    const bool plain = is_plain(dictionary);
    to_ += plain ? "{" : R"({"$dict":[)";
    bool at_key = true;
    bool first = true;
    for (const ValueView half : dictionary.elements()) {
      if (at_key) {
        if (!std::exchange(first, false)) to_ += ',';
        if (!plain) to_ += '[';
        value(half);
        to_ += plain ? ':' : ',';
      } else {
        value(half);
        if (!plain) to_ += ']';
      }
      at_key = !at_key;
    }
    to_ += plain ? "}" : "]}";
  }

  void embedded(ValueView payload, ValueView whole) {
    if (const std::optional<ReferenceId> id = whole.as_reference()) {
      return special("$ref", [&] { append_digits(to_, static_cast<std::uint64_t>(*id)); });
    }
    const Result<WireReference> wire = parse_wire_reference(whole);
    // Nothing else than references is ever embedded; for a person it is shown all the same.
    if (!wire) return special("$ref", [&] { value(payload); });
    const bool is_authors = wire->owner == WireReference::Owner::sender;
    const bool is_clients = is_authors == (author_ == JsonAuthor::client);
    to_ += is_clients ? R"({"$mine":)" : R"({"$ref":)";
    // An oid beyond 2^53 stays a plain number: it stands for no quantity.
    to_ += integer_to_decimal(*wire->oid.to_value().view().integer_bytes());
    if (!wire->caveats.empty()) {
      to_ += R"(,"caveats":[)";
      bool first = true;
      for (const Value& caveat : wire->caveats) {
        if (!std::exchange(first, false)) to_ += ',';
        value(caveat);
      }
      to_ += ']';
    }
    to_ += '}';
  }

  std::string& to_;
  JsonAuthor author_;
};

}  // namespace

void append_json_string(std::string& to, std::string_view text) {
  to += '"';
  append_escaped(to, text);
  to += '"';
}

void append_json_number(std::string& to, std::uint64_t number) { append_digits(to, number); }

void append_json(std::string& to, ValueView value, JsonAuthor author) {
  Writer(to, author).value(value);
}

std::string to_json(ValueView value, JsonAuthor author) {
  std::string text;
  append_json(text, value, author);
  return text;
}

}  // namespace avow::wire
