#include "server/engine/subscriptions.hpp"

#include <optional>
#include <utility>

#include "server/engine/client_entity.hpp"
#include "server/engine/client_session.hpp"
#include "server/engine/space.hpp"
#include "server/engine/turn_run.hpp"

namespace avow::server {

std::uint64_t Subscriptions::add(TurnRun& run, Space& space, Reference& observer, TopicId topic) {
  references_.retain(observer);
  Subscription subscription;
  subscription.observer = &observer;
  subscription.topic = topic;
  if (observer.plain == &observer) subscription.client = observer.entity->as_client();
  const bool direct = subscription.client != nullptr;
  const std::uint32_t place = subscriptions_.add(std::move(subscription));
  if (direct) add_direct(run, space, place);
  return place;
}

void Subscriptions::add_direct(TurnRun& run, Space& space, std::uint32_t place) {
  Subscription& added = subscriptions_[place];
  ClientSession* const session = added.client->session();
  if (session == nullptr) return;
  TopicUse& use = session->topics[number_of(added.topic)];
  // What a primary observer was told goes in the turn in which it ends, behind the appearances:
  // until then its handles are taken.
  added.primary = !use.has_primary && use.primary_ended_at != run.turn().seq();
  use.has_primary = use.has_primary || added.primary;
  added.sole = use.observers == 0;
  if (use.observers == 1) subscriptions_[use.combined].sole = false;
  ++use.observers;
  use.combined ^= place;
  tell_of_topic(run, space, added, true);
}

void Subscriptions::remove(TurnRun& run, Space& space, std::uint64_t token) {
  const auto place = static_cast<std::uint32_t>(token);
  if (subscriptions_[place].client != nullptr) remove_direct(run, space, place);
  references_.release(*subscriptions_.take(place).observer);
}

void Subscriptions::remove_direct(TurnRun& run, Space& space, std::uint32_t place) {
  const Subscription& removed = subscriptions_[place];
  ClientSession* const session = removed.client->session();
  if (session == nullptr) return;
  TopicUse& use = session->topics.at(number_of(removed.topic));
  if (removed.primary) {
    use.has_primary = false;
    use.primary_ended_at = run.turn().seq();
  }
  --use.observers;
  use.combined ^= place;
  if (use.observers == 1) subscriptions_[use.combined].sole = true;
  if (use.observers == 0) {
    run.parts().left_topics.emplace_back(session, number_of(removed.topic));
  }
  tell_of_topic(run, space, removed, false);
}

void Subscriptions::tell_of_topic(TurnRun& run, Space& space, const Subscription& subscription,
                                  bool began) {
  run.touch(*subscription.client->session())
      .add_topic(
          {subscription.client->oid(), subscription.topic, space.id(), space.revision(), began});
}

void Subscriptions::deliver(TurnRun& run, std::uint32_t space_index, const Change& change,
                            ByteView captures, std::span<const Observer> observers) {
  std::uint32_t index = OutboundEvent::none;
  counters_.deliveries += observers.size();
  for (const Observer& observer : observers) {
    Subscription& subscription = subscriptions_[static_cast<std::uint32_t>(observer.token)];
    if (subscription.client == nullptr) {
      deliver_by_echo(run, subscription, change, captures);
    } else if (subscription.client->session() != nullptr) {
      if (index == OutboundEvent::none) {
        index = run.parts().content.add_change(change, space_index, captures);
      }
      deliver_direct(run, subscription, change, index, captures);
    }
  }
}

void Subscriptions::deliver_direct(TurnRun& run, Subscription& subscription, const Change& change,
                                   std::uint32_t index, ByteView captures) {
  const std::uint64_t handle =
      subscription.primary ? number_of(change.capture) : handle_of(run, subscription, change);
  if (change.holds_references) {
    return tell_references(run, subscription, change, index, handle, captures);
  }
  const ClientEntity& client = *subscription.client;
  run.touch(*client.session()).add_change(client.oid(), change, index, handle, subscription.sole);
  if (change.kind == ChangeKind::message) run.count_message();
}

void Subscriptions::tell_references(TurnRun& run, Subscription& subscription, const Change& change,
                                    std::uint32_t index, std::uint64_t handle, ByteView captures) {
  const wire::Number& oid = subscription.client->oid();
  ClientSession& session = *subscription.client->session();
  OutboundTurnWriter& out = run.touch(session);
  const auto add = [&](std::optional<Value> body) {
    OutboundEvent& event = out.add_change(oid, change, index, handle, subscription.sole);
    if (body) out.give_body(event, *std::move(body));
  };
  if (change.kind == ChangeKind::disappear) {
    add(std::nullopt);
    return session.unpin_told(handle);
  }
  const Value memory = Value::from_canonical(captures, true);
  if (change.kind == ChangeKind::appear) {
    Pins pins;
    add(session.membrane.write_assertion(memory, pins));
    session.told_pins.emplace(handle, std::move(pins));
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
  if (subscription.handles == nullptr) subscription.handles = std::make_unique<Handles>();
  Handles& handles = *subscription.handles;
  if (change.kind == ChangeKind::appear) {
    return handles.emplace(number_of(change.capture), run.next_handle()).first->second;
  }
  const auto told = handles.find(number_of(change.capture));
  const std::uint64_t handle = told->second;
  handles.erase(told);
  return handle;
}

void Subscriptions::deliver_by_echo(TurnRun& run, Subscription& subscription, const Change& change,
                                    ByteView captures) {
  Echoes& echoes = run.parts().echoes;
  Reference& observer = *subscription.observer;
  if (change.kind == ChangeKind::disappear) {
    const auto said = subscription.handles->find(number_of(change.capture));
    echoes.retract(run, EchoId{said->second}, change.cause);
    subscription.handles->erase(said);
    return;
  }
  Value body = Value::from_canonical(captures, change.holds_references);
  if (change.kind == ChangeKind::message) return echoes.send(run, observer, std::move(body));
  if (subscription.handles == nullptr) subscription.handles = std::make_unique<Handles>();
  const EchoId echo = echoes.publish(run, observer, std::move(body));
  subscription.handles->emplace(number_of(change.capture), static_cast<std::uint64_t>(echo));
}

}  // namespace avow::server
