#include "avow/client/relay.hpp"

#include <algorithm>
#include <utility>

#include "avow/base/check.hpp"
#include "avow/client/interest.hpp"

namespace avow {
namespace {

namespace native = wire::native;

// Turns go together into one frame up to this size: far below any server's limit for a frame, large
// enough that a frame more costs nothing.
constexpr std::size_t frame_bytes = 64 << 10;
// What a turn of native frames takes beside the bodies of its events, and for each event.
constexpr std::size_t turn_overhead = 512;
constexpr std::size_t event_overhead = 40;
// Restoring everything is cut into turns of this size, so that no turn meets a limit.
constexpr std::size_t restore_bytes = 256 << 10;
constexpr std::size_t restore_events = 4'096;

const Error link_down{"link-down", "There is no link to the server; nothing was sent."};

bool sends(const TurnRequest& request) {
  for (const Part& part : request.parts) {
    if (std::holds_alternative<Part::Send>(part.what)) return true;
  }
  return false;
}

}  // namespace

Notices Relay::submit(TurnRequest request) {
  if (Notices told = bound_kept(); !told.empty()) {
    Notices more = submit(std::move(request));
    std::move(more.begin(), more.end(), std::back_inserter(told));
    return told;
  }
  if (const Result<void> checked = check(request); !checked.has_value()) {
    return refuse(std::move(request), checked.error());
  }
  Outgoing turn;
  turn.about.tickets = request.tickets;
  note(request, turn);
  if (is_open()) {
    if (!turn.events.empty() || !request.tickets.empty()) send_turn(std::move(turn));
  } else {
    waiting_tickets_.insert(waiting_tickets_.end(), request.tickets.begin(), request.tickets.end());
  }
  return {};
}

// Whether all of it can be done. Nothing has been changed when it cannot.
Result<void> Relay::check(const TurnRequest& request) const {
  if (!is_open()) return sends(request) ? Result<void>(link_down) : Result<void>();
  std::size_t bytes = turn_overhead;
  for (const Part& part : request.parts) {
    bytes += event_overhead;
    const Value* body = nullptr;
    if (const auto* publish = std::get_if<Part::Publish>(&part.what)) body = &publish->fact;
    if (const auto* send = std::get_if<Part::Send>(&part.what)) body = &send->message;
    if (body == nullptr) continue;
    bytes += body->bytes().size();
    if (body->holds_references()) {
      AVOW_TRY_VOID(references_.export_value(*body));
    }
  }
  if (bytes > message_bytes_max_ || request.parts.size() > turn_events_max_) {
    return Error{"limit", "The turn is larger than the server takes: " +
                              std::to_string(request.parts.size()) + " events of " +
                              std::to_string(turn_events_max_) + ", " + std::to_string(bytes) +
                              " bytes of " + std::to_string(message_bytes_max_) + "."};
  }
  return {};
}

// What cannot be done is not done, but for what takes back: nobody could ever ask for that again.
// Subscriptions are no part of what makes a turn fail, and are kept for the same reason.
Notices Relay::refuse(TurnRequest request, const Error& why) {
  Notices told;
  TurnRequest rest;
  for (Part& part : request.parts) {
    if (const auto* publish = std::get_if<Part::Publish>(&part.what)) {
      told.push_back({Notice::Settled{publish->id, why}});
    } else if (!std::holds_alternative<Part::Send>(part.what)) {
      rest.parts.push_back(std::move(part));
    }
  }
  if (!rest.parts.empty()) (void)submit(std::move(rest));
  for (const ClientId ticket : request.tickets) told.push_back({Notice::Answered{ticket, why}});
  if (request.tickets.empty() && told.empty()) told.push_back({Notice::Problem{why}});
  return told;
}

// Changes what is wanted, and says so in `turn` (which is not sent if there is no link).
void Relay::note(const TurnRequest& request, Outgoing& turn) {
  for (const Part& part : request.parts) {
    if (const auto* publish = std::get_if<Part::Publish>(&part.what)) {
      publications_.emplace(publish->id, Published{.fact = publish->fact});
      add_publish(turn, publish->id, publish->fact);
    } else if (const auto* retract = std::get_if<Part::Retract>(&part.what)) {
      if (publications_.erase(retract->id) > 0) {
        add_event(turn, wire::EventKind::retract, retract->id, {});
      }
    } else if (const auto* send = std::get_if<Part::Send>(&part.what)) {
      if (!is_open()) continue;
      turn.about.sends = true;
      add_event(turn, wire::EventKind::message, 0, references_.export_value(send->message).value());
    } else if (const auto* observe = std::get_if<Part::Observe>(&part.what)) {
      subscriptions_.emplace(
          observe->id, Subscribed{.query = observe->query, .view = View(observe->query.normalise)});
      add_observe(turn, observe->id);
    } else if (const auto* unobserve = std::get_if<Part::Unobserve>(&part.what)) {
      if (subscriptions_.erase(unobserve->id) > 0) {
        add_event(turn, wire::EventKind::retract, unobserve->id, {});
      }
    }
  }
}

void Relay::add_publish(Outgoing& turn, ClientId id, const Value& fact) {
  if (!is_open()) return;
  Result<Value> body = references_.export_value(fact);
  AVOW_CHECK(body.has_value());
  turn.about.publications.push_back(id);
  add_event(turn, wire::EventKind::publish, id, *std::move(body));
}

void Relay::add_observe(Outgoing& turn, ClientId id) {
  if (!is_open()) return;
  turn.about.subscriptions.push_back(id);
  Subscribed& subscribed = subscriptions_.at(id);
  add_event(turn, wire::EventKind::publish, id,
            observe_assertion(subscribed.query, ReferenceMap::own(id), go_on(subscribed)));
}

void Relay::add_event(Outgoing& turn, wire::EventKind kind, ClientId handle, Value body) {
  native::Event& event = turn.events.emplace_back();
  event.target = space_oid_;
  event.handle = handle;
  event.kind = kind;
  if (kind == wire::EventKind::retract) return;
  event.body = body.bytes();
  turn.bytes += body.bytes().size();
  turn.bodies.push_back(std::move(body));
}

void Relay::send_turn(Outgoing turn) {
  native::ClientTurn message;
  message.number = ++last_turn_;
  message.events = turn.events;
  message.wants_receipt = turn.about.wants_receipt();
  say_turn(message, turn_overhead + turn.bytes + event_overhead * turn.events.size());
  // A turn without receipt is only heard of again if it is refused, which nobody waits for.
  if (message.wants_receipt) in_flight_.emplace(last_turn_, std::move(turn.about));
}

// The frame that the next message, of so many bytes, goes into.
Bytes& Relay::room(std::size_t bytes) {
  const bool fits = !frames_.empty() && frames_.back().size() + bytes <= frame_bytes;
  if (!fits) frames_.emplace_back();
  return frames_.back();
}

std::optional<Bytes> Relay::next_frame() {
  if (frames_.empty()) return std::nullopt;
  Bytes frame = std::move(frames_.front());
  frames_.pop_front();
  return frame;
}

Notices Relay::query(ClientId id, Query query) {
  Notices told = bound_kept();
  queries_.emplace(
      id, Asked{.query = std::move(query), .found = {}, .seen = {}, .held_references = false});
  if (is_open()) ask(id);
  return told;
}

void Relay::cancel_query(ClientId id) {
  if (queries_.erase(id) > 0 && is_open()) say(native::Cancel{id});
}

void Relay::ask(ClientId id) {
  const Query& query = queries_.at(id).query;
  const Value pattern = query.pattern.pattern.to_value();
  const Value options = interest_options(query);
  native::Query message;
  message.id = id;
  message.target = space_oid_;
  message.patterns = {pattern.bytes()};
  message.options = options.bytes();
  say(message, turn_overhead + pattern.bytes().size());
}

void Relay::sync(ClientId id) {
  syncs_.insert(id);
  if (is_open()) ask_sync(id);
}

void Relay::ask_sync(ClientId id) {
  Outgoing turn;
  add_event(turn, wire::EventKind::sync, 0, ReferenceMap::own(id));
  send_turn(std::move(turn));
}

// Says everything again on a new connection: facts first, so that the snapshots of one's own
// subscriptions hold them.
Notices Relay::restore() {
  Notices told;
  Outgoing turn;
  const auto flush_if_full = [this, &turn] {
    const bool full = turn.bytes >= std::min<std::size_t>(restore_bytes, message_bytes_max_ / 4) ||
                      turn.events.size() >= std::min<std::size_t>(restore_events, turn_events_max_);
    if (!full) return;
    send_turn(std::exchange(turn, {}));
  };
  for (auto at = publications_.begin(); at != publications_.end();) {
    // A reference that somebody gave us on the connection before means nothing on this one.
    if (const auto body = references_.export_value(at->second.fact); !body.has_value()) {
      told.push_back({Notice::Settled{at->first, body.error()}});
      at = publications_.erase(at);
      continue;
    }
    add_publish(turn, at->first, at->second.fact);
    flush_if_full();
    ++at;
  }
  for (const auto& [id, subscribed] : subscriptions_) {
    add_observe(turn, id);
    flush_if_full();
  }
  // Their turns were done before, one by one; what they wanted is in force with the last of these.
  turn.about.tickets = std::exchange(waiting_tickets_, {});
  if (!turn.events.empty() || !turn.about.tickets.empty()) send_turn(std::move(turn));
  for (const auto& [id, asked] : queries_) ask(id);
  for (const ClientId id : syncs_) ask_sync(id);
  restore_requests(told);
  return told;
}

}  // namespace avow
