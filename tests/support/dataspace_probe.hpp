#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "avow/model/builder.hpp"
#include "avow/model/pattern.hpp"
#include "avow/model/value.hpp"
#include "server/dataspace/dataspace.hpp"
#include "server/dataspace/turn_maker.hpp"

// A dataspace whose observers are references, and which remembers what each was told.

namespace avow::test {

/// Wire patterns: `rec("t", {bind(), lit(Value::integer(std::int64_t{1}))})`.
[[nodiscard]] Value any();
[[nodiscard]] Value bind();
[[nodiscard]] Value bind(const Value& pattern);
[[nodiscard]] Value lit(const Value& atom);
[[nodiscard]] Value lit(std::int64_t number);
[[nodiscard]] Value lit(std::string_view text);
[[nodiscard]] Value rec(std::string_view label, const std::vector<Value>& fields);
[[nodiscard]] Value arr(const std::vector<Value>& elements);
/// `<Observe pattern #:observer>`.
[[nodiscard]] Value observe(const Value& pattern, ReferenceId observer);
/// `<Observe pattern #:observer {same: [[first second]]}>`.
[[nodiscard]] Value observe_same(const Value& pattern, ReferenceId observer, std::uint32_t first,
                                 std::uint32_t second);

/// One change told to one observer.
struct Told {
  server::Change change;
  ReferenceId observer{};
  std::uint64_t token = 0;
  Value captures;  ///< Those of what went are `#f` where they were not told.
};

class DataspaceProbe final : public server::ObserverHost, public server::DeliverySink {
 public:
  explicit DataspaceProbe(const server::DataspaceLimits& limits = {});

  // One act each, within the turn that `settle` ends.
  server::FactId publish(const Value& value);
  void retract(server::FactId fact, server::Cause cause = server::Cause::retracted);
  /// The number of the message.
  std::uint32_t send(const Value& message);
  /// Ends the turn. What it told is in `told()` until the next one is settled.
  void settle();

  [[nodiscard]] const std::vector<Told>& told() const { return told_; }
  /// `told()` as `+ captures`, `! captures`, `- captures` for one observer, in order.
  [[nodiscard]] std::vector<std::string> told_to(ReferenceId observer) const;
  /// The same for all observers, in order.
  [[nodiscard]] std::vector<std::string> told_to_all() const;
  [[nodiscard]] std::vector<Value> query(const Value& observe) const;
  [[nodiscard]] std::size_t live_observers() const { return observers_; }
  [[nodiscard]] std::size_t live_topics() const { return topics_.size(); }
  [[nodiscard]] server::Dataspace& space() { return space_; }
  [[nodiscard]] const server::Dataspace& space() const { return space_; }

  std::uint32_t observer_added(ReferenceId reference, server::TopicId topic,
                               std::optional<server::Observer> known) override;
  void observer_removed(std::uint32_t token, server::TopicId topic) override;
  void topic_ended(server::TopicId topic) override;
  void deliver(const server::Change& change, ByteView captures,
               std::span<const server::Observer> observers) override;
  [[nodiscard]] bool tells_what_went(std::span<const server::Observer> /*observers*/) override {
    return hears_what_went;
  }

  bool hears_what_went = true;  ///< Else what disappears has no captures.

 private:
  [[nodiscard]] std::unique_ptr<server::Turn> next_turn();

  server::TurnMaker turns_;
  std::unique_ptr<server::Turn> turn_;
  std::vector<ReferenceId> references_;  // Of observers: token 1 is that of the first.
  std::size_t observers_ = 0;
  std::map<server::TopicId, int> topics_;
  std::vector<Told> telling_;
  std::vector<Told> told_;
  server::Dataspace space_;
};

/// Captures as text: `[1 "a"]`; numbers, strings and symbols, the rest by its kind.
[[nodiscard]] std::string brief(ValueView value);

}  // namespace avow::test
