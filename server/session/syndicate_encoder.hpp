#pragma once

#include <cstdint>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/wire/packet.hpp"
#include "server/engine/outbound_turn.hpp"

// Outbound turns as Syndicate packets, in binary or as text. Everything behind an event's oid is
// the same for all sessions that are told the same change: it is encoded once for the turn, and
// copied behind each session's oid.

namespace avow::server {

enum class PacketForm : std::uint8_t { binary, text };

/// Appends the turn as one packet. Nothing is appended if it says nothing to the client's entities
/// (a receipt alone: the protocol has none).
void append_turn_packet(Bytes& to, PacketForm form, const OutboundTurn& turn);

/// Appends any other packet.
void append_packet(Bytes& to, PacketForm form, const wire::Packet& packet);

}  // namespace avow::server
