#include "avow/wire/packet.hpp"

#include <utility>

#include "avow/wire/packet_encoding.hpp"
#include "avow/wire/packet_reading.hpp"
#include "avow/wire/preserves.hpp"

namespace avow::wire {
namespace {

Error bad_packet(std::string detail) { return {"bad-packet", std::move(detail)}; }

// The first `fields` fields of a record with a one-letter label, or fewer than were asked for.
std::vector<ValueView> first_fields(ValueView record, std::size_t fields) {
  std::vector<ValueView> found;
  for (const ValueView field : record.elements()) {
    if (found.size() == fields) break;
    found.push_back(field);
  }
  return found;
}

Result<Number> number_from(ValueView value, std::string_view what) {
  if (value.kind() != Kind::integer) return bad_packet(std::string(what) + " is no integer.");
  return Number(value);
}

// The body was within the limits of a whole packet; those of a value are tighter.
Result<Value> body_from(ValueView body, const PacketLimits& limits) {
  const CanonicalExtent extent = canonical_extent(body.bytes(), limits.value);
  if (extent.end == nullptr) {
    return Error{"limit",
                 "A value of the turn is nested deeper, or holds more values, than the "
                 "limit allows."};
  }
  return Value::from_canonical(body.bytes(), extent.holds_references);
}

std::optional<EventKind> kind_of(ValueView record) {
  if (record.kind() != Kind::record) return std::nullopt;
  const std::optional<std::string_view> label = record.label().as_symbol();
  if (!label || label->size() != 1) return std::nullopt;
  return event_kind(label->front());
}

Result<Event> event_from(ValueView entry, const PacketLimits& limits) {
  const std::optional<ValueView> target = entry.element(0);
  const std::optional<ValueView> action = entry.element(1);
  if (entry.kind() != Kind::sequence || !target || !action) {
    return bad_packet("An entry of a turn is not of the form [oid event].");
  }
  Event event;
  AVOW_TRY(event.target, number_from(*target, "An oid"));
  const std::optional<EventKind> kind = kind_of(*action);
  if (!kind) return bad_packet("An event is none of <A …>, <R …>, <M …> and <S …>.");
  event.kind = *kind;

  const bool has_handle = *kind == EventKind::publish || *kind == EventKind::retract;
  const bool has_body = *kind != EventKind::retract;
  const std::size_t needed = (has_handle ? 1 : 0) + (has_body ? 1 : 0);
  const std::vector<ValueView> fields = first_fields(*action, needed);
  if (fields.size() < needed) return bad_packet("An event has too few fields.");
  if (*kind == EventKind::sync && fields[0].kind() != Kind::embedded) {
    return bad_packet("The peer of a sync is no reference.");
  }
  if (has_body) {
    AVOW_TRY(event.body, body_from(fields.front(), limits));
  }
  if (has_handle) {
    AVOW_TRY(event.handle, number_from(fields.back(), "A handle"));
  }
  return event;
}

Result<Packet> turn_from(ValueView sequence, const PacketLimits& limits) {
  Turn turn;
  for (const ValueView entry : sequence.elements()) {
    if (turn.events.size() == limits.events_max) return too_many_events(limits);
    AVOW_TRY(Event event, event_from(entry, limits));
    turn.events.push_back(std::move(event));
  }
  return Packet(std::move(turn));
}

Packet from_record(ValueView record) {
  if (record.is_record("error")) {
    const std::vector<ValueView> fields = first_fields(record, 2);
    if (fields.size() == 2 && fields[0].kind() == Kind::string) {
      return ErrorPacket{std::string(*fields[0].as_string()), Value(fields[1])};
    }
  }
  return Extension{Value(record)};
}

}  // namespace

Number::Number(ValueView integer) {
  AVOW_CHECK(integer.kind() == Kind::integer);
  if (const std::optional<std::int64_t> small = integer.as_int64()) {
    small_ = *small;
  } else {
    big_ = Value(integer);
  }
}

ValueLimits whole_packet_limits(const PacketLimits& limits) {
  ValueLimits whole = limits.value;
  // Around the body of an event stand the turn, the entry and the event.
  whole.depth_max += 3;
  // Every value takes at least a byte; the bodies are counted one by one.
  whole.nodes_max = limits.bytes_max;
  return whole;
}

Error too_many_events(const PacketLimits& limits) {
  return {"limit", "A turn holds more than " + std::to_string(limits.events_max) +
                       " events, which is the limit."};
}
Error packet_too_long(const PacketLimits& limits) {
  return {"limit", "A packet is longer than " + std::to_string(limits.bytes_max) +
                       " bytes, which is the limit."};
}

Result<Packet> packet_from_value(ValueView value, const PacketLimits& limits) {
  if (value.kind() == Kind::sequence) return turn_from(value, limits);
  const bool is_nop = value.as_boolean() == false;
  if (!is_nop && value.kind() != Kind::record) {
    return bad_packet("A packet is a turn (a sequence), a record or #f.");
  }
  return is_nop ? Packet(Nop()) : from_record(value);
}

Result<Packet> decode_packet(ByteView binary, const PacketLimits& limits) {
  if (binary.size() > limits.bytes_max) return packet_too_long(limits);
  if (std::optional<TurnPrefix> plain = read_plain_turn(binary, limits);
      plain && plain->consumed == binary.size()) {
    return Packet(std::move(plain->turn));
  }
  AVOW_TRY(const Value value, decode_value(binary, whole_packet_limits(limits)));
  return packet_from_value(value, limits);
}

Value packet_to_value(const Packet& packet) {
  Bytes encoded;
  append_packet(encoded, packet);
  return Value::from_canonical(encoded);
}

}  // namespace avow::wire
