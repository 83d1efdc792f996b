#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "avow/base/result.hpp"

// How durable turns are named, and how surely they are kept.

namespace avow {

/// A name that a client gives to a turn, so that sending it again is harmless: a server that has
/// done it answers as it did the first time, and does nothing.
struct TurnId {
  std::array<std::uint8_t, 16> client{};  ///< Chosen by the client, at random.
  std::uint64_t number = 0;

  bool operator==(const TurnId&) const = default;
};

/// How surely what was done is kept.
enum class Level : std::uint8_t {
  accepted,  ///< In memory: it goes with the server.
  durable,   ///< On the disk: it survives anything but the loss of the disk.
};
/// `accepted`, `durable`.
[[nodiscard]] std::string_view name_of(Level level);

/// Reads 32 hexadecimal digits, dashes between them or not (so a UUID is one).
/// Errors: `bad-turn-id`.
[[nodiscard]] Result<std::array<std::uint8_t, 16>> parse_client_id(std::string_view text);
/// As people are told it: the client's 32 digits, a slash, the number.
[[nodiscard]] std::string to_text(const TurnId& id);
/// Reads what `to_text` writes. Errors: `bad-turn-id`.
[[nodiscard]] Result<TurnId> parse_turn_id(std::string_view text);

}  // namespace avow
