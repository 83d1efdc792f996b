#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "avow/model/pattern.hpp"
#include "avow/model/value.hpp"
#include "server/base/cause.hpp"
#include "server/dataspace/change.hpp"

// What a dataspace means, as plainly as it can be said: a list of facts, searched from end to end.
// DESIGN of the real one must come to the same, turn by turn.

namespace avow::test {

/// One change told to one observer, which is named by its `Observe` fact.
struct ExpectedDelivery {
  std::size_t place = 0;  ///< In the turn: the act that caused it.
  Value observe;
  server::ChangeKind kind{};
  Value captures;
  server::Cause cause = server::Cause::none;
};

class NaiveDataspace {
 public:
  void publish(const Value& value);
  /// Nothing happens if the fact has no support.
  void retract(const Value& value, server::Cause cause);
  void send(const Value& message);
  /// What is told since the last call: appearances, messages, disappearances, each by place.
  std::vector<ExpectedDelivery> settle();

  /// The distinct captures that `interest` has now.
  [[nodiscard]] std::vector<Value> query(const Interest& interest) const;
  [[nodiscard]] std::uint32_t supports(const Value& value) const;
  [[nodiscard]] std::size_t fact_count() const;
  [[nodiscard]] std::size_t interest_count() const;

 private:
  struct Fact {
    Value value;
    std::optional<Interest> interest;
    std::uint32_t supports = 0;
    bool was_there = false;     // When last settled.
    std::size_t last_flip = 0;  // The place at which it came or went last.
    server::Cause cause = server::Cause::none;

    [[nodiscard]] bool is_there() const { return supports != 0; }
    [[nodiscard]] bool is_changed() const { return is_there() != was_there; }
  };
  // What one observer's pattern captures, and by how many facts.
  struct Held {
    Value captures;
    int facts_before = 0;
    int facts = 0;
    std::size_t last_flip = 0;
    server::Cause cause = server::Cause::none;
  };

  Fact& find_or_add(const Value& value);
  [[nodiscard]] std::vector<const Fact*> changed_facts() const;
  [[nodiscard]] std::vector<Held> held_by(const Interest& interest) const;
  void tell(const Fact& observer, const Held& held, std::vector<ExpectedDelivery>& appear,
            std::vector<ExpectedDelivery>& disappear) const;

  std::vector<Fact> facts_;
  std::vector<ExpectedDelivery> messages_;
  std::size_t place_ = 0;
};

}  // namespace avow::test
