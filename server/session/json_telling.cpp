#include <algorithm>
#include <utility>

#include "avow/base/check.hpp"
#include "server/session/json_session.hpp"

// What the engine tells, on its way to the client: each turn becomes one message. In it come the
// events, then the ends of snapshots, then the answers to the requests of the turn.

namespace avow::server {
namespace {

struct Refusal {
  Error error;
  std::optional<std::uint64_t> floor{};
};

// An Observe that cannot be in force is answered at its observer: <error {code: … message: …}>.
std::optional<Refusal> refusal_of(ValueView body) {
  if (!body.is_record("error")) return std::nullopt;
  Refusal refusal{{"refused", "The subscription was refused."}};
  Error& error = refusal.error;
  if (const std::optional<ValueView> detail = body.element(0)) {
    const auto text_at = [&](std::string_view key, std::string& to) {
      const std::optional<ValueView> entry = detail->entry(key);
      if (!entry) return;
      if (const auto text = entry->as_string()) to = *text;
      if (const auto symbol = entry->as_symbol()) to = *symbol;
    };
    text_at("code", error.code);
    text_at("message", error.detail);
    if (const std::optional<ValueView> floor = detail->entry("floor")) {
      refusal.floor = floor->as_uint64();
    }
  }
  return refusal;
}

}  // namespace

void JsonSession::turn(const OutboundTurn& turn) {
  if (tie_.is_over()) return;
  JsonMessage message;
  for (const GapNotice& notice : turn.gaps()) tell_gap(notice, message);
  for (const ResyncNotice& notice : turn.resyncs()) tell_resync(notice, message);
  for (const OutboundEvent& event : turn.events()) tell_event(turn, event, message);
  for (const TopicNotice& notice : turn.topics()) tell_topic(notice, message);
  for (const CaughtUpNotice& notice : turn.caught_up()) tell_caught_up(notice, message);
  for (const ProgressNotice& notice : turn.progress()) tell_progress(notice, message);
  if (turn.receipt()) tell_receipt(*turn.receipt(), message);
  say(std::move(message));
}

void JsonSession::tell_event(const OutboundTurn& turn, const OutboundEvent& event,
                             JsonMessage& message) {
  AVOW_CHECK(!event.big_target);  // Numbers of this session's entities are all its own or checked.
  if (event.target >= 0) return message.at_entity(turn, event);
  if (const auto observer = book_.observers.find(event.target); observer != book_.observers.end()) {
    return tell_observer(observer->second, turn, event, message);
  }
  if (event.kind == OutboundKind::publish && book_.kept.contains(event.target)) {
    return tell_kept(event.target, turn.body(event), message);
  }
  if (event.kind == OutboundKind::synced || event.kind == OutboundKind::message) {
    tell_sync_answer(event.target, turn.content().seq(), message);
  }
}

void JsonSession::tell_observer(JsonObserver& observer, const OutboundTurn& turn,
                                const OutboundEvent& event, JsonMessage& message) {
  if (event.change != OutboundEvent::none) {
    const bool is_farewell = observer.leaving && event.kind != OutboundKind::message;
    if (!is_farewell) message.change(observer, turn, event);
    return;
  }
  // In the turn in which the subscription begins, only the server itself can speak to this entity:
  // it says why it is not in force. What others say to it later is of no meaning.
  const bool begins = observer.beginning == JsonObserver::Beginning::untold;
  if (event.kind != OutboundKind::publish || !begins) return;
  if (const std::optional<Refusal> why = refusal_of(turn.body(event))) {
    observer.beginning = JsonObserver::Beginning::refused;
    message.error(observer.id, why->error, why->floor);
  }
}

void JsonSession::tell_sync_answer(std::int64_t peer, std::uint64_t seq, JsonMessage& message) {
  const auto sync = book_.syncs.extract(peer);
  if (sync.empty()) return;
  book_.live.erase(sync.mapped());
  JsonOk answer = ok(sync.mapped());
  answer.seq = seq;
  message.ok(answer);
}

// Nothing where its retraction has been answered already.
JsonObserver* JsonSession::find_observer(const wire::Number& oid) {
  const auto observer = book_.observers.find(oid.small().value_or(0));
  return observer == book_.observers.end() ? nullptr : &observer->second;
}

void JsonSession::tell_resync(const ResyncNotice& notice, JsonMessage& message) {
  JsonObserver* const observer = find_observer(notice.observer);
  if (observer == nullptr) return;
  observer->told.clear();
  message.resync(observer->id, notice);
}

void JsonSession::tell_gap(const GapNotice& notice, JsonMessage& message) {
  if (notice.is_end) return tell_closed(notice, message);
  const JsonObserver* const observer = find_observer(notice.observer);
  if (observer != nullptr && !observer->leaving) message.gap(observer->id, notice.after);
}

void JsonSession::tell_caught_up(const CaughtUpNotice& notice, JsonMessage& message) {
  JsonObserver* const observer = find_observer(notice.observer);
  if (observer == nullptr) return;
  observer->beginning = JsonObserver::Beginning::synced;
  message.synced(observer->id, space_once(), notice.revision, notice.messages_missed);
}

void JsonSession::tell_progress(const ProgressNotice& notice, JsonMessage& message) {
  const JsonObserver* const observer = find_observer(notice.observer);
  if (observer != nullptr) message.progress(observer->id, notice.revision);
}

void JsonSession::tell_topic(const TopicNotice& notice, JsonMessage& message) {
  JsonObserver* const observer = notice.began ? find_observer(notice.observer) : nullptr;
  if (observer == nullptr) return;
  observer->beginning =
      notice.in_parts ? JsonObserver::Beginning::in_parts : JsonObserver::Beginning::synced;
  if (!notice.in_parts) message.synced(observer->id, space_once(), notice.revision);
}

void JsonSession::tell_receipt(const Receipt& receipt, JsonMessage& message) {
  // A turn of which nobody wants to hear has a receipt all the same if it was refused.
  auto found = book_.turns.extract(receipt.ticket);
  const JsonAwaitedTurn all = found.empty() ? JsonAwaitedTurn{} : std::move(found.mapped());
  if (receipt.error) return tell_refused(all, *receipt.error, message);
  for (const JsonAwaited& awaited : all) tell_applied(awaited, receipt, message);
}

void JsonSession::tell_applied(const JsonAwaited& awaited, const Receipt& receipt,
                               JsonMessage& message) {
  if (awaited.kind == JsonAwaited::Kind::observe) return tell_begun(awaited, message);
  if (awaited.kind == JsonAwaited::Kind::keep) return;  // The keeper answers.
  if (awaited.kind == JsonAwaited::Kind::retract) {
    tell_unsynced(awaited.observer, message);
    book_.observers.erase(awaited.observer);
    tell_unanswered(awaited.observer, message);
  }
  if (!awaited.id) return;
  if (awaited.kind != JsonAwaited::Kind::publish) book_.live.erase(*awaited.id);
  JsonOk answer = ok(*awaited.id);
  if (const auto revision = revision_for(awaited, receipt)) answer.revision = revision;
  answer.seq = receipt.seq;
  if (awaited.kind == JsonAwaited::Kind::send) answer.reached = receipt.messages_reached;
  message.ok(answer);
}

// Most subscriptions have been told that they are synced by now.
void JsonSession::tell_begun(const JsonAwaited& awaited, JsonMessage& message) {
  const auto observer = book_.observers.find(awaited.observer);
  if (observer == book_.observers.end()) return;
  const auto beginning = observer->second.beginning;
  const bool is_told = beginning == JsonObserver::Beginning::synced ||
                       beginning == JsonObserver::Beginning::in_parts;
  if (is_told) return;
  if (beginning == JsonObserver::Beginning::untold) {
    message.error(awaited.id, {"stopped", "The reference lets no such subscription pass."});
  }
  withdraw(*awaited.id);
}

// A subscription that is retracted before all that is there has been told is never synced.
void JsonSession::tell_unsynced(std::int64_t entity, JsonMessage& message) const {
  const auto observer = book_.observers.find(entity);
  if (observer == book_.observers.end()) return;
  if (observer->second.beginning != JsonObserver::Beginning::in_parts) return;
  message.error(observer->second.id,
                {"retracted", "The subscription was retracted before it was synced."});
}

// Retracts a subscription that is not in force, so that its id is free again.
void JsonSession::withdraw(JsonId id) {
  const auto live = book_.live.extract(id);
  if (live.empty() || live.mapped().kind != JsonLive::Kind::subscription) return;
  book_.observers.erase(live.mapped().observer);
  InboundTurn turn;
  turn.ticket = book_.next_ticket();
  wire::Event& event = turn.events.emplace_back();
  event.kind = wire::EventKind::retract;
  event.target = live.mapped().target;
  event.handle = live.mapped().handle;
  tie_.engine().submit(tie_.session(), std::move(turn));
}

void JsonSession::tell_refused(const JsonAwaitedTurn& turn, const Error& why,
                               JsonMessage& message) {
  bool told = false;
  for (const JsonAwaited& awaited : turn) {
    if (!awaited.id) continue;
    message.error(awaited.id, why);
    told = true;
  }
  if (!told) message.error(std::nullopt, why);
  std::for_each(turn.rbegin(), turn.rend(), [this](const JsonAwaited& each) { undo(each); });
}

void JsonSession::undo(const JsonAwaited& awaited) {
  if (awaited.id) book_.live.erase(*awaited.id);
  if (awaited.kind == JsonAwaited::Kind::observe) book_.observers.erase(awaited.observer);
  if (awaited.kind == JsonAwaited::Kind::keep) book_.kept.erase(awaited.observer);
  if (!awaited.before) return;
  book_.live.emplace(awaited.retracted, *awaited.before);
  const auto observer = book_.observers.find(awaited.observer);
  if (observer != book_.observers.end()) observer->second.leaving = false;
}

// For the first answer of a conversation, which says where it is.
std::optional<JsonSpaceInfo> JsonSession::space_once() {
  if (std::exchange(told_space_, true)) return std::nullopt;
  return JsonSpaceInfo{opened_.back().name, opened_.back().epoch};
}

JsonOk JsonSession::ok(JsonId id) {
  JsonOk answer{.id = id, .space = space_once()};
  if (answer.space) answer.revision = opened_.back().revision;
  return answer;
}

// The revision that the turn took in the space of the request, as far as it is known which it is.
std::optional<std::uint64_t> JsonSession::revision_for(const JsonAwaited& awaited,
                                                       const Receipt& receipt) const {
  const auto opened = std::find_if(opened_.begin(), opened_.end(), [&](const OpenedSpace& space) {
    return space.oid == awaited.target;
  });
  for (const SpaceRevision& each : receipt.revisions) {
    if (opened != opened_.end() && each.space == opened->space) return each.revision;
  }
  if (receipt.revisions.size() == 1) return receipt.revisions.front().revision;
  return std::nullopt;
}

void JsonSession::answer(const QueryAnswer& answer) {
  const auto asked = book_.queries.extract(answer.ticket);
  AVOW_CHECK(!asked.empty());
  const JsonId id = asked.mapped().id;
  if (tie_.is_over()) return;
  JsonMessage message;
  if (answer.error) {
    book_.live.erase(id);
    message.error(id, *answer.error);
    return say(std::move(message));
  }
  bool hold_references = false;
  for (const QueryRow& row : answer.rows) {
    const ValueView captures = answer.captures(row);
    hold_references = hold_references || contains_embedded(captures.bytes());
    message.row(id, captures, *asked.mapped().names, answer.at.revision);
  }
  if (hold_references) {
    book_.live.insert_or_assign(id, JsonLive{.kind = JsonLive::Kind::rows, .query = answer.ticket});
  } else {
    book_.live.erase(id);
  }
  JsonOk end = ok(id);
  end.revision = answer.at.revision;
  end.seq = answer.seq;
  message.ok(end);
  say(std::move(message));
}

void JsonSession::ended(const Error& why) {
  tie_.session_ended();
  tie_.fail(FrameType::text, farewell(why), CloseCode::policy_violation, why.detail);
}

}  // namespace avow::server
