#include "server/engine/introspection.hpp"

#include <string_view>
#include <utility>

#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"
#include "server/engine/keeper/keeper.hpp"
#include "server/engine/space.hpp"

namespace avow::server {
namespace {

constexpr std::string_view labels[] = {"session", "queue",        "changes",
                                       "waiting", "subscription", "left-out"};

/// Collects facts as long as there is room.
class Collector {
 public:
  explicit Collector(const EngineLimits& limits) : limits_(limits) {}

  void add(Value fact) {
    if (facts_.size() >= limits_.session_facts_told_max ||
        bytes_ + fact.bytes().size() > limits_.session_bytes_told_max) {
      ++left_out_;
      return;
    }
    put(std::move(fact));
  }

  IntrospectionFacts finish() {
    if (left_out_ > 0) put(record("left-out", left_out_));
    return std::move(facts_);
  }

 private:
  void put(Value fact) {
    const ByteView bytes = fact.bytes();
    bytes_ += bytes.size();
    facts_.emplace(Bytes(bytes.begin(), bytes.end()), std::move(fact));
  }

  const EngineLimits& limits_;
  IntrospectionFacts facts_;
  std::size_t bytes_ = 0;
  std::uint64_t left_out_ = 0;
};

// A reference is the right to reach what it names, and whoever watches has none to that: a pattern
// that names references is told as text.
Value shown(ValueView pattern) {
  if (!contains_embedded(pattern.bytes())) return Value(pattern);
  return Value::string(to_text(pattern));
}

template <class Visit>
void for_each_interest(const ClientSession& session, Visit&& visit) {
  if (session.usage.subscriptions == 0) return;
  session.held.for_each([&](const HeldAssertion& held) {
    const Space* const space =
        held.is_in_force != 0 ? session.export_of(held).reference->entity->as_space() : nullptr;
    if (space != nullptr) visit(*space, held);
  });
}

bool observes(const ClientSession& session, const Space* space) {
  bool found = false;
  for_each_interest(session, [&](const Space& observed, const HeldAssertion&) {
    found = found || &observed == space;
  });
  return found;
}

void add_session(const ClientSession& session, const Space* system, Collector& all) {
  if (session.port == nullptr) return;
  const PortStatus status = session.port->status();
  const std::uint64_t id = number_of(session.id);
  all.add(record("session", id, Value::symbol(status.protocol), Value::string(status.peer),
                 session.since_ms));
  if (status.waiting_packets == 0 || observes(session, system)) return;
  all.add(record("queue", id, std::uint64_t{status.waiting_bytes},
                 std::uint64_t{status.waiting_packets}));
}

// What the system space remembers changes with each look: no turn feeds itself.
void add_floor(const Space& space, Collector& all) {
  if (space.is_system()) return;
  all.add(record("changes", space.name(), space.dataspace().history().floor()));
}

void add_line(const Keeper& keeper, Collector& all) {
  const Value space = Value::string(keeper.space().name());
  keeper.for_each_in_line([&](SessionId by, const CommitRequest& commit, std::uint64_t since_ms) {
    Builder fact;
    fact.begin_record("waiting").integer(number_of(by)).value(space).begin_sequence();
    for (const CommitOp& op : commit.ops) {
      if (op.kind == CommitOp::Kind::take) fact.value(shown(op.pattern.to_value()));
    }
    all.add(fact.end().integer(since_ms).end().finish().value());
  });
}

void add_subscriptions(const ClientSession& session, Collector& all) {
  for_each_interest(session, [&](const Space& observed, const HeldAssertion& interest) {
    all.add(record("subscription", number_of(session.id), Value::string(observed.name()),
                   shown(*session.fact_of(interest).element(0)), session.since_of(interest)));
  });
}

}  // namespace

IntrospectionFacts look(const Spaces& spaces, const SessionTable& sessions,
                        const Keepers& keepers) {
  const Space* const system = spaces.system();
  Collector all(keepers.limits());
  // What there is most of comes last, to be left out first.
  sessions.for_each([&](const ClientSession& session) { add_session(session, system, all); });
  spaces.for_each([&](const Space& space) { add_floor(space, all); });
  keepers.for_each([&](const Keeper& keeper) { add_line(keeper, all); });
  sessions.for_each([&](const ClientSession& session) { add_subscriptions(session, all); });
  return all.finish();
}

bool asks_for_a_look(const Pattern& pattern) {
  const PatternNode& node = beneath_binds(pattern.root());
  if (node.kind == PatternNode::Kind::literal) return false;
  if (node.kind != PatternNode::Kind::group) return true;
  if (node.group != PatternNode::Group::record) return false;
  for (const std::string_view label : labels) {
    if (node.literal.view().is_symbol(label)) return true;
  }
  return false;
}

}  // namespace avow::server
