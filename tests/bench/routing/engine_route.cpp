#include "tests/bench/routing/engine_route.hpp"

#include <limits>
#include <utility>
#include <variant>

#include "avow/base/check.hpp"
#include "avow/capability/sturdy_reference.hpp"
#include "avow/model/builder.hpp"
#include "tests/bench/routing/workload.hpp"

namespace avow::bench {

using server::Conversation;
using server::Departure;
using server::FrameType;

namespace {

constexpr std::size_t frame_bytes_max = 64 << 10;
// Of the resolved reference; no fact of the workload uses it.
constexpr std::int64_t resolve_handle = std::int64_t{1} << 40;

server::EngineOptions options() {
  server::EngineOptions options;
  options.hash_key = {1, 2};
  constexpr std::size_t unlimited = std::numeric_limits<std::uint32_t>::max();
  options.limits.session_facts_max = unlimited;
  options.limits.session_bytes_max = std::numeric_limits<std::size_t>::max();
  options.limits.session_subscriptions_max = unlimited;
  options.limits.session_references_max = unlimited;
  return options;
}

wire::Event publication(std::int64_t target, std::int64_t handle, Value body) {
  wire::Event event;
  event.target = target;
  event.kind = wire::EventKind::publish;
  event.handle = handle;
  event.body = std::move(body);
  return event;
}

Value exported(std::int64_t oid) {
  wire::WireReference mine;
  mine.owner = wire::WireReference::Owner::sender;
  mine.oid = oid;
  return wire::wire_reference_to_value(mine);
}

}  // namespace

EngineRoute::EngineRoute(std::size_t subscriptions, std::size_t shapes)
    : engine_(options()), observer_(connect()), publisher_(connect()) {
  publisher_space_ = resolve(*publisher_);
  observe(subscriptions, shapes, resolve(*observer_));
}

EngineRoute::~EngineRoute() {
  publisher_->departed(Departure::closed);
  observer_->departed(Departure::closed);
}

std::unique_ptr<Conversation> EngineRoute::connect() {
  return server::open_conversation(engine_, sessions_, server::Protocol::syndicate_stream,
                                   {.description = "bench", .local = true}, shell_, {});
}

std::int64_t EngineRoute::resolve(Conversation& client) {
  wire::Turn turn;
  turn.events.push_back(publication(
      0, resolve_handle, record("resolve", development_reference().to_value(), exported(1))));
  say(client, std::move(turn));
  Bytes answer;
  take_all(client, &answer);
  // [[1 <A <ok #:[0 oid]> handle>]]
  const Result<wire::Packet> packet = wire::decode_packet(answer);
  const ValueView body = std::get<wire::Turn>(packet.value()).events.front().body;
  const auto reference = wire::parse_wire_reference(body.element(0).value());
  return reference.value().oid.small().value();
}

void EngineRoute::observe(std::size_t subscriptions, std::size_t shapes, std::int64_t space) {
  constexpr std::size_t subscriptions_a_turn = 64;
  for (std::size_t i = 0; i < subscriptions;) {
    wire::Turn turn;
    for (std::size_t k = 0; k < subscriptions_a_turn && i < subscriptions; ++k, ++i) {
      const auto number = static_cast<std::int64_t>(i) + 2;
      turn.events.push_back(publication(
          space, number, record("Observe", RoutingWorkload::pattern(i, shapes), exported(number))));
    }
    say(*observer_, std::move(turn));
  }
  AVOW_CHECK(!observer_->ending().has_value());
}

void EngineRoute::say(Conversation& client, wire::Turn turn) {
  const Value packet = wire::packet_to_value(wire::Packet(std::move(turn)));
  client.receive({}, FrameType::binary, packet.bytes());
}

void EngineRoute::take_all(Conversation& client, Bytes* into) {
  while (const std::optional<server::OutgoingFrame> frame = client.outbox().take(frame_bytes_max)) {
    bytes_out_ += frame->size;
    if (into != nullptr) append(*into, frame->bytes());
  }
  client.outbox().written();
}

void EngineRoute::turn(ByteView packet) {
  publisher_->receive({}, FrameType::binary, packet);
  AVOW_CHECK(!publisher_->ending().has_value());
  take_all(*observer_, nullptr);
}

std::uint64_t EngineRoute::deliveries() const { return engine_.counters().deliveries; }

}  // namespace avow::bench
