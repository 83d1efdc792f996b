#include "tests/simulation/truth.hpp"

#include <algorithm>
#include <optional>

#include "avow/model/text.hpp"

namespace avow::simulation {
namespace {

bool holds(const std::vector<Value>& values, const Value& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

std::string listed(const std::vector<Value>& values) {
  std::string list = "{";
  for (const Value& value : values) list.append(" ").append(to_text(value));
  return list + " }";
}

}  // namespace

void Truth::add(std::size_t space, const Value& fact) {
  if (!holds(facts_[space], fact)) facts_[space].push_back(fact);
}

bool Truth::has_notes(const std::vector<Value>& notes) const {
  return std::all_of(notes.begin(), notes.end(),
                     [this](const Value& note) { return holds(notes_, note); });
}

std::vector<Value> Truth::matching(std::size_t space, const Wish& wish) const {
  std::vector<Value> all;
  for (const Value& fact : facts_[space]) {
    const std::optional<Value> captures = wish.pattern.match(fact);
    if (captures && satisfies(wish.same, *captures)) all.push_back(fact);
  }
  return all;
}

std::vector<Value> Truth::captures(std::size_t space, const Wish& wish) const {
  std::vector<Value> distinct;
  for (const Value& fact : matching(space, wish)) {
    const Value captures = wish.pattern.match(fact).value();
    if (!holds(distinct, captures)) distinct.push_back(captures);
  }
  for (Value& captures : distinct) captures = without_references(captures);
  sort_values(distinct);
  return distinct;
}

void sort_values(std::vector<Value>& values) {
  std::sort(values.begin(), values.end(),
            [](const Value& a, const Value& b) { return compare(a.bytes(), b.bytes()) < 0; });
}

std::string difference(const std::vector<Value>& expected, const std::vector<Value>& actual) {
  if (expected == actual) return {};
  return "expected " + listed(expected) + ", holds " + listed(actual);
}

}  // namespace avow::simulation
