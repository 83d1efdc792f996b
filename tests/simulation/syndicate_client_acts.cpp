#include "avow/capability/sturdy_reference.hpp"
#include "avow/model/builder.hpp"
#include "avow/wire/packet_encoding.hpp"
#include "tests/simulation/events.hpp"
#include "tests/simulation/syndicate_client.hpp"

namespace avow::simulation {
namespace {

using wire::Event;

}  // namespace

void SyndicateClient::act() {
  if (!has_asked_for_spaces_) return resolve_spaces();
  if (random().chance(1, 20)) return say(wire::Nop{});
  if (random().chance(1, 40)) return say(wire::Extension{record("simulated", 1)});
  if (some_space()) take_turn();
}

void SyndicateClient::resolve_spaces() {
  has_asked_for_spaces_ = true;
  std::vector<Event> turn;
  for (std::size_t space = 0; space < space_count; ++space) {
    const Value step = SturdyReference::mint({}, space_oid(space)).to_value();
    const std::int64_t entity = new_entity(Role::resolver, space);
    turn.push_back(
        publish_event(gatekeeper, next_handle_++, record("resolve", step, reference_to(entity))));
  }
  say(wire::Turn{std::move(turn)});
}

void SyndicateClient::take_turn() {
  std::vector<Event> turn;
  for (std::size_t left = 1 + random().below(4); left > 0; --left) do_something(turn);
  if (random().chance(1, 4)) sync(turn, *some_space());
  say(wire::Turn{std::move(turn)});
}

void SyndicateClient::do_something(std::vector<Event>& turn) {
  const std::size_t space = *some_space();
  const std::size_t choice = random().below(100);
  if (choice < 35) {
    publish(turn, space, random_fact(random()));
  } else if (choice < 55) {
    observe(turn, space);
  } else if (choice < 80) {
    retract_something(turn);
  } else if (choice < 84) {
    replace_something(turn);
  } else if (choice < 88) {
    publish_pair(turn, space);
  } else if (choice < 90) {
    publish_mailbox(turn, space);
  } else if (choice < 94) {
    use_known_mailbox(turn);
  } else {
    const Value message = random_fact(random());
    turn.push_back(message_event(*spaces_[space], message));
    world().messages.push_back({space, message});
  }
}

void SyndicateClient::send_message(std::size_t space, const Value& message) {
  if (!spaces_[space]) return;
  world().messages.push_back({space, message});
  say(turn_of(message_event(*spaces_[space], message)));
}

void SyndicateClient::publish(std::vector<Event>& turn, std::size_t space, const Value& fact) {
  (void)assert_at(turn, {.space = space, .fact = fact});
}

void SyndicateClient::publish_pair(std::vector<Event>& turn, std::size_t space) {
  const auto number = static_cast<std::uint64_t>(global(next_handle_));
  const auto left = assert_at(turn, {.space = space, .fact = pair_fact(number, "left")});
  const auto right = assert_at(turn, {.space = space, .fact = pair_fact(number, "right")});
  assertions_[left].partner = right;
  assertions_[right].partner = left;
}

void SyndicateClient::publish_mailbox(std::vector<Event>& turn, std::size_t space) {
  publish(turn, space, who_fact(global(new_entity(Role::mailbox, space))));
}

void SyndicateClient::observe(std::vector<Event>& turn, std::size_t space) {
  const std::int64_t observer = new_entity(Role::observer, space);
  Wish& wish = entities_[observer].wish;
  wish = random().chance(1, 8) ? pair_wish() : random_wish(random(), world().interests);
  const Value fact = observe_fact(wish, global(observer));
  (void)assert_at(turn, {.space = space, .fact = fact, .observer = observer});
}

void SyndicateClient::retract_something(std::vector<Event>& turn) {
  if (assertions_.empty()) return;
  const std::int64_t handle =
      std::next(assertions_.begin(),
                static_cast<std::ptrdiff_t>(random().below(assertions_.size())))
          ->first;
  const std::int64_t partner = assertions_[handle].partner;
  retract(turn, handle);
  if (partner != 0) retract(turn, partner);
}

void SyndicateClient::retract(std::vector<Event>& turn, std::int64_t handle) {
  const Assertion& assertion = assertions_.at(handle);
  turn.push_back(retract_event(assertion.mailbox.value_or(*spaces_[assertion.space]), handle));
  if (assertion.observer != 0) entities_.at(assertion.observer).is_withdrawn = true;
  assertions_.erase(handle);
}

// An equal fact takes the place of one that goes in the same turn: nobody should notice.
void SyndicateClient::replace_something(std::vector<Event>& turn) {
  for (const auto& [handle, assertion] : assertions_) {
    if (assertion.observer != 0 || assertion.partner != 0 || assertion.mailbox) continue;
    const Assertion copy = assertion;
    retract(turn, handle);
    return publish(turn, copy.space, copy.fact);
  }
}

void SyndicateClient::sync(std::vector<Event>& turn, std::size_t space) {
  const std::int64_t peer = new_entity(Role::sync_peer, space);
  Snapshot& before = entities_[peer].before_sync;
  for (const auto& [handle, assertion] : assertions_) {
    if (assertion.space != space || assertion.mailbox) continue;
    (assertion.observer != 0 ? before.observers : before.facts).push_back(handle);
  }
  turn.push_back(sync_event(*spaces_[space], reference_to(peer)));
}

void SyndicateClient::use_known_mailbox(std::vector<Event>& turn) {
  static const Pattern who = who_wish().pattern;
  for (const auto& [oid, entity] : entities_) {
    if (entity.wish.pattern != who || entity.view.held_as_told().empty()) continue;
    const Value known = random().pick(entity.view.held_as_told());
    const auto reference = wire::parse_wire_reference(*known.view().element(1)).value();
    if (reference.owner != wire::WireReference::Owner::sender) return;
    const auto whose = ReferenceId{known.view().element(0)->as_uint64().value()};
    switch (random().below(3)) {
      case 0:
        turn.push_back(
            message_event(reference.oid, record("ping", static_cast<std::uint64_t>(whose))));
        return;
      case 1:
        turn.push_back(
            sync_event(reference.oid, reference_to(new_entity(Role::foreign_peer, entity.space))));
        return;
      default: {
        const auto author = static_cast<std::uint64_t>(global(next_handle_));
        (void)assert_at(turn, {.fact = note_for(whose, author), .mailbox = reference.oid});
        return;
      }
    }
  }
}

std::int64_t SyndicateClient::assert_at(std::vector<Event>& turn, Assertion assertion) {
  const std::int64_t handle = next_handle_++;
  const wire::Number target = assertion.mailbox.value_or(*spaces_[assertion.space]);
  turn.push_back(publish_event(target, handle, to_wire(assertion.fact)));
  assertions_[handle] = std::move(assertion);
  return handle;
}

std::int64_t SyndicateClient::new_entity(Role role, std::size_t space) {
  const std::int64_t oid = next_entity_++;
  entities_[oid] = {.role = role, .space = space};
  return oid;
}

std::optional<std::size_t> SyndicateClient::some_space() const {
  const std::size_t space = random().below(space_count);
  if (spaces_[space]) return space;
  return std::nullopt;
}

void SyndicateClient::say(const wire::Packet& packet) {
  if (!is_over_) line_.say(packet);
}

}  // namespace avow::simulation
