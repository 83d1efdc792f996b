#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "avow/base/result.hpp"
#include "avow/wire/packet.hpp"
#include "server/engine/admission.hpp"
#include "server/engine/client_session.hpp"
#include "server/engine/turn_run.hpp"

// A turn from outside on its way through the membrane. It is wholly checked before its first
// change: `check` looks at every event in order and takes its references in, and either all of it
// is then applied or all of that is undone. What the protocol says to ignore is left out.

namespace avow::server {

class InboundCheck {
 public:
  InboundCheck(ReferenceTable& references, const EngineLimits& limits, EngineCounters& counters)
      : references_(references), limits_(limits), counters_(counters) {}

  /// Why a turn takes no effect.
  struct Refusal {
    Error error;
    bool ends_session = false;
  };

  /// Checks a turn of `session`. After a refusal all is as before.
  [[nodiscard]] std::optional<Refusal> check(ClientSession& session,
                                             std::vector<wire::Event>& events);
  /// Whether nothing is left of the turn that was checked.
  [[nodiscard]] bool empty() const { return prepared_.empty(); }
  /// Whether a message of it carries references.
  [[nodiscard]] bool step_by_step() const { return step_by_step_; }
  /// Applies what was checked last.
  void apply(TurnRun& run);

 private:
  struct Prepared {
    Prepared(wire::EventKind which, Export& target) : kind(which), at(&target) {}
    /// Of a publish or a message, on its way to the target. Made in its place.
    Prepared(wire::EventKind which, Export& target, ReferenceTable& references, Value body)
        : kind(which),
          at(&target),
          admitted(admit(references, *target.reference, std::move(body))) {}

    wire::EventKind kind;
    Export* at;  // Pinned by a publish, until it is retracted.
    std::optional<Admitted> admitted;
    wire::Number number;            // The handle of a publish or retract.
    HeldAssertion* held = nullptr;  // Of a publish, unless it is retracted in the same turn.
    AssertionToken token{};         // Of a publish, once it is applied.
    HeldAssertion ended;            // Of a retract.
    Reference* peer = nullptr;      // Of a sync.
    std::uint32_t extras = 0;       // Of a retract; of a sync, the pins of the peer. In `extras_`.
  };

  void prefetch(const std::vector<wire::Event>& events);
  [[nodiscard]] std::optional<Refusal> check_event(wire::Event& event);
  [[nodiscard]] Export* find_target(const wire::Number& oid);
  [[nodiscard]] std::optional<Refusal> check_publish(wire::Event& event, Export& at);
  [[nodiscard]] std::optional<Refusal> check_admitted(Admitted& assertion) const;
  void hold(Prepared& prepared, wire::Number handle, Pins pins);
  [[nodiscard]] std::optional<Refusal> check_limits(std::size_t bytes, bool is_interest) const;
  void check_retract(const wire::Event& event);
  [[nodiscard]] std::optional<Refusal> check_message(wire::Event& event, Export& at);
  [[nodiscard]] std::optional<Refusal> check_sync(wire::Event& event, Export& at);

  [[nodiscard]] AssertionExtras& extras_of(Prepared& prepared) { return extras_[prepared.extras]; }
  /// Room for its extras.
  AssertionExtras& add_extras(Prepared& prepared);
  void forget();

  void undo();
  void undo_publish(Prepared& prepared);
  void undo_retract(Prepared& prepared);

  void apply_publish(TurnRun& run, Prepared& prepared);
  void apply_retract(TurnRun& run, Prepared& prepared);
  void apply_message(TurnRun& run, Prepared& prepared);
  void apply_sync(TurnRun& run, Prepared& prepared);

  ReferenceTable& references_;
  const EngineLimits& limits_;
  EngineCounters& counters_;
  ClientSession* session_ = nullptr;
  SessionUsage usage_before_;
  std::int64_t last_oid_ = 0;  // Of the target that was looked for last.
  Export* last_target_ = nullptr;
  bool step_by_step_ = false;
  std::vector<Prepared> prepared_;
  std::vector<AssertionExtras> extras_{1};  // The zeroth stands for none, as most have.
};

}  // namespace avow::server
