#pragma once

#include "avow/model/value.hpp"
#include "avow/wire/packet.hpp"

// Events as plain Syndicate clients send them.

namespace avow::simulation {

/// Whom a client knows from the start.
inline constexpr std::int64_t gatekeeper = 0;

/// A reference to an entity of whoever sends it.
inline Value reference_to(std::int64_t entity) {
  return wire::wire_reference_to_value(
      {.owner = wire::WireReference::Owner::sender, .oid = entity, .caveats = {}});
}

inline wire::Event publish_event(const wire::Number& target, std::int64_t handle,
                                 const Value& body) {
  return {target, wire::EventKind::publish, handle, body};
}
inline wire::Event retract_event(const wire::Number& target, std::int64_t handle) {
  return {target, wire::EventKind::retract, handle, Value()};
}
inline wire::Event message_event(const wire::Number& target, const Value& body) {
  return {target, wire::EventKind::message, 0, body};
}
inline wire::Event sync_event(const wire::Number& target, const Value& peer) {
  return {target, wire::EventKind::sync, 0, peer};
}
inline wire::Turn turn_of(wire::Event event) {
  wire::Turn turn;
  turn.events.push_back(std::move(event));
  return turn;
}

}  // namespace avow::simulation
