#include "tests/bench/micro/counting_space.hpp"

#include <algorithm>

#include "avow/base/check.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/pattern.hpp"

namespace avow::bench {

void CountingSpace::observe(const Value& pattern) {
  const Value observe = record("Observe", pattern, ReferenceId{++observers_});
  const ParsedInterest parsed = parse_interest(observe);
  AVOW_CHECK(parsed.interest.has_value() && space_.check_interest(*parsed.interest).has_value());
  server::Turn turn = turns_.next();
  (void)space_.publish(turn, observe, &*parsed.interest);
  space_.settle(turn, *this);
}

void CountingSpace::fill(std::span<const Value> facts) {
  constexpr std::size_t turn_facts = 64;
  while (!facts.empty()) {
    const std::size_t count = std::min(turn_facts, facts.size());
    publish(facts.first(count));
    facts = facts.subspan(count);
  }
}

void CountingSpace::publish(std::span<const Value> facts) {
  prepared_.clear();
  published_.clear();
  for (const Value& fact : facts) prepared_.push_back(space_.prepare(fact));
  server::Turn turn = turns_.next();
  for (std::size_t i = 0; i < facts.size(); ++i) {
    published_.push_back(space_.publish(turn, facts[i], nullptr, prepared_[i]));
  }
  space_.settle(turn, *this);
}

void CountingSpace::retract() {
  for (const server::FactId fact : published_) space_.prepare(fact);
  server::Turn turn = turns_.next();
  for (const server::FactId fact : published_) {
    space_.retract(turn, fact, server::Cause::retracted);
  }
  space_.settle(turn, *this);
}

}  // namespace avow::bench
