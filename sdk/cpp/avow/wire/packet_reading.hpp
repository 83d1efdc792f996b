#pragma once

#include <cstddef>
#include <optional>

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"
#include "avow/wire/packet.hpp"

// What the readers of packets share: of whole ones (packet.cpp), of streams (packet_stream.cpp).

namespace avow::wire {

/// A turn at the front of some bytes, or as many of its entries as are there, and how many bytes
/// that took.
struct TurnPrefix {
  Turn turn;
  std::size_t consumed = 0;
};

/// Reads the turn at the front of `binary` in place, building nothing but the bodies of its events.
/// This is the server's hot path, and knows only what programs really send: canonical structure,
/// no extra fields. Nothing if there is anything else (also if bytes are missing, or a limit is
/// passed): `decode_packet` then finds out what it is.
[[nodiscard]] std::optional<TurnPrefix> read_plain_turn(ByteView binary,
                                                        const PacketLimits& limits);
/// Likewise, but reads on in a turn of which `prefix` has been read, and whose bytes from there on
/// begin with `binary`. Returns whether the turn ended. If not, what stands behind the new prefix
/// is cut off or not plain.
[[nodiscard]] bool read_plain_turn_on(TurnPrefix& prefix, ByteView binary,
                                      const PacketLimits& limits);

/// Which event the one-letter label of its record means.
[[nodiscard]] constexpr std::optional<EventKind> event_kind(char letter) {
  switch (letter) {
    case 'A':
      return EventKind::publish;
    case 'R':
      return EventKind::retract;
    case 'M':
      return EventKind::message;
    case 'S':
      return EventKind::sync;
    default:
      return std::nullopt;
  }
}

/// The limits for reading a whole packet as one value. `packet_from_value` checks the bodies in it.
[[nodiscard]] ValueLimits whole_packet_limits(const PacketLimits& limits);

[[nodiscard]] Error too_many_events(const PacketLimits& limits);
[[nodiscard]] Error packet_too_long(const PacketLimits& limits);

}  // namespace avow::wire
