#pragma once

#include <avow.capnp.h>
#include <capnp/message.h>
#include <string>
#include <utility>
#include <vector>

#include "avow/model/encoding.hpp"
#include "avow/wire/native.hpp"
#include "avow/wire/native_frame.hpp"

// Cap'n Proto messages into structs. Everything is input from outside: sizes are checked before
// anything is made of them. Cap'n Proto's own checks throw kj::Exception, which the reader of a
// frame catches.

namespace avow::wire::native {

/// Errors: those of FrameReader::next.
Result<ClientMessage> read_message(schema::ClientMessage::Reader from, const FrameLimits& limits,
                                   FrameScratch& scratch);
Result<ServerMessage> read_message(schema::ServerMessage::Reader from, const FrameLimits& limits,
                                   FrameScratch& scratch);

// ---- parts that both directions have ------------------------------------------------------------

/// Fills `scratch.events`. Errors: `bad-frame`, `limit`.
Result<void> read_events(capnp::List<schema::Event>::Reader from, ByteView bodies,
                         const FrameLimits& limits, FrameScratch& scratch);
/// Errors: `bad-frame` if it is not UTF-8.
Result<std::string> read_text(capnp::Text::Reader from);
Result<std::vector<std::string>> read_texts(capnp::List<capnp::Text>::Reader from,
                                            const FrameLimits& limits);
Result<std::vector<ByteView>> read_datas(capnp::List<capnp::Data>::Reader from,
                                         const FrameLimits& limits);
Result<Fault> read_fault(schema::Error::Reader from);
Credit read_credit(schema::Credit::Reader from);
TurnId read_turn_id(schema::TurnId::Reader from);

inline ByteView view_of(capnp::Data::Reader data) { return {data.begin(), data.size()}; }
inline Bytes copy_of(capnp::Data::Reader data) { return {data.begin(), data.end()}; }

/// Errors: `limit` if there are more than `items_max`.
inline Result<void> check_count(std::size_t items, std::size_t items_max) {
  if (items <= items_max) return {};
  return Error{"limit", "A list has more than " + std::to_string(items_max) + " items."};
}

/// Whether bytes `offset` to `offset + length` exist. Errors: `bad-frame`.
inline Result<ByteView> slice_of(ByteView bodies, std::uint64_t offset, std::uint64_t length) {
  if (offset + length > bodies.size()) return bad_frame("A body is not within its message.");
  return bodies.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
}

}  // namespace avow::wire::native
