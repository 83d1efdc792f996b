#include <string>
#include <utility>

#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"
#include "server/session/json_session.hpp"

// Requests on their way to the engine: publish, send, observe, retract and sync become the events
// of one turn, queries follow it.

namespace avow::server {
namespace {

using wire::JsonRequest;

wire::WireReference mine(std::int64_t oid) {
  return {.owner = wire::WireReference::Owner::sender, .oid = wire::Number(oid), .caveats = {}};
}

CaptureNames names_of(const NamedPattern& pattern) {
  return std::make_shared<const std::vector<std::string>>(pattern.names);
}

// These are no part of the turn, and asked after it.
bool is_asked(const JsonRequest& request) {
  return std::holds_alternative<JsonRequest::Query>(request.what) ||
         std::holds_alternative<JsonRequest::Wait>(request.what);
}

// Adds an event to the turn; its handle and body are to be filled in.
wire::Event& add_event(InboundTurn& turn, wire::EventKind kind, std::int64_t target) {
  wire::Event& event = turn.events.emplace_back();
  event.kind = kind;
  event.target = target;
  return event;
}

// What is counted is told without the facts: each is another.
Value options_of(const JsonRequest::Observe& observe) {
  return interest_options(observe.pattern.same, !observe.count, observe.delivery,
                          {.counts = observe.count, .others = observe.others});
}

Error unknown_reference(const std::string& number) {
  return {"unknown-reference",
          "The server has given this session no reference {\"$ref\": " + number + "}."};
}

}  // namespace

// What can be said of a request before anything of its message is done.
Result<void> JsonSession::check(const JsonRequest& request) {
  if (request.to && !tie_.engine().is_exported(tie_.session(), wire::Number(*request.to))) {
    return unknown_reference(std::to_string(*request.to));
  }
  if (const auto* publish = std::get_if<JsonRequest::Publish>(&request.what)) {
    return check_references(publish->fact);
  }
  if (const auto* send = std::get_if<JsonRequest::Send>(&request.what)) {
    return check_references(send->message);
  }
  if (const auto* observe = std::get_if<JsonRequest::Observe>(&request.what)) {
    return check_references(observe->pattern.pattern.to_value());
  }
  if (const auto* query = std::get_if<JsonRequest::Query>(&request.what)) {
    return check_references(query->pattern.pattern.to_value());
  }
  if (const auto* commit = std::get_if<JsonRequest::Commit>(&request.what)) {
    AVOW_TRY_VOID(check_references(commit->options));
    return check_references(commit->operations);
  }
  return {};
}

// Syndicate ignores what is said of unknown references. Here somebody waits for an answer.
Result<void> JsonSession::check_references(const Value& value) {
  if (!value.holds_references()) return {};
  const auto check_one = [this](ValueView embedded) -> Result<Value> {
    AVOW_TRY(const wire::WireReference reference, wire::parse_wire_reference(embedded));
    const std::optional<std::int64_t> small = reference.oid.small();
    if (reference.owner == wire::WireReference::Owner::sender) {
      if (small && *small >= 0) return Value(embedded);
      return Error{"bad-value", "Clients number their entities {\"$mine\": …} from 0 to 2^63."};
    }
    if (small && tie_.engine().is_exported(tie_.session(), reference.oid)) return Value(embedded);
    return unknown_reference(to_text(reference.oid.to_value()));
  };
  const Result<Value> checked = wire::replace_references(value, check_one);
  if (!checked) return checked.error();
  return {};
}

std::int64_t JsonSession::target_of(const JsonRequest& request) const {
  return request.to.value_or(opened_.empty() ? 0 : opened_.back().oid);
}

void JsonSession::run(const std::vector<const JsonRequest*>& requests) {
  InboundTurn turn;
  JsonAwaitedTurn awaited;
  for (const JsonRequest* request : requests) add_to_turn(*request, turn, awaited);
  if (!awaited.empty() || !turn.events.empty()) {
    turn.ticket = book_.next_ticket();
    turn.wants_receipt = !awaited.empty();
    if (turn.wants_receipt) book_.turns.emplace(turn.ticket, std::move(awaited));
    tie_.engine().submit(tie_.session(), std::move(turn));
  }
  for (const JsonRequest* request : requests) {
    if (tie_.is_over()) return;
    if (const auto* query = std::get_if<JsonRequest::Query>(&request->what)) {
      ask(*request, query->pattern);
    } else if (const auto* wait = std::get_if<JsonRequest::Wait>(&request->what)) {
      ask(*request, wait->revision);
    }
  }
}

void JsonSession::add_to_turn(const JsonRequest& request, InboundTurn& turn,
                              JsonAwaitedTurn& awaited) {
  if (const auto* publish = std::get_if<JsonRequest::Publish>(&request.what)) {
    add_assertion(request, publish->fact, {.kind = JsonAwaited::Kind::publish}, turn, awaited);
  } else if (const auto* send = std::get_if<JsonRequest::Send>(&request.what)) {
    const std::int64_t target = target_of(request);
    add_event(turn, wire::EventKind::message, target).body = send->message;
    if (!request.id) return;
    book_.live.emplace(*request.id, JsonLive{});
    awaited.push_back({.kind = JsonAwaited::Kind::send, .id = request.id, .target = target});
  } else if (const auto* observe = std::get_if<JsonRequest::Observe>(&request.what)) {
    add_observe(request, *observe, turn, awaited);
  } else if (const auto* retract = std::get_if<JsonRequest::Retract>(&request.what)) {
    add_retract(request, retract->id, turn, awaited);
  } else if (std::holds_alternative<JsonRequest::Sync>(request.what)) {
    add_sync(request, turn);
  } else if (!is_asked(request)) {
    add_kept(request, turn, awaited);
  }
}

void JsonSession::add_assertion(const JsonRequest& request, Value body, JsonAwaited awaited,
                                InboundTurn& turn, JsonAwaitedTurn& all) {
  awaited.id = request.id;
  awaited.target = target_of(request);
  const std::int64_t handle = book_.next_handle();
  wire::Event& event = add_event(turn, wire::EventKind::publish, awaited.target);
  event.handle = handle;
  event.body = std::move(body);
  if (!request.id) return;
  book_.live.insert_or_assign(*request.id,
                              JsonLive{.kind = awaited.observer == 0 ? JsonLive::Kind::publication
                                                                     : JsonLive::Kind::subscription,
                                       .target = awaited.target,
                                       .handle = handle,
                                       .observer = awaited.observer});
  all.push_back(std::move(awaited));
}

void JsonSession::add_observe(const JsonRequest& request, const JsonRequest::Observe& observe,
                              InboundTurn& turn, JsonAwaitedTurn& all) {
  const std::int64_t observer = book_.next_entity();
  const NamedPattern& pattern = observe.pattern;
  book_.observers.emplace(
      observer,
      JsonObserver{.id = *request.id, .names = names_of(pattern), .counts = observe.count});
  Value interest = record("Observe", pattern.pattern.to_value(),
                          wire::wire_reference_to_value(mine(observer)), options_of(observe));
  add_assertion(request, std::move(interest),
                {.kind = JsonAwaited::Kind::observe, .observer = observer}, turn, all);
}

void JsonSession::add_retract(const JsonRequest& request, JsonId retracted, InboundTurn& turn,
                              JsonAwaitedTurn& all) {
  JsonAwaited awaited{.kind = JsonAwaited::Kind::retract, .id = request.id, .retracted = retracted};
  const auto found = book_.live.find(retracted);
  if (found != book_.live.end() && found->second.kind != JsonLive::Kind::asked) {
    const JsonLive& live = found->second;
    if (live.kind == JsonLive::Kind::rows) {
      tie_.engine().release_rows(tie_.session(), live.query);
    } else {
      add_event(turn, wire::EventKind::retract, live.target).handle = live.handle;
      awaited.target = live.target;
      awaited.observer = live.observer;
      awaited.before = live;
    }
    const auto observer = book_.observers.find(live.observer);
    if (observer != book_.observers.end()) observer->second.leaving = true;
    book_.live.erase(found);
  }
  if (request.id) book_.live.emplace(*request.id, JsonLive{});
  all.push_back(std::move(awaited));
}

void JsonSession::add_sync(const JsonRequest& request, InboundTurn& turn) {
  const std::int64_t peer = book_.next_entity();
  book_.syncs.emplace(peer, *request.id);
  book_.live.emplace(*request.id, JsonLive{});
  add_event(turn, wire::EventKind::sync, target_of(request)).body =
      wire::wire_reference_to_value(mine(peer));
}

void JsonSession::ask(const JsonRequest& request, const NamedPattern& pattern) {
  Query query;
  query.ticket = book_.next_ticket();
  query.target = target_of(request);
  query.patterns.push_back(pattern.pattern.to_value());
  query.options.emplace_back(interest_options(pattern.same, true));
  ask(request, std::move(query), names_of(pattern));
}

// A query without patterns.
void JsonSession::ask(const JsonRequest& request, std::uint64_t told_through) {
  Query query;
  query.ticket = book_.next_ticket();
  query.target = target_of(request);
  query.told_through = told_through;
  ask(request, std::move(query), nullptr);
}

void JsonSession::ask(const JsonRequest& request, Query query, CaptureNames names) {
  book_.live.emplace(*request.id, JsonLive{});
  book_.queries.emplace(query.ticket, JsonAwaitedQuery{*request.id, std::move(names)});
  tie_.engine().query(tie_.session(), std::move(query));
}

}  // namespace avow::server
