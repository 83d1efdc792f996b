#include "tests/bench/routing/dataspace_route.hpp"

#include <variant>

#include "avow/base/check.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/encoding.hpp"
#include "avow/model/pattern.hpp"
#include "avow/wire/packet.hpp"
#include "tests/bench/routing/workload.hpp"

namespace avow::bench {

using server::Change;
using server::ChangeKind;
using server::Turn;

namespace {

// Handed over when it holds about this much, so that it stays in the cache.
constexpr std::size_t output_bytes = 16 << 10;

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
  prepared_.clear();
  for (const wire::Event& event : events) {
    if (event.kind == wire::EventKind::publish) {
      prepared_.push_back(space_.prepare(event.body));
    } else {
      const auto fact = facts_.find(*event.handle.small());
      if (fact != facts_.end()) space_.prepare(fact->second);
      prepared_.emplace_back();
    }
  }
  Turn turn = turns_.next();
  if (out_.size() > output_bytes) out_.clear();
  for (std::size_t i = 0; i < events.size(); ++i) {
    const wire::Event& event = events[i];
    const std::int64_t handle = *event.handle.small();
    if (event.kind == wire::EventKind::publish) {
      facts_.emplace(handle, space_.publish(turn, event.body, nullptr, prepared_[i]));
    } else {
      const auto fact = facts_.find(handle);
      space_.retract(turn, fact->second, server::Cause::retracted);
      facts_.erase(fact);
    }
  }
  space_.settle(turn, *this);
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
    out_.push_back(tag::sequence);
    append_integer(out_, std::uint64_t{observer.token});
    const bool appears = change.kind == ChangeKind::appear;
    const auto letter = static_cast<std::uint8_t>(appears ? 'A' : 'R');
    out_.insert(out_.end(), {tag::record, tag::symbol, 1, letter});
    if (appears) append(out_, captures);
    append_integer(out_, server::number_of(change.capture));
    out_.insert(out_.end(), {tag::end, tag::end});
    ++deliveries_;
  }
}

}  // namespace avow::bench
