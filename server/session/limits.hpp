#pragma once

#include <cstddef>

#include "avow/base/clock.hpp"
#include "avow/wire/packet.hpp"
#include "server/session/outbox_budget.hpp"

// What one conversation may cost. Every limit is a parameter, so that a test can set it to
// something small; the defaults are what docs/PROTOCOL.md promises.

namespace avow::server {

struct ConversationLimits {
  wire::PacketLimits packet{};
  /// What may wait behind the packet that is being written.
  std::size_t outbox_bytes_max = 8 << 20;
  /// So much of small packets is copied one behind the other, and then travels together.
  std::size_t outbox_run_bytes_max = 16 << 10;
  /// With more than this waiting behind it, a client that can be told so falls behind: it is told
  /// of no more changes until it has taken all that waits.
  std::size_t outbox_bytes_to_fall_behind = 4 << 20;
  /// With so much waiting, or with its share of all outboxes, the next part of a snapshot waits
  /// until some of that is written.
  std::size_t outbox_bytes_to_pause_snapshots = 512 << 10;
  /// What all outboxes of a server share; must outlive all that have these limits. Nothing: each
  /// goes by its own limits alone.
  OutboxBudget* outboxes = nullptr;
  /// With so much waiting, no more is read from the same client: it is to take its answers first.
  std::size_t outbox_bytes_to_pause_reading = 4 << 20;
  /// From the beginning of the conversation to the first packet. People at a terminal type.
  Milliseconds first_packet_time_max{10'000};
  Milliseconds first_packet_time_max_local{600'000};
  /// From the first byte of a packet on a byte stream to its last, and its size at the rate below
  /// more. (WebSocket messages are timed by the transport.)
  Milliseconds packet_time_max{10'000};
  std::size_t packet_bytes_per_second_min = 64 << 10;
};

}  // namespace avow::server
