#include "tests/model/naive_dataspace.hpp"

#include <algorithm>

namespace avow::test {
namespace {

using server::Cause;
using server::ChangeKind;

std::optional<Value> captures_of(const Interest& interest, const Value& value) {
  std::optional<Value> captures = interest.pattern.match(value);
  if (captures && !satisfies(interest.same, *captures)) return std::nullopt;
  return captures;
}

void sort_by_place(std::vector<ExpectedDelivery>& deliveries) {
  std::stable_sort(deliveries.begin(), deliveries.end(),
                   [](const auto& a, const auto& b) { return a.place < b.place; });
}

}  // namespace

NaiveDataspace::Fact& NaiveDataspace::find_or_add(const Value& value) {
  for (Fact& fact : facts_) {
    if (fact.value == value) return fact;
  }
  facts_.push_back({.value = value, .interest = parse_interest(value).interest});
  return facts_.back();
}

void NaiveDataspace::publish(const Value& value) {
  ++place_;
  Fact& fact = find_or_add(value);
  if (fact.supports++ == 0) fact.last_flip = place_;
}

void NaiveDataspace::retract(const Value& value, Cause cause) {
  ++place_;
  Fact& fact = find_or_add(value);
  if (fact.supports == 0 || --fact.supports != 0) return;
  fact.last_flip = place_;
  fact.cause = cause;
}

void NaiveDataspace::send(const Value& message) {
  ++place_;
  for (const Fact& fact : facts_) {
    if (!fact.is_there() || !fact.interest) continue;
    if (std::optional<Value> captures = captures_of(*fact.interest, message)) {
      messages_.push_back({.place = place_,
                           .observe = fact.value,
                           .kind = ChangeKind::message,
                           .captures = *std::move(captures)});
    }
  }
}

// Those that really came or went, in the order in which they did so last.
std::vector<const NaiveDataspace::Fact*> NaiveDataspace::changed_facts() const {
  std::vector<const Fact*> changed;
  for (const Fact& fact : facts_) {
    if (fact.is_changed()) changed.push_back(&fact);
  }
  std::sort(changed.begin(), changed.end(),
            [](const Fact* a, const Fact* b) { return a->last_flip < b->last_flip; });
  return changed;
}

std::vector<NaiveDataspace::Held> NaiveDataspace::held_by(const Interest& interest) const {
  std::vector<Held> all;
  const auto held_for = [&](const Value& captures) -> Held& {
    for (Held& held : all) {
      if (held.captures == captures) return held;
    }
    all.push_back({.captures = captures});
    return all.back();
  };
  for (const Fact& fact : facts_) {
    if (!fact.was_there) continue;
    if (const auto captures = captures_of(interest, fact.value)) {
      Held& held = held_for(*captures);
      ++held.facts_before;
      ++held.facts;
    }
  }
  for (const Fact* const fact : changed_facts()) {
    const auto captures = captures_of(interest, fact->value);
    if (!captures) continue;
    Held& held = held_for(*captures);
    const bool was_held = held.facts != 0;
    held.facts += fact->is_there() ? 1 : -1;
    if (was_held == (held.facts != 0)) continue;
    held.last_flip = fact->last_flip;
    held.cause = fact->cause;
  }
  return all;
}

// An observer sees a capture while it is there and the capture is held. It appears with the later
// of the two, and disappears with the first of them that goes.
void NaiveDataspace::tell(const Fact& observer, const Held& held,
                          std::vector<ExpectedDelivery>& appear,
                          std::vector<ExpectedDelivery>& disappear) const {
  const bool was_held = held.facts_before != 0;
  const bool is_held = held.facts != 0;
  const bool was_seen = observer.was_there && was_held;
  const bool is_seen = observer.is_there() && is_held;
  if (!was_seen && is_seen) {
    const std::size_t joined = observer.was_there ? 0 : observer.last_flip;
    const std::size_t came = was_held ? 0 : held.last_flip;
    appear.push_back({.place = std::max(joined, came),
                      .observe = observer.value,
                      .kind = ChangeKind::appear,
                      .captures = held.captures});
  }
  if (was_seen && !is_seen) {
    const bool by_fact = !is_held && (observer.is_there() || held.last_flip < observer.last_flip);
    disappear.push_back({.place = by_fact ? held.last_flip : observer.last_flip,
                         .observe = observer.value,
                         .kind = ChangeKind::disappear,
                         .captures = held.captures,
                         .cause = by_fact ? held.cause : observer.cause});
  }
}

std::vector<ExpectedDelivery> NaiveDataspace::settle() {
  std::vector<ExpectedDelivery> told;
  std::vector<ExpectedDelivery> disappear;
  for (const Fact& fact : facts_) {
    if (!fact.interest || !(fact.was_there || fact.is_there())) continue;
    for (const Held& held : held_by(*fact.interest)) tell(fact, held, told, disappear);
  }
  sort_by_place(told);
  sort_by_place(disappear);
  told.insert(told.end(), messages_.begin(), messages_.end());
  told.insert(told.end(), disappear.begin(), disappear.end());

  messages_.clear();
  std::erase_if(facts_, [](const Fact& fact) { return !fact.is_there(); });
  for (Fact& fact : facts_) fact.was_there = true;
  place_ = 0;
  return told;
}

std::vector<Value> NaiveDataspace::query(const Interest& interest) const {
  std::vector<Value> rows;
  for (const Fact& fact : facts_) {
    const auto captures = captures_of(interest, fact.value);
    if (!fact.is_there() || !captures) continue;
    if (std::find(rows.begin(), rows.end(), *captures) == rows.end()) rows.push_back(*captures);
  }
  return rows;
}

std::uint32_t NaiveDataspace::supports(const Value& value) const {
  for (const Fact& fact : facts_) {
    if (fact.value == value) return fact.supports;
  }
  return 0;
}

std::size_t NaiveDataspace::fact_count() const {
  return static_cast<std::size_t>(
      std::count_if(facts_.begin(), facts_.end(), [](const Fact& f) { return f.is_there(); }));
}

std::size_t NaiveDataspace::interest_count() const {
  return static_cast<std::size_t>(std::count_if(
      facts_.begin(), facts_.end(), [](const Fact& f) { return f.is_there() && f.interest; }));
}

}  // namespace avow::test
