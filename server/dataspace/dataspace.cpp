#include "server/dataspace/dataspace.hpp"

#include <cstring>
#include <utility>
#include <vector>

#include "avow/base/check.hpp"
#include "avow/model/builder.hpp"
#include "server/base/load_ahead.hpp"
#include "server/dataspace/bag.hpp"
#include "server/dataspace/index.hpp"

namespace avow::server {
namespace {

// The canonical bytes of `<avow-pin …>` up to its fields: every fact is held against them.
Bytes beginning_of_pins() {
  const Value pin = record("avow-pin");
  Bytes bytes(pin.bytes().begin(), pin.bytes().end());
  bytes.pop_back();
  return bytes;
}

// Most facts differ in the first eight bytes, which are compared at once.
bool starts_with(ByteView bytes, ByteView beginning) {
  return bytes.size() > beginning.size() &&
         std::memcmp(bytes.data(), beginning.data(), sizeof(std::uint64_t)) == 0 &&
         equal(bytes.first(beginning.size()), beginning);
}

}  // namespace

struct Dataspace::State {
  State(const HashKey& key, ObserverHost& host, const DataspaceLimits& limits_of_it,
        HistoryBudget* budget)
      : limits(limits_of_it),
        keyed(key),
        bag(keyed, memory),
        index(keyed, bag, host, limits_of_it.directories, limits_of_it.facts_held_at_once, memory),
        history(bag.bytes(), limits_of_it.history, budget != nullptr ? *budget : own_budget),
        flips(1) {}

  // Answers the number of the change.
  std::uint32_t flip(std::uint32_t number, bool was_there, Cause cause) {
    Fact& fact = bag[number];
    if (fact.flip != 0) was_there = flips[fact.flip].was_there;
    fact.flip = static_cast<std::uint32_t>(flips.size());
    push_fields(flips, {.fact = number, .was_there = was_there, .cause = cause});
    return fact.flip;
  }

  // A fact `<avow-pin NAME REVISION>` asks to remember what changes above that revision.
  void note_pin(ValueView value, bool is_there) {
    if (!starts_with(value.bytes(), pin_beginning) || value.element_count() != 2) return;
    const std::optional<std::uint64_t> revision = value.element(1)->as_uint64();
    if (!revision) return;
    is_there ? history.pin(*revision) : history.unpin(*revision);
  }

  // What the turn came to is remembered; that it was this turn is not.
  void forget_flips() {
    for (std::uint32_t i = 1; i < flips.size(); ++i) {
      Fact& fact = bag[flips[i].fact];
      if (fact.flip != i) continue;
      fact.flip = 0;
      const bool is_there = fact.supports != 0;
      if (flips[i].was_there != is_there) {
        history.add({fact.stored, flips[i].cause, is_there});
        note_pin(fact.value(), is_there);
      }
      if (fact.supports == 0) bag.remove(flips[i].fact);
    }
    flips.resize(1);
  }

