#include "avow/base/turn_id.hpp"

#include <charconv>
#include <optional>
#include <system_error>

namespace avow {
namespace {

std::optional<std::uint8_t> digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Level level) { return level == Level::durable ? "durable" : "accepted"; }

Result<std::array<std::uint8_t, 16>> parse_client_id(std::string_view text) {
  const Error wrong{"bad-turn-id",
                    "A client id is 32 hexadecimal digits; dashes may stand between them, as in a "
                    "UUID."};
  std::array<std::uint8_t, 16> id{};
  std::size_t digits = 0;
  for (const char c : text) {
    if (c == '-') continue;
    const std::optional<std::uint8_t> value = digit(c);
    if (!value || digits == 2 * id.size()) return wrong;
    std::uint8_t& byte = id[digits++ / 2];
    byte = static_cast<std::uint8_t>(byte << 4U | *value);
  }
  if (digits != 2 * id.size()) return wrong;
  return id;
}

Result<TurnId> parse_turn_id(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view number = slash == std::string_view::npos ? "" : text.substr(slash + 1);
  TurnId id;
  const char* const end = number.data() + number.size();
  const auto [stopped, failure] = std::from_chars(number.data(), end, id.number);
  if (number.empty() || failure != std::errc() || stopped != end) {
    return Error{"bad-turn-id",
                 "A turn id is 32 hexadecimal digits, a slash and a number, as avow prints it."};
  }
  AVOW_TRY(id.client, parse_client_id(text.substr(0, slash)));
  return id;
}

std::string to_text(const TurnId& id) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : id.client) {
    text += digits[byte >> 4U];
    text += digits[byte & 0xFU];
  }
  return text + '/' + std::to_string(id.number);
}

}  // namespace avow
