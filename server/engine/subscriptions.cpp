#include "server/engine/subscriptions.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "server/base/load_ahead.hpp"
#include "server/engine/client_entity.hpp"
#include "server/engine/space.hpp"
#include "server/engine/turn_run.hpp"

namespace avow::server {
namespace {

// Deliveries whose subscriptions are loaded side by side: each would be waited for alone.
constexpr std::size_t loaded_at_once = 64;

}  // namespace

std::uint32_t Subscriptions::add(TurnRun& run, Space& space, Reference& observer,
                                 const Topic& topic, const std::optional<TallyOptions>& tally) {
  references_.retain(observer);
  Subscription subscription;
  subscription.observer = ReferenceTable::place_of(observer.id);
  subscription.space = place_of(space);
  ClientEntity* const client = direct_entity_of(observer);
  if (client != nullptr) {
    subscription.is_direct = true;
    subscription.session = client->session_id();
    const std::int64_t oid = client->small_oid().value_or(0);
    subscription.oid = static_cast<std::int32_t>(oid);
    subscription.has_big_oid = !client->small_oid() || subscription.oid != oid;
  }
  subscription.has_tally = tally.has_value();
  const std::uint32_t place = subscriptions_.add(std::move(subscription));
  if (tally) {
    ClientEntity* const own = observer.entity->as_client();
    Terms& terms = terms_[place];
    terms.tally.emplace(*tally, own == nullptr ? SessionId{} : own->session_id());
    terms.topic = topic.id;
  }
  if (client != nullptr) add_direct(run, space, place, topic);
  note_needs(place);
  return place;
}

ClientEntity* Subscriptions::direct_entity_of(const Reference& observer) {
  return observer.is_plain() ? observer.entity->as_client() : nullptr;
}

void Subscriptions::add_direct(TurnRun& run, Space& space, std::uint32_t place,
                               const Topic& topic) {
  Subscription& added = subscriptions_[place];
  if (sessions_.find(added.session) == nullptr) return;
  added.is_sole = true;
  if (topic.known) {
    list(run, topic.known->token, topic.id);
    list(run, place, topic.id);
  } else {
    added.is_primary = !added.has_tally;
  }
  added.is_new = true;
  new_.push_back(place);
  tell_of_topic(run, space, added, topic.id, true);
}

// Most topics have one observer ever, of which nothing more needs to be known. With the second one
// it is noted who observes the topic in which session.
void Subscriptions::list(TurnRun& run, std::uint32_t place, TopicId topic) {
  Subscription& listed = subscriptions_[place];
  if (!listed.is_direct || listed.is_listed) return;
  ClientSession* const session = sessions_.find(listed.session);
  if (session == nullptr) return;
  listed.is_listed = true;
  TopicUse& use = session->topics.find_or_add(number_of(topic));
  // What a primary observer was told goes in the turn in which it ends, behind the appearances:
  // until then its handles are taken. Whoever is told snapshots in parts may be told of both later,
  // at once.
  const bool may_be_primary =
      !use.has_primary && use.primary_ended_at != run.turn().seq() && session->snapshots == nullptr;
  listed.is_primary = listed.is_primary || (may_be_primary && !listed.has_tally);
  use.has_primary = use.has_primary || listed.is_primary;
  listed.is_sole = use.observers == 0;
  if (use.observers == 1) subscriptions_[use.combined].is_sole = false;
  ++use.observers;
  use.combined ^= place;
}

void Subscriptions::remove(TurnRun& run, Space& space, std::uint32_t place, TopicId topic) {
  flush(run);  // What is to be told may be for this one.
  std::erase_if(behind_, [place](const Behind& one) { return one.subscription == place; });
  if (subscriptions_[place].has_mark) marks_.remove(place);
  forget_terms(run, place);
  if (subscriptions_[place].is_direct) remove_direct(run, space, place, topic);
  terms_.erase(place);
  let_go(place);
}

void Subscriptions::remove_direct(TurnRun& run, Space& space, std::uint32_t place, TopicId topic) {
  Subscription& removed = subscriptions_[place];
  ClientSession* const session = sessions_.find(removed.session);
  if (session == nullptr) {
    in_parts_.erase(place);
    return;
  }
  if (removed.is_late) {
    session->forget_late(place);
    forget_told(place, *session);
  }
  if (removed.is_in_parts) leave_group(place, *session);
  if (removed.is_listed) unlist(run, place, *session, topic);
  tell_of_topic(run, space, removed, topic, false);
}

void Subscriptions::unlist(TurnRun& run, std::uint32_t place, ClientSession& session,
                           TopicId topic) {
  const Subscription& removed = subscriptions_[place];
  TopicUse& use = *session.topics.find(number_of(topic));
  if (removed.is_primary) {
    use.has_primary = false;
    use.primary_ended_at = run.turn().seq();
  }
  --use.observers;
  use.combined ^= place;
  if (use.observers == 1) subscriptions_[use.combined].is_sole = true;
  if (use.observers == 0) run.parts().left_topics.emplace_back(&session, number_of(topic));
}

wire::Number Subscriptions::oid_of(const Subscription& subscription) const {
  if (!subscription.has_big_oid) return wire::Number(subscription.oid);
  return observer_of(subscription).entity->as_client()->oid();
}

void Subscriptions::tell_of_topic(TurnRun& run, Space& space, const Subscription& subscription,
                                  TopicId topic, bool began) {
  run.touch(*sessions_.find(subscription.session))
      .add_topic({oid_of(subscription), topic, space.id(), space.revision(), began});
}

bool Subscriptions::hears(std::uint64_t token) const {
  const Subscription& subscription = subscriptions_[static_cast<std::uint32_t>(token)];
  return !subscription.is_direct || subscription.conflates ||
         sessions_.find(subscription.session) != nullptr;
}

bool Subscriptions::tells_what_went(std::span<const Observer> observers) const {
  return std::any_of(observers.begin(), observers.end(), [this](const Observer& one) {
    return subscriptions_[one.token].needs_what_went;
  });
}

void Subscriptions::note_needs(std::uint32_t place) {
  set_needs(place, is_told_what_went(subscriptions_[place]));
}

void Subscriptions::set_needs(std::uint32_t place, bool needs) {
  Subscription& subscription = subscriptions_[place];
  if (subscription.needs_what_went == needs) return;
  subscription.needs_what_went = needs;
  space_of(subscription).count_told_what_went(needs);
}

bool Subscriptions::is_told_what_went(const Subscription& subscription) const {
  if (!subscription.is_direct || subscription.has_tally || subscription.conflates) return true;
  // A credit is spent by the size of what went.
  if (subscription.is_metered || subscription.is_behind || subscription.went_on) return true;
  const ClientSession* const session = sessions_.find(subscription.session);
  return session == nullptr || session->port == nullptr || session->port->always_tells_what_went();
}

// ---- deliveries -----------------------------------------------------------------------------

void Subscriptions::deliver(TurnRun& run, std::uint32_t space_index, const Change& change,
                            ByteView captures, std::span<const Observer> observers) {
  const std::uint32_t index =
      run.parts().content.add_change(change, space_index, captures, observers.size());
  for (const Observer& observer : observers) deliveries_.push_back({observer.token, index});
}

void Subscriptions::flush(TurnRun& run) {
  counters_.deliveries += deliveries_.size();
  std::span<const Delivery> left = deliveries_;
  while (!left.empty()) {
    const std::span<const Delivery> together = left.first(std::min(left.size(), loaded_at_once));
    for (const Delivery& delivery : together) load_ahead(&subscriptions_[delivery.subscription]);
    for (const Delivery& delivery : together) flush_one(run, delivery);
    left = left.subspan(together.size());
  }
  deliveries_.clear();
  settle_tallies(run);
}

void Subscriptions::flush_one(TurnRun& run, const Delivery& delivery) {
  const Subscription& subscription = subscriptions_[delivery.subscription];
  if (subscription.is_usual() && tell_usual(run, subscription, delivery.change)) return;
  if (subscription.conflates) return conflate(run, delivery.subscription, delivery.change);
  if (!subscription.has_tally) return tell(run, delivery.subscription, delivery.change);
  // A copy: what is told of it may be added to the content.
  const SharedChange shared = run.parts().content.content()->changes()[delivery.change];
  count(run, delivery.subscription, shared);
}

bool Subscriptions::tell_usual(TurnRun& run, const Subscription& subscription,
                               std::uint32_t index) {
  ClientSession* const session = sessions_.find(subscription.session);
  if (session == nullptr) return true;
  const Change& change = run.parts().content.content()->changes()[index].change;
  if (session->is_behind || change.holds_references) return false;
  run.touch(*session).add_change(subscription.oid, change, index, number_of(change.capture), true);
  if (change.kind == ChangeKind::message) run.count_message();
  return true;
}

void Subscriptions::count(TurnRun& run, std::uint32_t place, const SharedChange& shared) {
  Subscription& subscription = subscriptions_[place];
  if (subscription.is_direct) {
    ClientSession* const session = sessions_.find(subscription.session);
    if (session == nullptr) return;
    if (misses(run.turn().seq(), place, subscription, *session)) {
      return miss(run, place, *session, shared.change);
    }
  }
  if (shared.size == 0) {
    // The content had no room for it: the session is ended for that.
    ClientSession* const session = sessions_.find(subscription.session);
    if (session != nullptr) run.touch(*session);
    return;
  }
  const ValueView captures = run.parts().content.content()->captures(shared);
  Tally& tally = *terms_.at(place).tally;
  if (shared.change.kind == ChangeKind::message) {
    const Value told = tally.told_of(captures);
    Change change = shared.change;
    change.holds_references = contains_embedded(told.bytes());
    return tell(run, place, run.parts().content.add_change(change, shared.space, told.bytes()));
  }
  if (!tally.has_news()) tallied_.push_back({place, shared.space});
  tally.take(shared.change, captures, references_);
}

void Subscriptions::settle_tallies(TurnRun& run) {
  if (tallied_.empty()) return;
  const auto next = [&run] { return run.turn().next_capture(); };
  for (const Tallied& tallied : std::exchange(tallied_, {})) {
    Terms& terms = terms_.at(tallied.subscription);
    for (const Tally::News& news : terms.tally->settle(terms.topic, next)) {
      const ByteView captures = news.captures.bytes();
      tell(run, tallied.subscription,
           run.parts().content.add_change(news.change, tallied.space, captures));
    }
  }
}

void Subscriptions::tell(TurnRun& run, std::uint32_t place, std::uint32_t index) {
  Subscription& subscription = subscriptions_[place];
  const TurnContent& content = *run.parts().content.content();
  const SharedChange& shared = content.changes()[index];
  if (!subscription.is_direct) {
    // What the content had no room for is told to nobody; sessions are ended for it.
    if (shared.size > 0) tell_by_echo(run, subscription, shared.change, content.captures(shared));
    return;
  }
  ClientSession* const session = sessions_.find(subscription.session);
  if (session != nullptr) tell_direct(run, place, *session, shared.change, index);
}

void Subscriptions::tell_direct(TurnRun& run, std::uint32_t place, ClientSession& session,
                                const Change& change, std::uint32_t index) {
  Subscription& subscription = subscriptions_[place];
  if (subscription.is_behind && change.kind != ChangeKind::message) return;
  if (subscription.is_in_parts && !is_due(run, place, session, change)) return;
  const std::uint64_t seq = run.turn().seq();
  if (misses(seq, place, subscription, session)) return miss(run, place, session, change);
  if (subscription.is_metered) {
    terms_.at(place).credit->take(seq, run.parts().content.content()->changes()[index].size);
  }
  const bool has_own_numbers = subscription.has_tally || subscription.conflates;
  const bool with_captures = subscription.went_on && !change.holds_references;
  const std::uint64_t handle = subscription.is_primary || has_own_numbers || with_captures
                                   ? number_of(change.capture)
                                   : handle_of(run, subscription, change);
  if (change.holds_references && !run.parts().content.is_full()) {
    return tell_references(run, subscription, session, change, index, handle);
  }
  OutboundTurnWriter& out = run.touch(session);
  OutboundEvent& event =
      subscription.has_big_oid
          ? out.add_change(oid_of(subscription), change, index, handle, is_by_topic(subscription))
          : out.add_change(subscription.oid, change, index, handle, is_by_topic(subscription));
  event.with_captures = with_captures;
  if (change.kind == ChangeKind::message) run.count_message();
}

void Subscriptions::tell_references(TurnRun& run, Subscription& subscription,
                                    ClientSession& session, const Change& change,
                                    std::uint32_t index, std::uint64_t handle) {
  OutboundTurnWriter& out = run.touch(session);
  const auto add = [&](std::optional<Value> body) {
    OutboundEvent& event =
        out.add_change(oid_of(subscription), change, index, handle, is_by_topic(subscription));
    if (body) out.give_body(event, *std::move(body));
  };
  if (change.kind == ChangeKind::disappear) {
    add(std::nullopt);
    return session.unpin_told(handle);
  }
  const TurnContent& content = *run.parts().content.content();
  const ByteView captures = content.captures(content.changes()[index]).bytes();
  const Value memory = Value::from_canonical(captures, true);
  if (change.kind == ChangeKind::appear) {
    Pins pins;
    add(session.membrane.write_assertion(memory, pins));
    // Who is told everything anew may have been told this before.
    const auto [told, is_new] = session.told_pins.try_emplace(handle);
    if (!is_new) session.membrane.unpin(told->second);
    told->second = std::move(pins);
    return;
  }
  std::optional<Value> body = session.membrane.write_message(memory);
  if (!body) {
    ++counters_.messages_dropped;
    return;
  }
  add(std::move(body));
  run.count_message();
}

std::uint64_t Subscriptions::handle_of(TurnRun& run, Subscription& subscription,
                                       const Change& change) {
  if (change.kind == ChangeKind::message) return 0;
  HandleMap& handles = handles_of(subscription);
  if (change.kind == ChangeKind::appear) {
    return handles.add(number_of(change.capture), run.next_handle());
  }
  const std::optional<std::uint64_t> handle = handles.take(number_of(change.capture));
  AVOW_CHECK(handle.has_value());
  return *handle;
}

void Subscriptions::tell_by_echo(TurnRun& run, Subscription& subscription, const Change& change,
                                 ValueView captures) {
  Echoes& echoes = run.parts().echoes;
  Reference& observer = observer_of(subscription);
  HandleMap& handles = handles_of(subscription);
  if (change.kind == ChangeKind::disappear) {
    const std::optional<std::uint64_t> said = handles.take(number_of(change.capture));
    if (said) echoes.retract(run, EchoId{*said}, change.cause);
    return;
  }
  Value body = Value::from_canonical(captures.bytes(), change.holds_references);
  if (change.kind == ChangeKind::message) return echoes.send(run, observer, std::move(body));
  const EchoId echo = echoes.publish(run, observer, std::move(body));
  handles.add(number_of(change.capture), static_cast<std::uint64_t>(echo));
}

}  // namespace avow::server
