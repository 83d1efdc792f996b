#pragma once

#include <array>
#include <string>
#include <vector>

#include "avow/model/value.hpp"
#include "tests/simulation/vocabulary.hpp"

namespace avow::simulation {

/// All facts that clients hold up when nothing is on its way, and what observers should hold of
/// them: as plainly as it can be said. References are in memory form, one for each entity of each
/// client.
class Truth {
 public:
  void add(std::size_t space, const Value& fact);
  /// What somebody asserts at an entity of somebody else.
  void add_note(const Value& note) { notes_.push_back(note); }
  /// Whether all of `notes` are asserted by somebody. (The other way round need not hold: whoever
  /// asserts may use a reference that has just died.)
  [[nodiscard]] bool has_notes(const std::vector<Value>& notes) const;
  /// The distinct facts of a space that `wish` matches.
  [[nodiscard]] std::vector<Value> matching(std::size_t space, const Wish& wish) const;
  /// The distinct sequences of captures, without references, sorted.
  [[nodiscard]] std::vector<Value> captures(std::size_t space, const Wish& wish) const;
  [[nodiscard]] std::size_t fact_count(std::size_t space) const { return facts_[space].size(); }

 private:
  std::array<std::vector<Value>, space_count> facts_;  // Each once.
  std::vector<Value> notes_;
};

/// Sorts for comparison.
void sort_values(std::vector<Value>& values);
/// Both lists, for a person, if they differ.
[[nodiscard]] std::string difference(const std::vector<Value>& expected,
                                     const std::vector<Value>& actual);

}  // namespace avow::simulation
