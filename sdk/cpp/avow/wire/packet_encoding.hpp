#pragma once

#include <cstdint>
#include <string>

#include "avow/base/bytes.hpp"
#include "avow/wire/packet.hpp"

// Packets to bytes. A turn can be put together from parts that were encoded once and are shared:
//
//   append_turn_begin(out);
//   append_entry_begin(out, oid); append_action(out, …); append_entry_end(out);   // for each event
//   append_turn_end(out);
//
// Everything from the action on is the same for all receivers of equal events.

namespace avow::wire {

void append_turn_begin(Bytes& to);
void append_turn_end(Bytes& to);
/// Up to where the event begins: `[oid `.
void append_entry_begin(Bytes& to, const Number& oid);
void append_entry_end(Bytes& to);
/// `<A body handle>`, `<R handle>`, `<M body>` or `<S body>`; what the kind does not have is not
/// looked at.
void append_action(Bytes& to, EventKind kind, ValueView body, const Number& handle);

void append_number(Bytes& to, const Number& number);
/// One whole entry, `[oid event]`.
void append_event(Bytes& to, const Event& event);
/// The same as its three parts one after another, in less time.
void append_event(Bytes& to, const Number& oid, EventKind kind, ValueView body,
                  const Number& handle);
/// One whole packet in binary form.
void append_packet(Bytes& to, const Packet& packet);

/// The packet in text form. In a byte stream a line break ends each one.
[[nodiscard]] std::string packet_to_text(const Packet& packet);

}  // namespace avow::wire
