#include "server/engine/inbound_turn.hpp"

#include <string>
#include <utility>

#include "server/engine/keeper/keepers.hpp"

namespace avow::server {
namespace {

InboundCheck::Refusal breach(Error error) { return {std::move(error), true}; }

// What is wrong with a body breaks the protocol's rules, but for a limit that is reached and a
// target that takes nothing.
InboundCheck::Refusal bad_body(Error error) {
  const bool ends_session = error.code != "quota" && error.code != "read-only";
  return {std::move(error), ends_session};
}

InboundCheck::Refusal over(const char* what, std::size_t limit) {
  return {Error{"quota", "The session would hold more than " + std::to_string(limit) + " " + what +
                             "; retract some first."},
          false};
}

}  // namespace

std::optional<InboundCheck::Refusal> InboundCheck::check(ClientSession& session,
                                                         std::vector<wire::Event>& events) {
  session_ = &session;
  usage_before_ = session.usage;
  last_target_ = nullptr;
  step_by_step_ = false;
  forget();
  if (events.size() > limits_.turn_events_max) {
    return Refusal{{"limit", "The turn has more than " + std::to_string(limits_.turn_events_max) +
                                 " events; divide it."},
                   false};
  }
  prefetch(events);
  prepared_.reserve(events.size());
  for (wire::Event& event : events) {
    std::optional<Refusal> refusal = check_event(event);
    if (!refusal) continue;
    undo();
    return refusal;
  }
  counters_.events_admitted += prepared_.size();
  return std::nullopt;
}

// Most of the time of a turn would be spent waiting for memory. What is needed for all its events
// is called for at once, step by step, before it is used.
void InboundCheck::prefetch(const std::vector<wire::Event>& events) {
  for (const wire::Event& event : events) session_->held.prefetch_place(event.handle);
  for (const wire::Event& event : events) {
    if (event.kind == wire::EventKind::retract) session_->held.prefetch_found(event.handle);
  }
}

std::optional<InboundCheck::Refusal> InboundCheck::check_event(wire::Event& event) {
  if (event.kind == wire::EventKind::retract) {
    // By its handle alone: the oid may have died since the assertion.
    check_retract(event);
    return std::nullopt;
  }
  Export* const at = find_target(event.target);
  if (at == nullptr) return std::nullopt;
  switch (event.kind) {
    case wire::EventKind::publish:
      return check_publish(event, *at);
    case wire::EventKind::message:
      return check_message(event, *at);
    default:
      return check_sync(event, *at);
  }
}

// Most of a turn goes to one entity. What a session exports stays where it is while a turn of it is
// checked.
Export* InboundCheck::find_target(const wire::Number& oid) {
  const std::optional<std::int64_t> small = oid.small();
  if (!small) return nullptr;
  if (last_target_ != nullptr && last_oid_ == *small) return last_target_;
  last_oid_ = *small;
  last_target_ = session_->membrane.find_export(oid);
  return last_target_;
}

std::optional<InboundCheck::Refusal> InboundCheck::check_publish(wire::Event& event, Export& at) {
  if (session_->held.find(event.handle) != nullptr) {
    return breach({"handle-in-use", "A handle was used for a second assertion while it was live."});
  }
  Pins pins;
  if (event.body.holds_references()) {
    const Result<void> read = session_->membrane.read_assertion(event.body, pins);
    if (!read) return bad_body(read.error());
  }
  Prepared& prepared =
      prepared_.emplace_back(wire::EventKind::publish, at, references_, std::move(event.body));
  if (!prepared.admitted) {
    prepared_.pop_back();
    session_->membrane.unpin(pins);
    return std::nullopt;
  }
  std::optional<Refusal> refusal = check_admitted(*prepared.admitted);
  if (refusal) {
    prepared_.pop_back();
    session_->membrane.unpin(pins);
    return refusal;
  }
  hold(prepared, std::move(event.handle), std::move(pins));
  return std::nullopt;
}

std::optional<InboundCheck::Refusal> InboundCheck::check_admitted(Admitted& assertion) const {
  const Result<void> acceptable = assertion.target().check(assertion);
  if (!acceptable) return bad_body(acceptable.error());
  return check_limits(assertion.body().bytes().size(), assertion.interest != nullptr);
}

// From now on the session holds it up.
void InboundCheck::hold(Prepared& prepared, wire::Number handle, Pins pins) {
  const Value& body = prepared.admitted->body();
  HeldAssertion held;
  held.set_place(prepared.at->place);
  held.token = AssertionToken{prepared_.size() - 1};
  held.bytes = static_cast<std::uint32_t>(body.bytes().size());
  held.is_interest = prepared.admitted->interest != nullptr ? 1 : 0;
  held.is_pending = 1;
  session_->membrane.pin(*prepared.at);
  if (!pins.empty() || body.holds_references()) {
    references_.retain_all(body);
    session_->add_extras(held, {.pins = std::move(pins), .body = body});
  }
  ++session_->usage.facts;
  session_->usage.bytes += held.bytes;
  session_->usage.subscriptions += held.is_interest;
  prepared.held = &session_->held.add(handle, held);
  prepared.number = std::move(handle);
}

std::optional<InboundCheck::Refusal> InboundCheck::check_limits(std::size_t bytes,
                                                                bool is_interest) const {
  const SessionUsage& usage = session_->usage;
  if (usage.facts >= limits_.session_facts_max) {
    return over("assertions", limits_.session_facts_max);
  }
  if (usage.bytes + bytes > limits_.session_bytes_max) {
    return over("bytes of assertions", limits_.session_bytes_max);
  }
  if (is_interest && usage.subscriptions >= limits_.session_subscriptions_max) {
    return over("subscriptions", limits_.session_subscriptions_max);
  }
  return std::nullopt;
}

void InboundCheck::check_retract(const wire::Event& event) {
  const std::optional<HeldAssertion> held = session_->held.take(event.handle);
  if (!held) return;
  Prepared& prepared = prepared_.emplace_back(wire::EventKind::retract, session_->export_of(*held));
  prepared.number = event.handle;
  prepared.ended = *held;
  if (held->is_pending != 0) prepared_[static_cast<std::size_t>(held->token)].held = nullptr;
  if (held->is_pending == 0) prepared.at->reference->entity->prepare_retract(held->token);
  session_->let_go(*held, held->has_extras != 0 ? add_extras(prepared) : extras_of(prepared));
}

AssertionExtras& InboundCheck::add_extras(Prepared& prepared) {
  prepared.extras = static_cast<std::uint32_t>(extras_.size());
  return extras_.emplace_back();
}

void InboundCheck::forget() {
  prepared_.clear();
  extras_.resize(1);
}

std::optional<InboundCheck::Refusal> InboundCheck::check_message(wire::Event& event, Export& at) {
  if (event.body.holds_references()) {
    const Result<void> read = session_->membrane.read_message(event.body);
    if (!read) return bad_body(read.error());
  }
  const Prepared& prepared =
      prepared_.emplace_back(wire::EventKind::message, at, references_, std::move(event.body));
  if (!prepared.admitted) {
    prepared_.pop_back();
    return std::nullopt;
  }
  step_by_step_ = step_by_step_ || prepared.admitted->body().holds_references();
  return std::nullopt;
}

std::optional<InboundCheck::Refusal> InboundCheck::check_sync(wire::Event& event, Export& at) {
  Pins pins;
  const Result<void> read = session_->membrane.read_assertion(event.body, pins);
  if (!read) return bad_body(read.error());
  const std::optional<ReferenceId> id = event.body.view().as_reference();
  if (!id) {
    session_->membrane.unpin(pins);
    return breach({"bad-packet", "A sync names the reference that is to be answered."});
  }
  Prepared& prepared = prepared_.emplace_back(wire::EventKind::sync, at);
  prepared.peer = &references_.at(*id);
  add_extras(prepared).pins = std::move(pins);
  return std::nullopt;
}

// ---- undoing --------------------------------------------------------------------------------

void InboundCheck::undo() {
  for (std::size_t at = prepared_.size(); at-- > 0;) {
    Prepared& prepared = prepared_[at];
    if (prepared.kind == wire::EventKind::publish) {
      undo_publish(prepared);
    } else if (prepared.kind == wire::EventKind::retract) {
      undo_retract(prepared);
    } else if (prepared.kind == wire::EventKind::sync) {
      session_->membrane.unpin(extras_of(prepared).pins);
    }
  }
  session_->usage = usage_before_;
  forget();
}

void InboundCheck::undo_publish(Prepared& prepared) {
  const HeldAssertion held = *session_->held.take(prepared.number);
  session_->membrane.unpin(*prepared.at);
  if (held.has_extras == 0) return;
  const AssertionExtras extras = session_->extras.take(held.place);
  session_->membrane.unpin(extras.pins);
  references_.release_all(extras.body);
}

void InboundCheck::undo_retract(Prepared& prepared) {
  HeldAssertion held = prepared.ended;
  session_->hold_again(held, std::move(extras_of(prepared)));
  session_->held.add(prepared.number, held);
}

// ---- applying -------------------------------------------------------------------------------

void InboundCheck::apply(TurnRun& run) {
  for (Prepared& prepared : prepared_) {
    switch (prepared.kind) {
      case wire::EventKind::publish:
        apply_publish(run, prepared);
        break;
      case wire::EventKind::retract:
        apply_retract(run, prepared);
        break;
      case wire::EventKind::message:
        apply_message(run, prepared);
        break;
      case wire::EventKind::sync:
        apply_sync(run, prepared);
        break;
    }
    run.settle_step();
  }
  forget();
}

void InboundCheck::apply_publish(TurnRun& run, Prepared& prepared) {
  const ParsedInterest* const interest = prepared.admitted->interest.get();
  const bool is_in_force = interest != nullptr && interest->interest.has_value();
  prepared.token = prepared.at->reference->entity->publish(run, *prepared.admitted);
  if (prepared.held == nullptr) return;
  prepared.held->token = prepared.token;
  session_->settle(*prepared.held,
                   is_in_force ? std::optional(run.parts().keepers.wall_ms()) : std::nullopt);
}

void InboundCheck::apply_retract(TurnRun& run, Prepared& prepared) {
  const HeldAssertion& ended = prepared.ended;
  const AssertionToken token =
      ended.is_pending != 0 ? prepared_[static_cast<std::size_t>(ended.token)].token : ended.token;
  session_->release(ended, extras_of(prepared));
  prepared.at->reference->entity->retract(run, token, Cause::retracted);
  session_->membrane.unpin(*prepared.at);
}

void InboundCheck::apply_message(TurnRun& run, Prepared& prepared) {
  prepared.at->reference->entity->message(run, *std::move(prepared.admitted));
  // The last use of a number that was given out for the answer to a sync.
  if (prepared.at->awaits_sync == 0) return;
  prepared.at->awaits_sync = 0;
  session_->membrane.unpin(*prepared.at);
}

void InboundCheck::apply_sync(TurnRun& run, Prepared& prepared) {
  prepared.at->reference->entity->sync(run, *prepared.peer);
  session_->membrane.unpin(extras_of(prepared).pins);
}

}  // namespace avow::server
