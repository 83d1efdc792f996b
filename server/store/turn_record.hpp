#pragma once

#include "avow/base/result.hpp"
#include "server/store/stored.hpp"

// A durable turn as one message of schemas/store.capnp: the `record` of a row of the log.

namespace avow::server {

/// Replaces what is in `record`, whose memory is used again.
void write_turn_record(Bytes& record, const JournalTurn& turn);

/// Time and memory are in proportion to the size of `record`, whatever its pointers say.
/// Errors: `store-corrupt` if it is no turn.
[[nodiscard]] Result<JournalTurn> read_turn_record(ByteView record);
/// The same for the record that the log has under `seq`. Errors: also if it is of another turn.
[[nodiscard]] Result<JournalTurn> read_logged_turn(std::uint64_t seq, ByteView record);

}  // namespace avow::server
