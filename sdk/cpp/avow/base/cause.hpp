#pragma once

#include <cstdint>
#include <string_view>

namespace avow {

/// Why a fact went. The numbers stand in schemas/avow.capnp and never change.
enum class Cause : std::uint8_t {
  none = 0,
  retracted = 1,
  closed = 2,
  session_lost = 3,
  expired = 4,
  taken = 5,
  superseded = 6,
  revoked = 7,
  quota = 8,
  schema = 9,
  rule = 10,
  server_restart = 11,
};

inline constexpr std::uint8_t cause_count = 12;

/// The word for it on the wire: `session-lost`.
[[nodiscard]] constexpr std::string_view name_of(Cause cause) {
  constexpr std::string_view names[cause_count] = {
      "",           "retracted", "closed", "session-lost", "expired", "taken",
      "superseded", "revoked",   "quota",  "schema",       "rule",    "server-restart"};
  return names[static_cast<std::size_t>(cause)];
}

}  // namespace avow