  DataspaceLimits limits;
  KeyedHash keyed;
  HistoryBudget own_budget;
  Regions memory;  // Of all that is kept of facts and interests.
  Bag bag;
  Index index;
  SpaceHistory history;
  const Bytes pin_beginning = beginning_of_pins();
  std::vector<Flip> flips;  // Of this turn; the zeroth stands for none.
  std::uint64_t fact_count = 0;
};

Dataspace::Dataspace(const HashKey& key, ObserverHost& host, const DataspaceLimits& limits,
                     HistoryBudget* budget)
    : state_(std::make_unique<State>(key, host, limits, budget)) {}
Dataspace::~Dataspace() = default;

Result<void> Dataspace::check_interest(const Interest& interest) const {
  return state_->index.check(interest, state_->limits.shapes_per_label_max);
}

ValueHash Dataspace::prepare(ValueView value) const {
  const std::uint64_t hash = state_->bag.hash_of(value);
  state_->bag.prefetch(hash);
  return ValueHash{hash};
}

void Dataspace::prepare(FactId fact) const {
  load_ahead(&state_->bag[static_cast<std::uint32_t>(fact)]);
}

FactId Dataspace::publish(Turn& turn, const Value& value, const Interest* interest,
                          ValueHash prepared) {
  Bag& bag = state_->bag;
  const auto hash = static_cast<std::uint64_t>(prepared);
  std::uint32_t number = bag.find(value, hash);
  if (number == 0) number = bag.add(value, hash);
  if (bag[number].supports++ == 0) {
    ++state_->fact_count;
    const std::uint32_t flip = state_->flip(number, false, Cause::none);
    const bool is_interest = interest != nullptr || bag[number].interest != 0;
    if (is_interest) state_->index.begin_interest(turn, number, interest, flip);
  }
  return FactId{number};
}

void Dataspace::retract(Turn& /*turn*/, FactId fact, Cause cause) {
  const auto number = static_cast<std::uint32_t>(fact);
  Fact& retracted = state_->bag[number];
  AVOW_CHECK(retracted.supports != 0);
  if (--retracted.supports != 0) return;
  --state_->fact_count;
  (void)state_->flip(number, true, cause);
  if (retracted.interest != 0) state_->index.end_interest(number);
}

std::uint32_t Dataspace::send(Turn& /*turn*/, Value message) {
  return state_->index.send(std::move(message));
}

void Dataspace::settle(Turn& turn, DeliverySink& sink) {
  state_->index.settle(turn, state_->flips, sink);
  state_->forget_flips();
}

void Dataspace::begin_revision(std::uint64_t revision) { state_->history.begin_turn(revision); }

void Dataspace::trim_history() { state_->history.trim(); }

void Dataspace::begin_history_above(std::uint64_t revision) {
  state_->history.begin_above(revision);
}

const SpaceHistory& Dataspace::history() const { return state_->history; }

bool Dataspace::tell_since(Turn& turn, FactId fact, std::uint64_t revision, DeliverySink& sink) {
  return state_->index.tell_since(turn, static_cast<std::uint32_t>(fact), state_->history, revision,
                                  sink);
}

SnapshotPart Dataspace::tell_part(Turn& turn, FactId fact, CaptureId after, std::size_t room,
                                  DeliverySink& sink) {
  return state_->index.tell_part(turn, static_cast<std::uint32_t>(fact), after, room, sink);
}

void Dataspace::query(const Interest& interest,
                      const std::function<bool(ByteView captures)>& row) const {
  state_->index.query(interest, row);
}

bool Dataspace::takes_long(const Interest& interest) const {
  return state_->index.takes_long(interest);
}
void Dataspace::begin_search(std::span<const Interest> interests) {
  state_->index.begin_search(interests);
}
bool Dataspace::is_searching() const { return state_->index.is_searching(); }
bool Dataspace::has_found() const { return state_->index.has_found(); }
void Dataspace::end_search() { state_->index.end_search(); }

bool Dataspace::is_indexing() const { return state_->index.is_indexing(); }
void Dataspace::index_some() { state_->index.index_some(); }

bool Dataspace::has_match(const Interest& interest) const {
  // The index knows what was there before the turn, the flips what is different since.
  const Bag& bag = state_->bag;
  if (state_->index.any_match(interest,
                              [&](std::uint32_t fact) { return bag[fact].supports > 0; })) {
    return true;
  }
  for (std::uint32_t i = 1; i < state_->flips.size(); ++i) {
    const Fact& fact = bag[state_->flips[i].fact];
    if (fact.flip != i || fact.supports == 0) continue;
    const std::optional<Value> captures = interest.pattern.match(fact.value());
    if (captures && satisfies(interest.same, *captures)) return true;
  }
  return false;
}

std::optional<FactId> Dataspace::find(ValueView value) const {
  const std::uint32_t fact = state_->bag.find(value, state_->bag.hash_of(value));
  if (fact == 0 || state_->bag[fact].supports == 0) return std::nullopt;
  return FactId{fact};
}

ValueView Dataspace::value_of(FactId fact) const {
  return state_->bag[static_cast<std::uint32_t>(fact)].value();
}

std::uint64_t Dataspace::fact_count() const { return state_->fact_count; }
std::uint64_t Dataspace::interest_count() const { return state_->index.interest_count(); }
std::uint64_t Dataspace::topic_count() const { return state_->index.topic_count(); }

void Dataspace::visit_facts(
    const std::function<void(ValueView fact, std::uint32_t supports)>& visit) const {
  state_->index.visit_facts([&](std::uint32_t fact) {
    visit(state_->bag[fact].value(), state_->bag[fact].supports);
    return true;
  });
}

}  // namespace avow::server
