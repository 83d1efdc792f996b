#include "tests/simulation/watcher.hpp"

#include "avow/capability/sturdy_reference.hpp"
#include "avow/model/builder.hpp"
#include "tests/simulation/events.hpp"
#include "tests/simulation/truth.hpp"

namespace avow::simulation {
namespace {

constexpr std::int64_t first_observer = 1;  // At that of the first space; the others follow.

}  // namespace

Watcher::Watcher(server::Engine& engine) : engine_(engine), session_(engine.open_session(*this)) {
  for (std::size_t space = 0; space < space_count; ++space) {
    const Value reference = SturdyReference::mint({}, space_oid(space)).to_value();
    const auto opened = engine_.open_space(session_, reference.view()).value();
    const std::int64_t observer = first_observer + static_cast<std::int64_t>(space);
    const Value self = wire::wire_reference_to_value(
        {.owner = wire::WireReference::Owner::sender, .oid = observer, .caveats = {}});
    server::InboundTurn turn;
    turn.events.push_back(publish_event(opened.oid, observer,
                                        record("Observe", kept_wish().pattern.to_value(), self)));
    engine_.submit(session_, std::move(turn));
  }
}

Watcher::~Watcher() {
  if (is_open_) engine_.close_session(session_, server::Cause::closed);
}

void Watcher::turn(const server::OutboundTurn& turn) {
  for (const server::OutboundEvent& event : turn.events()) {
    ++heard_;
    if (event.kind == server::OutboundKind::publish) {
      const auto space = static_cast<std::size_t>(event.target - first_observer);
      held_[event.handle] = {space, Value(turn.body(event))};
    } else if (event.kind == server::OutboundKind::retract && held_.erase(event.handle) != 1) {
      wrong_ = "the watcher is told of the end of what it does not hold";
    }
  }
}

std::string Watcher::difference(const Ledger& committed) const {
  if (!wrong_.empty()) return wrong_;
  static const Pattern kept = kept_wish().pattern;
  for (std::size_t space = 0; space < space_count; ++space) {
    std::vector<Value> expected;
    for (const Value& fact : committed.facts(space)) {
      if (const auto captures = kept.match(fact)) expected.push_back(*captures);
    }
    std::vector<Value> told;
    for (const auto& [handle, held] : held_) {
      if (held.space == space) told.push_back(held.captures);
    }
    sort_values(expected);
    sort_values(told);
    const std::string wrong = simulation::difference(expected, told);
    if (!wrong.empty()) return "the watcher of what is committed " + wrong;
  }
  return {};
}

}  // namespace avow::simulation
