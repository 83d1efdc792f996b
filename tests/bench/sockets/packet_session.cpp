#include "tests/bench/sockets/packet_session.hpp"

#include <optional>
#include <utility>
#include <variant>

#include "avow/capability/sturdy_reference.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/pattern_text.hpp"
#include "avow/wire/packet_encoding.hpp"
#include "avow/wire/packet_stream.hpp"

namespace avow::bench {
namespace {

using wire::Event;
using wire::EventKind;
using wire::Number;

constexpr std::int64_t observer = 2;
constexpr std::int64_t sync_peer = 99;

Value reference_to_own(std::int64_t oid) {
  return wire::wire_reference_to_value(
      {.owner = wire::WireReference::Owner::sender, .oid = Number(oid), .caveats = {}});
}

}  // namespace

Value observe_by_packets(std::string_view pattern) {
  return record("Observe", parse_pattern_text(pattern).value().pattern.to_value(),
                reference_to_own(observer));
}

Bytes packet_of(std::vector<Event> events) {
  Bytes packet;
  wire::append_packet(packet, wire::Turn{std::move(events)});
  return packet;
}

PacketSession::PacketSession(std::uint16_t port) : socket(port) {
  send({{.target = Number(0),
         .kind = EventKind::publish,
         .handle = Number(1),
         .body = record("resolve", development_reference().to_value(), reference_to_own(0))}});
  wire::PacketStream packets;
  std::optional<wire::Packet> answer;
  while (!answer) {
    ByteView more = socket.receive();
    answer = packets.next(more).value();
  }
  const Value body = std::get<wire::Turn>(*answer).events.at(0).body;
  space = wire::parse_wire_reference(*body.view().element(0)).value().oid;
}

void PacketSession::send(std::vector<Event> events) { socket.send(packet_of(std::move(events))); }

void PacketSession::sync() {
  send({question()});
  (void)socket.receive_until(text_of(packet_of({answer()})));
}

void PacketSession::observe(std::string_view pattern) {
  send({publish(2, observe_by_packets(pattern))});
  sync();
}

Event PacketSession::publish(std::int64_t handle, Value assertion) const {
  return {.target = space,
          .kind = EventKind::publish,
          .handle = Number(handle),
          .body = std::move(assertion)};
}

Event PacketSession::retract(std::int64_t handle) const {
  return {.target = space, .kind = EventKind::retract, .handle = Number(handle), .body = {}};
}

Event PacketSession::message(Value body) const {
  return {.target = space, .kind = EventKind::message, .handle = {}, .body = std::move(body)};
}

Event PacketSession::question() const {
  return {
      .target = space, .kind = EventKind::sync, .handle = {}, .body = reference_to_own(sync_peer)};
}

Event PacketSession::answer() {
  return {.target = Number(sync_peer),
          .kind = EventKind::message,
          .handle = {},
          .body = Value::boolean(true)};
}

}  // namespace avow::bench
