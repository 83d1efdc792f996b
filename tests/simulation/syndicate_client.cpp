#include "tests/simulation/syndicate_client.hpp"

#include <algorithm>

#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"
#include "tests/simulation/events.hpp"

namespace avow::simulation {
namespace {

using wire::Event;
using wire::EventKind;

}  // namespace

SyndicateClient::SyndicateClient(World& world, Connection& connection, std::uint64_t serial)
    : Client(world, connection, serial), line_(connection, world.random.chance(1, 2)) {}

void SyndicateClient::receive(const Arrival& arrival) {
  const Result<std::vector<wire::Packet>> packets = line_.receive(arrival);
  if (!packets) return fail("cannot read what it is told: " + packets.error().detail);
  for (const wire::Packet& packet : *packets) take_packet(packet);
}

void SyndicateClient::take_packet(const wire::Packet& packet) {
  expect(!is_over_, "told something after the session was over");
  if (std::holds_alternative<wire::ErrorPacket>(packet)) is_over_ = true;
  const auto* const turn = std::get_if<wire::Turn>(&packet);
  if (turn == nullptr) return;
  note_ends(*turn);
  int place = 0;
  for (const Event& event : turn->events) {
    expect(place_in_turn(event) >= place, "the events of a turn are told out of order");
    place = place_in_turn(event);
    take_event(event);
  }
  check_pairs();
}

void SyndicateClient::note_ends(const wire::Turn& turn) {
  ending_.clear();
  for (const Event& event : turn.events) {
    if (event.kind == EventKind::retract) ending_.insert(event.handle.small().value());
  }
}

// While a large snapshot is told, what went may come again: that is told in one turn, as a new
// assertion and then the end of the old one.
void SyndicateClient::replace_equal(const Event& publish, Entity& entity) {
  for (const std::int64_t handle : ending_) {
    const auto found = told_.find(handle);
    if (found == told_.end() || found->second.is_replaced) continue;
    Told& told = found->second;
    told.is_replaced = publish.target.small() == told.entity && publish.body == told.body;
    if (told.is_replaced) take_away(entity, told);
  }
}

// Appearances come first, then messages, disappearances, syncs, and the answers to our own.
int SyndicateClient::place_in_turn(const Event& event) const {
  switch (event.kind) {
    case EventKind::publish:
      return 0;
    case EventKind::message: {
      const auto entity = entities_.find(event.target.small().value_or(-1));
      return entity != entities_.end() && entity->second.role == Role::sync_peer ? 4 : 1;
    }
    case EventKind::retract:
      return 2;
    case EventKind::sync:
      break;
  }
  return 3;
}

void SyndicateClient::take_event(const Event& event) {
  const auto found = entities_.find(event.target.small().value_or(-1));
  if (found == entities_.end()) return fail("told something at an entity that never was");
  switch (event.kind) {
    case EventKind::publish:
      return take_publish(event, found->second);
    case EventKind::retract:
      return take_retract(event, found->second);
    case EventKind::message:
      return take_message(event, found->second);
    case EventKind::sync:
      expect(found->second.role == Role::mailbox, "asked for a sync at what is no mailbox");
      return take_sync(event);
  }
}

void SyndicateClient::take_publish(const Event& event, Entity& entity) {
  const std::int64_t handle = event.handle.small().value();
  replace_equal(event, entity);
  const bool is_new =
      told_.try_emplace(handle, Told{event.target.small().value(), event.body}).second;
  expect(is_new, "told a handle that is in use");
  if (entity.role == Role::resolver) return take_space(entity, event.body);
  if (entity.role == Role::observer) {
    expect(event.body.view().kind() == Kind::sequence,
           "an observer is told " + to_text(event.body));
  } else {
    const auto own = static_cast<std::uint64_t>(global(event.target.small().value()));
    expect(entity.role == Role::mailbox && event.body.view().is_record("note") &&
               event.body.view().element(0)->as_uint64() == own,
           "what is no mailbox of it is told " + to_text(event.body));
  }
  const std::string wrong = entity.view.add(event.body);
  expect(wrong.empty(), "entity " + to_text(event.target.to_value()) + ": " + wrong);
}

void SyndicateClient::take_retract(const Event& event, Entity& entity) {
  const auto told = told_.find(event.handle.small().value());
  if (told == told_.end()) return fail("told the end of a handle that is not in use");
  expect(told->second.entity == event.target.small(), "a handle ends at another entity");
  if (entity.role != Role::observer && entity.role != Role::mailbox) {
    fail("a space was taken away");
  } else if (!told->second.is_replaced) {
    take_away(entity, told->second);
  }
  told_.erase(told);
}

void SyndicateClient::take_away(Entity& entity, const Told& told) {
  const std::string wrong = entity.view.remove(told.body);
  expect(wrong.empty(), "observer " + std::to_string(told.entity) + ": " + wrong);
}

void SyndicateClient::take_message(const Event& event, Entity& entity) {
  switch (entity.role) {
    case Role::observer: {
      const std::string wrong = entity.inbox.take(world(), entity.space, entity.wish, event.body);
      return expect(wrong.empty(), "observer " + to_text(event.target.to_value()) + ": " + wrong);
    }
    case Role::sync_peer:
    case Role::foreign_peer:
      expect(event.body == Value::boolean(true), "a sync is answered by " + to_text(event.body));
      expect(!entity.was_answered, "a sync is answered twice");
      entity.was_answered = true;
      return take_sync_answer(entity);
    case Role::mailbox: {
      const auto own = static_cast<std::uint64_t>(global(event.target.small().value()));
      return expect(event.body == record("ping", own), "a mailbox got " + to_text(event.body));
    }
    case Role::resolver:
      return fail("a message came to a resolver");
  }
}

// Another client asks: all that it sent here before has been taken.
void SyndicateClient::take_sync(const Event& event) {
  const auto peer = wire::parse_wire_reference(event.body);
  if (!peer) return fail("the peer of a sync is no reference");
  if (peer->owner != wire::WireReference::Owner::sender) return;
  say(turn_of(message_event(peer->oid, Value::boolean(true))));
}

void SyndicateClient::take_space(Entity& entity, const Value& answer) {
  const std::optional<ValueView> embedded = answer.view().element(0);
  if (!answer.view().is_record("ok") || !embedded) {
    return fail("the gatekeeper answered " + to_text(answer));
  }
  const auto reference = wire::parse_wire_reference(*embedded);
  if (!reference) return fail("the gatekeeper gave no reference");
  spaces_[entity.space] = reference->oid.small().value();
}

// All that was held up when the sync was sent has been applied: own observers hold own facts.
void SyndicateClient::take_sync_answer(Entity& entity) {
  for (const std::int64_t observer_handle : entity.before_sync.observers) {
    const auto observe = assertions_.find(observer_handle);
    if (observe == assertions_.end()) continue;
    const Entity& observer = entities_.at(observe->second.observer);
    for (const std::int64_t handle : entity.before_sync.facts) {
      const auto fact = assertions_.find(handle);
      if (fact == assertions_.end() || !is_wanted(observer.wish, fact->second.fact)) continue;
      const Value captures = *observer.wish.pattern.match(fact->second.fact);
      expect(observer.view.holds(without_references(captures)),
             "a sync is answered before its fact " + to_text(fact->second.fact) + " is told");
    }
  }
}

// Both halves of a pair come and go in one turn: nobody may ever see one alone.
void SyndicateClient::check_pairs() const {
  static const Pattern pairs = pair_wish().pattern;
  for (const auto& [oid, entity] : entities_) {
    if (entity.wish.pattern != pairs) continue;
    std::map<std::string, int> halves;
    for (const Value& captures : entity.view.held_as_told()) {
      ++halves[to_text(*captures.view().element(0))];
    }
    for (const auto& [number, count] : halves) {
      expect(count == 2, "half of pair " + number + " is seen");
    }
  }
}

void SyndicateClient::tell(Truth& truth) const {
  for (const auto& [handle, assertion] : assertions_) {
    if (assertion.mailbox) {
      truth.add_note(assertion.fact);
    } else {
      truth.add(assertion.space, assertion.fact);
    }
  }
}

void SyndicateClient::check(const Truth& truth) {
  for (auto at = entities_.begin(); at != entities_.end();) {
    auto& [oid, entity] = *at;
    if (entity.role == Role::sync_peer) expect(entity.was_answered, "a sync is not answered");
    if (entity.role == Role::resolver && !spaces_[entity.space]) fail("a space is not resolved");
    if (entity.role == Role::mailbox) {
      expect(truth.has_notes(entity.view.held()), "a mailbox holds a note that nobody asserts");
    }
    if (entity.role == Role::observer) {
      const std::vector<Value> expected =
          entity.is_withdrawn ? std::vector<Value>() : truth.captures(entity.space, entity.wish);
      const std::string wrong = difference(expected, entity.view.held());
      expect(wrong.empty(), "observer " + std::to_string(oid) + " of " +
                                to_text(entity.wish.pattern.to_value()) + ": " + wrong);
      (void)entity.inbox.take_count();
    }
    const bool is_done = entity.is_withdrawn || entity.role == Role::sync_peer;
    at = is_done ? entities_.erase(at) : std::next(at);
  }
}

void SyndicateClient::check_message(std::size_t space, const Value& message) {
  for (auto& [oid, entity] : entities_) {
    if (entity.role != Role::observer) continue;
    const std::size_t wanted = entity.space == space && is_wanted(entity.wish, message) ? 1 : 0;
    expect(entity.inbox.take_count() == wanted, "observer " + std::to_string(oid) + " of " +
                                                    to_text(entity.wish.pattern.to_value()) +
                                                    " is told of a message other than once");
  }
}

}  // namespace avow::simulation
