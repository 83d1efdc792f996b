#pragma once

#include <cstdint>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/wire/packet.hpp"
#include "server/engine/outbound_turn.hpp"
#include "server/session/outbox.hpp"

// Outbound turns as Syndicate packets, in binary or as text. Everything behind an event's oid is
// the same for all sessions that are told the same change: it is encoded once for the turn, and
// copied behind each session's oid.

namespace avow::server {

enum class PacketForm : std::uint8_t { binary, text };

/// A turn as one packet.
struct TurnPacket {
  ByteView bytes;  ///< Until the next packet of the same turn is asked for.
  Block shared;    ///< The same bytes where that many keep them is worth it, else none.
};

/// No bytes if it says nothing to the client's entities (a receipt alone: the protocol has none).
/// Sessions that are told the same at entities of the same numbers share the packet.
[[nodiscard]] TurnPacket turn_packet(PacketForm form, const OutboundTurn& turn);

/// Appends one event of a turn, between the beginning of a packet and its end.
void append_event(Bytes& to, PacketForm form, const OutboundTurn& turn, const OutboundEvent& event);
void append_turn_begin(Bytes& to, PacketForm form);
void append_turn_end(Bytes& to, PacketForm form);

/// Appends any other packet.
void append_packet(Bytes& to, PacketForm form, const wire::Packet& packet);

}  // namespace avow::server
