#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

// What the transport counts of itself. Plain numbers: they belong to the transport's thread, and
// whoever shows them (server/inspect) is called on that thread.

namespace avow::server {

/// Why a connection or a request was turned away before any conversation began.
enum class Refusal : std::uint8_t {
  connection_limit,
  address_limit,
  foreign_host,
  foreign_origin,
  unknown_subprotocol,
  bad_request,
  not_begun,
  count_  ///< How many there are; not a reason.
};

/// Why we ended a connection that had not asked for it.
enum class Cut : std::uint8_t {
  slow_handshake,
  slow_message,
  too_many_frames,
  silent,
  slow_consumer,
  count_  ///< How many there are; not a reason.
};

[[nodiscard]] constexpr std::string_view name_of(Refusal refusal) {
  constexpr std::string_view names[] = {"connection-limit", "address-limit",       "foreign-host",
                                        "foreign-origin",   "unknown-subprotocol", "bad-request",
                                        "not-begun"};
  return names[static_cast<std::size_t>(refusal)];
}

[[nodiscard]] constexpr std::string_view name_of(Cut cut) {
  constexpr std::string_view names[] = {"slow-handshake", "slow-message", "too-many-frames",
                                        "silent", "slow-consumer"};
  return names[static_cast<std::size_t>(cut)];
}

struct TransportCounters {
  std::uint64_t accepted = 0;
  std::uint64_t requests = 0;  ///< HTTP requests that were answered, upgrades included.
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  /// Conversations that ended because more would have waited for their peer than may.
  std::uint64_t slow_endings = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(Refusal::count_)> refused{};
  std::array<std::uint64_t, static_cast<std::size_t>(Cut::count_)> cut{};

  void count(Refusal refusal) { ++refused[static_cast<std::size_t>(refusal)]; }
  void count(Cut reason) { ++cut[static_cast<std::size_t>(reason)]; }
};

}  // namespace avow::server
