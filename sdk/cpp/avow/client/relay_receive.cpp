#include <algorithm>
#include <utility>

#include "avow/base/epoch.hpp"
#include "avow/client/interest.hpp"
#include "avow/client/relay.hpp"
#include "avow/wire/preserves.hpp"

namespace avow {
namespace {

namespace native = wire::native;

// A frame from the server is as large as the server makes it; it is told apart from nonsense by the
// checks of its structure.
constexpr native::FrameLimits frame_limits{
    .bytes_max = 256 << 20, .events_max = 16'000'000, .segments_max = 16, .list_items_max = 65'536};

// No server asks for a time that is anywhere near.
Milliseconds owners_time(std::uint64_t ms) {
  return Milliseconds(std::min<std::uint64_t>(ms, 3'600'000));
}

Error error_of(const native::Fault& fault) { return fault.error; }

// `<error {code: c message: "sentence"}>`: what the server asserts at an observer that it refuses.
Error error_in(ValueView record) {
  Error error{"refused", "The server refused the subscription."};
  const std::optional<ValueView> detail = record.element(0);
  if (!detail || detail->kind() != Kind::dictionary) return error;
  if (const auto code = detail->entry("code")) {
    if (const auto name = code->as_symbol()) error.code = *name;
    if (const auto name = code->as_string()) error.code = *name;
  }
  if (const auto message = detail->entry("message")) {
    if (const auto text = message->as_string()) error.detail = *text;
  }
  return error;
}

// Who goes on does not know the handles of before: it is told the captures.
std::optional<ViewChange> removed(View& view, const ServerEvent& event) {
  if (!event.names_what_went) return view.remove(event.handle);
  return view.remove(event.handle, event.body);
}

}  // namespace

Result<std::vector<Notices>> Relay::receive(ByteView frame) {
  std::vector<Notices> told;
  AVOW_TRY(auto reader, native::ServerFrameReader::open(frame, frame_limits));
  while (true) {
    AVOW_TRY(const native::ServerMessage* const message, reader.next());
    if (message == nullptr) {
      note_unacknowledged(frame.size());
      return told;
    }
    AVOW_TRY_VOID(take(*message, told));
  }
}

Result<void> Relay::take(const native::ServerMessage& message, std::vector<Notices>& told) {
  const auto tell = [this, &told](Result<std::optional<ServerTurn>> turn) -> Result<void> {
    if (!turn.has_value()) return std::move(turn).error();
    if (!turn->has_value()) return {};
    note_taken();
    AVOW_TRY(Notices notices, apply(**std::move(turn)));
    told.push_back(std::move(notices));
    return {};
  };
  if (const auto* hello = std::get_if<native::Hello>(&message)) {
    if (phase_ != Phase::greeting) return Error{"bad-frame", "The server greeted twice."};
    greet(*hello);
  } else if (const auto* answer = std::get_if<native::Opened>(&message)) {
    if (phase_ != Phase::opening) return Error{"bad-frame", "The server opened what nobody asked."};
    AVOW_TRY(Notices notices, opened(*answer));
    if (!notices.empty()) told.push_back(std::move(notices));
  } else if (const auto* part = std::get_if<native::SessionPart>(&message)) {
    return tell(assembly_.add(*part));
  } else if (const auto* batch = std::get_if<native::Batch>(&message)) {
    return tell(assembly_.add(*batch));
  } else if (const auto* rows = std::get_if<native::Rows>(&message)) {
    Notices notices;
    AVOW_TRY_VOID(take_rows(*rows, notices));
    if (!notices.empty()) told.push_back(std::move(notices));
  } else if (const auto* ping = std::get_if<native::Ping>(&message)) {
    native::append_message(room(), native::ClientMessage(native::Pong{ping->number}));
  } else if (const auto* taken = std::get_if<native::Acknowledge>(&message)) {
    return said_.acknowledge(taken->number);
  } else if (const auto* close = std::get_if<native::Close>(&message)) {
    resume_token_.clear();  // The session is over.
    told.push_back({{Notice::Ended{error_of(close->fault)}}});
  }
  return {};
}

void Relay::greet(const native::Hello& hello) {
  server_.server = hello.server;
  server_.version = hello.version;
  server_.features = hello.features;
  server_.limits.clear();
  for (const native::Limit& limit : hello.limits) {
    server_.limits.emplace_back(limit.name, limit.value);
    if (limit.name == "message-bytes") message_bytes_max_ = limit.value;
    if (limit.name == "turn-events") turn_events_max_ = limit.value;
    if (limit.name == "restart-grace-ms") owners_grace_ = owners_time(limit.value);
  }
  phase_ = Phase::opening;
  if (suspended_) {
    resume_session();
  } else {
    begin_session();
  }
}

Result<Notices> Relay::opened(const native::Opened& answer) {
  if (suspended_) return resumed(answer);
  note_taken();
  if (answer.fault) {
    // With a time to try again it is a matter of load, without it a matter of right.
    return Notices{{Notice::NotOpened{error_of(*answer.fault), answer.fault->retry_ms == 0}}};
  }
  server_.space = answer.name;
  server_.epoch = epoch_text(answer.epoch);
  server_.revision = answer.revision;
  space_oid_ = answer.reference;
  space_number_ = answer.space;
  revision_ = answer.revision;
  epoch_ = answer.epoch;
  resume_token_ = answer.resume_token;
  grace_ = Milliseconds(answer.grace_ms);
  if (resume_token_.empty()) said_ = {};
  phase_ = Phase::open;
  Notices told{{Notice::Opened{server_, false}}};
  Notices lost = restore();
  std::move(lost.begin(), lost.end(), std::back_inserter(told));
  return told;
}

Result<Notices> Relay::apply(ServerTurn turn) {
  Notices told;
  for (const native::Subscription& one : turn.part.subscribed) {
    topics_[one.topic].push_back(one.observer);
  }
  for (const native::Gap& gap : turn.part.gaps) note_gap(gap);
  for (const ServerEvent& event : turn.events) {
    if (event.space == space_number_) revision_ = std::max(revision_, event.revision);
    AVOW_TRY_VOID(apply_event(event, told));
  }
  for (const native::Subscription& one : turn.part.unsubscribed) {
    std::erase(topics_[one.topic], one.observer);
    if (topics_[one.topic].empty()) topics_.erase(one.topic);
  }
  for (const native::SpaceRevision& at : turn.part.progress) {
    if (at.space == space_number_) revision_ = std::max(revision_, at.revision);
  }
  for (const native::Synced& synced : turn.part.synced) end_snapshot(synced, told);
  for (const native::SubscriptionFault& fault : turn.part.faults) take_fault(fault, told);
  for (const native::Receipt& receipt : turn.part.receipts) settle(receipt, told);
  return told;
}

Result<void> Relay::apply_event(const ServerEvent& event, Notices& told) {
  if (event.addressing == native::Addressing::entities) {
    return apply_to(event.target, event, told);
  }
  const auto topic = topics_.find(event.target);
  if (topic == topics_.end()) return {};
  // A copy: a refused subscription leaves the list.
  const std::vector<ClientId> observers = topic->second;
  for (const ClientId id : observers) AVOW_TRY_VOID(apply_to(id, event, told));
  return {};
}

Result<void> Relay::apply_to(ClientId target, const ServerEvent& event, Notices& told) {
  if (syncs_.contains(target) && event.kind == wire::EventKind::message) {
    syncs_.erase(target);
    told.push_back({Notice::Synced{target, revision_}});
    return {};
  }
  if (is_about_keeper(target)) return apply_to_keeper(target, event, told);
  const auto found = subscriptions_.find(target);
  const ReferenceMap::Holder holder{target, event.handle};
  if (found == subscriptions_.end()) return {};
  found->second.told_at = event.revision;
  const Query& query = found->second.query;
  View& view = found->second.view;

  const auto tell = [&](Change::Kind kind, const Value& captures) {
    Change change = change_of(query, kind, captures);
    change.revision = event.revision;
    if (kind == Change::Kind::remove) {
      change.cause = name_of(event.cause);
      change.by = event.by;
    }
    told.push_back({Notice::Told{target, std::move(change)}});
  };
  if (event.kind == wire::EventKind::publish) {
    if (event.body.view().is_record("error")) {
      refuse_subscription(target, error_in(event.body), told);
      return {};
    }
    AVOW_TRY(const Value captures, references_.import(event.body, holder));
    if (const auto change = view.add(event.handle, captures)) {
      tell(Change::Kind::add, change->captures);
    }
  } else if (event.kind == wire::EventKind::retract) {
    references_.release(holder);
    if (const auto change = removed(view, event)) {
      tell(Change::Kind::remove, change->captures);
    }
  } else if (event.kind == wire::EventKind::message) {
    AVOW_TRY(const Value captures, references_.look_at(event.body));
    if (const auto form = view.normalised(captures)) tell(Change::Kind::message, *form);
  }
  return {};
}

void Relay::end_snapshot(const native::Synced& synced, Notices& told) {
  const auto found = subscriptions_.find(synced.observer);
  if (found == subscriptions_.end()) return;
  Subscribed& subscribed = found->second;
  subscribed.is_current = true;
  subscribed.told_at = synced.revision;
  references_.release_retired(synced.observer);
  if (!subscribed.awaits_owners) tell_missing(synced.observer, subscribed, told);
  if (synced.missed > 0) {
    Change missed;
    missed.kind = Change::Kind::missed;
    missed.missed = synced.missed;
    missed.revision = synced.revision;
    told.push_back({Notice::Told{synced.observer, std::move(missed)}});
  }
  if (std::exchange(subscribed.synced, true)) return;
  Change change;
  change.kind = Change::Kind::synced;
  change.revision = synced.revision;
  told.push_back({Notice::Told{synced.observer, std::move(change)}});
}

void Relay::note_gap(const native::Gap& gap) {
  const auto found = subscriptions_.find(gap.observer);
  if (found == subscriptions_.end()) return;
  Subscribed& subscribed = found->second;
  if (gap.resync) {
    const bool restarted = gap.reason == ResyncReason::server_restart;
    references_.retire(gap.observer);
    // What follows may come in parts. If the session is lost before the last of them, there is no
    // revision from which the next one could go on.
    subscribed.is_current = false;
    subscribed.told_through.reset();
    subscribed.view.begin_snapshot();
    subscribed.missing_because = restarted ? name_of(Cause::server_restart) : "unseen";
    subscribed.awaits_owners = restarted && owners_grace_ > Milliseconds{0};
    return;
  }
  // It is told nothing more until it is synced again: if the session is lost before, the next one
  // goes on from here.
  subscribed.is_current = false;
  subscribed.told_through = ResumePoint{gap.after, epoch_, true};
  subscribed.view.go_on();
}

// That a credit was refused is nothing to us: we grant none.
void Relay::take_fault(const native::SubscriptionFault& fault, Notices& told) {
  if (fault.ended && subscriptions_.contains(fault.observer)) {
    refuse_subscription(fault.observer, error_of(fault.fault), told);
  }
}

void Relay::refuse_subscription(ClientId id, Error why, Notices& told) {
  Change change;
  change.kind = Change::Kind::refused;
  change.error = std::move(why);
  told.push_back({Notice::Told{id, std::move(change)}});
  (void)submit({.parts = {{Part::Unobserve{id}}}, .tickets = {}});
}

Receipt Relay::as_receipt(const native::Receipt& receipt) const {
  Receipt own{.sequence = receipt.seq, .spaces = {}};
  for (const native::SpaceRevision& at : receipt.revisions) {
    const bool here = at.space == space_number_;
    const Receipt::At named{.space = here ? server_.space : std::string(), .revision = at.revision};
    // One's own space first, for `Receipt::revision`.
    own.spaces.insert(here ? own.spaces.begin() : own.spaces.end(), named);
  }
  return own;
}

void Relay::settle(const native::Receipt& receipt, Notices& told) {
  const auto found = in_flight_.find(receipt.turn);
  if (found == in_flight_.end()) {
    if (receipt.fault) told.push_back({Notice::Problem{error_of(*receipt.fault)}});
    return;
  }
  const InFlight about = std::move(found->second);
  in_flight_.erase(found);
  const Result<Receipt> outcome =
      receipt.fault ? Result<Receipt>(error_of(*receipt.fault)) : as_receipt(receipt);
  for (const native::SpaceRevision& at : receipt.revisions) {
    if (at.space == space_number_) revision_ = std::max(revision_, at.revision);
  }
  for (const ClientId id : about.publications) {
    const auto published = publications_.find(id);
    if (published == publications_.end()) continue;
    const bool first = !std::exchange(published->second.settled, true);
    if (!outcome.has_value()) publications_.erase(published);
    if (first || !outcome.has_value()) told.push_back({Notice::Settled{id, outcome}});
  }
  for (const ClientId id : about.subscriptions) {
    if (!outcome.has_value()) refuse_subscription(id, outcome.error(), told);
  }
  for (const ClientId id : about.requests) {
    if (!outcome.has_value()) answer_request(id, outcome.error(), told);
  }
  for (const ClientId ticket : about.tickets) {
    told.push_back({Notice::Answered{ticket, outcome}});
  }
}

Result<void> Relay::take_rows(const native::Rows& rows, Notices& told) {
  const auto found = queries_.find(rows.id);
  if (found == queries_.end()) {
    if (rows.last) note_taken();
    return {};
  }
  Asked& asked = found->second;
  for (const native::Row& row : rows.rows) {
    AVOW_TRY(const Value wire, wire::decode_value(row.captures, {.nodes_max = 16'000'000}));
    asked.held_references = asked.held_references || wire.holds_references();
    AVOW_TRY(Value captures, references_.look_at(wire));
    if (asked.query.normalise) {
      std::optional<Value> form = asked.query.normalise(captures);
      if (!form || !asked.seen.emplace(text_of(form->bytes())).second) continue;
      captures = *std::move(form);
    }
    Matched match = matched(asked.query, captures);
    asked.found.rows.push_back({std::move(match.fact), std::move(match.captures)});
  }
  if (!rows.last) return {};
  note_taken();
  asked.found.revision = rows.revision;
  revision_ = std::max(revision_, rows.revision);
  told.push_back({Notice::Found{
      rows.id, rows.fault ? Result<Rows>(error_of(*rows.fault)) : std::move(asked.found)}});
  // The server keeps what the rows refer to until it hears that nobody will ask for it.
  if (asked.held_references) say(native::Cancel{rows.id});
  queries_.erase(found);
  return {};
}

}  // namespace avow
