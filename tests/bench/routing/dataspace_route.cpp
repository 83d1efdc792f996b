#include "tests/bench/routing/dataspace_route.hpp"

#include <variant>

#include "avow/base/check.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/pattern.hpp"
#include "avow/wire/packet_encoding.hpp"
#include "tests/bench/routing/workload.hpp"

namespace avow::bench {

using server::Change;
using server::ChangeKind;
using server::Turn;

namespace {

// Handed over when it holds about this much, so that it stays in the cache.
constexpr std::size_t output_bytes = 16 << 10;

// No two handles have the same.
std::uint64_t place_of(const wire::Event& event) {
  return server::scatter(static_cast<std::uint64_t>(*event.handle.small()));
}

}  // namespace

DataspaceRoute::DataspaceRoute(std::size_t subscriptions, std::size_t shapes)
    : space_(server::HashKey{1, 2}, *this) {
  constexpr std::size_t subscriptions_a_turn = 64;
  for (std::size_t i = 0; i < subscriptions;) {
    Turn turn = turns_.next();
    for (std::size_t k = 0; k < subscriptions_a_turn && i < subscriptions; ++k, ++i) {
      const Value observe =
          record("Observe", RoutingWorkload::pattern(i, shapes), ReferenceId{i + 1});
      const ParsedInterest parsed = parse_interest(observe);
      AVOW_CHECK(space_.check_interest(*parsed.interest).has_value());
      (void)space_.publish(turn, observe, &*parsed.interest);
    }
    space_.settle(turn, *this);
  }
}

void DataspaceRoute::turn(ByteView packet) {
  const Result<wire::Packet> decoded = wire::decode_packet(packet);
  const auto& events = std::get<wire::Turn>(*decoded).events;
  prepare(events);
  Turn turn = turns_.next();
  if (out_.size() > output_bytes) out_.clear();
  for (std::size_t i = 0; i < events.size(); ++i) {
    const wire::Event& event = events[i];
    if (event.kind == wire::EventKind::publish) {
      facts_.insert(place_of(event), space_.publish(turn, event.body, nullptr, prepared_[i]));
    } else {
      const server::FactId fact = facts_.find_any(place_of(event));
      space_.retract(turn, fact, server::Cause::retracted);
      facts_.erase(place_of(event), fact);
    }
  }
  space_.settle(turn, *this);
}

// Each pass loads what the next one reads.
void DataspaceRoute::prepare(const std::vector<wire::Event>& events) {
  prepared_.clear();
  for (const wire::Event& event : events) {
    const bool is_publish = event.kind == wire::EventKind::publish;
    prepared_.push_back(is_publish ? space_.prepare(event.body) : server::ValueHash());
    facts_.prefetch(place_of(event));
  }
  for (const wire::Event& event : events) {
    if (event.kind == wire::EventKind::publish) continue;
    const server::FactId fact = facts_.find_any(place_of(event));
    if (fact != server::FactId()) space_.prepare(fact);
  }
}

std::uint32_t DataspaceRoute::observer_added(ReferenceId reference, server::TopicId /*topic*/,
                                             std::optional<server::Observer> /*known*/) {
  return static_cast<std::uint32_t>(reference);
}
void DataspaceRoute::observer_removed(std::uint32_t /*token*/, server::TopicId /*topic*/) {}
void DataspaceRoute::topic_ended(server::TopicId /*topic*/) {}

void DataspaceRoute::deliver(const Change& change, ByteView captures,
                             std::span<const server::Observer> observers) {
  for (const server::Observer& observer : observers) {
    const bool appears = change.kind == ChangeKind::appear;
    wire::append_event(out_, wire::Number(std::int64_t{observer.token}),
                       appears ? wire::EventKind::publish : wire::EventKind::retract,
                       ValueView(captures),
                       wire::Number(static_cast<std::int64_t>(number_of(change.capture))));
    ++deliveries_;
  }
}

}  // namespace avow::bench
