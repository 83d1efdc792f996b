#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "avow/base/result.hpp"
#include "avow/wire/native.hpp"
#include "server/engine/outbound_turn.hpp"
#include "server/engine/session_port.hpp"
#include "server/session/hello.hpp"
#include "server/session/outbox.hpp"

// Outbound turns and answers as native frames. What is told by topic number names no session: a
// batch of it is encoded once for a turn, and its bytes wait in the outboxes of all sessions that
// are told the same.

namespace avow::server {

/// As much of bodies goes into one batch, and so into one frame, unless one body is larger.
inline constexpr std::size_t native_chunk_bytes = 256 << 10;

/// Packets for an outbox, each a list of blocks.
using NativePackets = std::vector<std::vector<Block>>;

/// Where a session is in its own numbering.
struct NativeTurnNumbers {
  std::uint64_t epoch = 0;
  std::uint64_t turn = 0;     ///< Of this turn of the server, in this session.
  std::uint64_t applied = 0;  ///< Of the last turn of the client that was handled.
};

[[nodiscard]] wire::native::Hello encode_native_hello(const ServerHello& hello);

/// The turn as packets; none if it says nothing. Errors: `bad-reference` if it is for an entity
/// whose number does not fit a native frame (the client chose it so).
[[nodiscard]] Result<NativePackets> encode_native_turn(const OutboundTurn& turn,
                                                       const NativeTurnNumbers& numbers);

/// The bytes of a turn that is one small batch, as most are, unless other sessions are told the
/// same (or perhaps are): then it is worth keeping what was encoded. Nothing of any other turn.
/// They hold until the next turn is encoded.
[[nodiscard]] std::optional<ByteView> encode_small_native_turn(const OutboundTurn& turn,
                                                               std::uint64_t epoch);

/// The rows of a query, in chunks.
[[nodiscard]] NativePackets encode_native_answer(const QueryAnswer& answer);

}  // namespace avow::server
