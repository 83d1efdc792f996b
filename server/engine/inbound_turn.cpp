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
  step_by_step_ = false;
  prepared_.clear();
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
  Export* const at = session_->membrane.find_export(event.target);
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

std::optional<InboundCheck::Refusal> InboundCheck::check_publish(wire::Event& event, Export& at) {
  if (session_->held.find(event.handle) != nullptr) {
    return breach({"handle-in-use", "A handle was used for a second assertion while it was live."});
  }
  AssertionExtras extras;
  const Result<void> read = session_->membrane.read_assertion(event.body, extras.pins);
  if (!read) return bad_body(read.error());
  std::optional<Admitted> admitted = admit(references_, *at.reference, std::move(event.body));
  if (!admitted) {
    session_->membrane.unpin(extras.pins);
    return std::nullopt;
  }
  const Result<void> acceptable = admitted->target().check(*admitted);
  const bool is_interest = admitted->interest != nullptr;
  std::optional<Refusal> refusal;
  if (!acceptable) {
    refusal = bad_body(acceptable.error());
  } else {
    refusal = check_limits(admitted->body().bytes().size(), is_interest);
  }
  if (refusal) {
    session_->membrane.unpin(extras.pins);
    return refusal;
  }

  HeldAssertion held;
  held.set_place(at.place);
  held.token = AssertionToken{prepared_.size()};
  held.bytes = static_cast<std::uint32_t>(admitted->body().bytes().size());
  held.is_interest = is_interest ? 1 : 0;
  held.is_pending = 1;
  session_->membrane.pin(at);
  if (!extras.pins.empty() || admitted->body().holds_references()) {
    extras.body = admitted->body();
    references_.retain_all(extras.body);
    session_->add_extras(held, std::move(extras));
  }
  ++session_->usage.facts;
  session_->usage.bytes += held.bytes;
  session_->usage.subscriptions += held.is_interest;

  Prepared& prepared = prepared_.emplace_back(wire::EventKind::publish, at, std::move(admitted));
  prepared.held = &session_->held.add(event.handle, held);
  prepared.number = std::move(event.handle);
  return std::nullopt;
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
  session_->let_go(*held, prepared.extras);
}

std::optional<InboundCheck::Refusal> InboundCheck::check_message(wire::Event& event, Export& at) {
  const Result<void> read = session_->membrane.read_message(event.body);
  if (!read) return bad_body(read.error());
  std::optional<Admitted> admitted = admit(references_, *at.reference, std::move(event.body));
  if (!admitted) return std::nullopt;
  step_by_step_ = step_by_step_ || admitted->body().holds_references();
  prepared_.emplace_back(wire::EventKind::message, at, std::move(admitted));
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
  prepared.extras.pins = std::move(pins);
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
      session_->membrane.unpin(prepared.extras.pins);
    }
  }
  session_->usage = usage_before_;
  prepared_.clear();
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
  session_->hold_again(held, std::move(prepared.extras));
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
  prepared_.clear();
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
  session_->release(ended, prepared.extras);
  prepared.at->reference->entity->retract(run, token, Cause::retracted);
  session_->membrane.unpin(*prepared.at);
}

void InboundCheck::apply_message(TurnRun& run, Prepared& prepared) {
  prepared.at->reference->entity->message(run, *prepared.admitted);
  // The last use of a number that was given out for the answer to a sync.
  if (prepared.at->awaits_sync == 0) return;
  prepared.at->awaits_sync = 0;
  session_->membrane.unpin(*prepared.at);
}

void InboundCheck::apply_sync(TurnRun& run, Prepared& prepared) {
  prepared.at->reference->entity->sync(run, *prepared.peer);
  session_->membrane.unpin(prepared.extras.pins);
}

}  // namespace avow::server
