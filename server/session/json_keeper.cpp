#include <algorithm>
#include <string>
#include <utility>

#include "avow/base/epoch.hpp"
#include "avow/wire/json_event.hpp"
#include "avow/wire/keeper.hpp"
#include "server/session/json_session.hpp"

// Commits, takes, leases and last turns of JSON clients. On the wire below they are what any client
// can do itself: an assertion at the keeper of the space, with an entity of the conversation's to
// be answered at. Once it is answered, the assertion is taken back.

namespace avow::server {

using wire::JsonRequest;

// Without `to`, the keeper of the space that was opened last; with the reference of a space that
// was opened, the keeper of that; else the reference is a keeper's own, as the fact
// `<avow-service keeper #:ref>` tells it.
Result<void> JsonSession::find_keeper(const JsonRequest& request) {
  const std::int64_t target = target_of(request);
  const bool is_space = std::any_of(opened_.begin(), opened_.end(),
                                    [&](const OpenedSpace& space) { return space.oid == target; });
  if (!is_space || book_.keepers.contains(target)) return {};
  AVOW_TRY(const std::int64_t keeper, tie_.engine().open_keeper(tie_.session(), target));
  book_.keepers.emplace(target, keeper);
  return {};
}

std::int64_t JsonSession::keeper_for(const JsonRequest& request) const {
  const std::int64_t target = target_of(request);
  const auto keeper = book_.keepers.find(target);
  return keeper == book_.keepers.end() ? target : keeper->second;
}

void JsonSession::add_kept(const JsonRequest& request, InboundTurn& turn, JsonAwaitedTurn& all) {
  const std::int64_t entity = book_.next_entity();
  const Value answer = wire::wire_reference_to_value(
      {.owner = wire::WireReference::Owner::sender, .oid = wire::Number(entity), .caveats = {}});
  JsonKeptRequest kept{
      .id = *request.id, .target = keeper_for(request), .handle = book_.next_handle()};
  wire::Event& event = turn.events.emplace_back();
  event.kind = wire::EventKind::publish;
  event.target = kept.target;
  event.handle = kept.handle;
  if (const auto* commit = std::get_if<JsonRequest::Commit>(&request.what)) {
    const auto request_of =
        commit->is_last_turn ? wire::keeper::last_turn_request : wire::keeper::commit_request;
    event.body = request_of(commit->operations, commit->options, answer);
    kept.takes = commit->takes;
    if (commit->is_last_turn) kept.kind = JsonKeptRequest::Kind::last_turn;
  } else {
    event.body =
        wire::keeper::lease_request(std::get<JsonRequest::Lease>(request.what).ttl_ms, answer);
    kept.kind = JsonKeptRequest::Kind::lease;
  }
  book_.live.insert_or_assign(*request.id, JsonLive{.kind = JsonLive::Kind::kept,
                                                    .target = kept.target,
                                                    .handle = kept.handle,
                                                    .observer = entity});
  all.push_back({.kind = JsonAwaited::Kind::keep, .id = request.id, .observer = entity});
  book_.kept.emplace(entity, std::move(kept));
}

void JsonSession::tell_kept(std::int64_t entity, ValueView answer, JsonMessage& message) {
  const JsonKeptRequest& request = book_.kept.at(entity);
  switch (request.kind) {
    case JsonKeptRequest::Kind::commit:
      return tell_commit(entity, answer, message);
    case JsonKeptRequest::Kind::lease:
      return tell_lease(entity, answer, message);
    case JsonKeptRequest::Kind::last_turn:
      return tell_last_turn(entity, answer, message);
  }
}

void JsonSession::refuse_kept(std::int64_t entity, const Error& why, ValueView answer,
                              JsonMessage& message) {
  message.refused(book_.kept.at(entity).id, why, wire::keeper::read_retry_ms(answer));
  forget_kept(entity);
}

void JsonSession::tell_commit(std::int64_t entity, ValueView answer, JsonMessage& message) {
  const JsonKeptRequest& request = book_.kept.at(entity);
  const Result<wire::keeper::Committed> committed = wire::keeper::read_committed(answer);
  if (!committed) return refuse_kept(entity, committed.error(), answer, message);
  message.committed(request.id, space_once(), *committed, request.takes);
  forget_kept(entity);
}

void JsonSession::tell_last_turn(std::int64_t entity, ValueView answer, JsonMessage& message) {
  JsonKeptRequest& request = book_.kept.at(entity);
  if (const std::optional<std::uint64_t> revision = wire::keeper::read_withdrawn(answer)) {
    message.withdrawn(request.id, *revision);
    return forget_kept(entity);
  }
  const Result<wire::keeper::Done> kept = wire::keeper::read_done(answer);
  if (!kept) return refuse_kept(entity, kept.error(), answer, message);
  if (!std::exchange(request.is_answered, true)) message.kept(request.id, space_once(), *kept);
}

void JsonSession::tell_lease(std::int64_t entity, ValueView answer, JsonMessage& message) {
  JsonKeptRequest& request = book_.kept.at(entity);
  if (const std::optional<wire::keeper::LeaseEnd> end = wire::keeper::read_lease_end(answer)) {
    message.lease_ended(request.id, *end);
    return forget_kept(entity);
  }
  if (std::exchange(request.is_answered, true)) return;
  const Result<wire::keeper::Leased> lease = wire::keeper::read_leased(answer);
  if (!lease) return refuse_kept(entity, lease.error(), answer, message);
  message.leased(request.id, space_once(), *lease);
}

// The answer to a retraction comes after all that was told before it: what has not been answered by
// now was not done, and never will be.
void JsonSession::tell_unanswered(std::int64_t entity, JsonMessage& message) {
  const auto kept = book_.kept.extract(entity);
  if (kept.empty() || kept.mapped().is_answered) return;
  message.error(kept.mapped().id,
                {"retracted", "The request was retracted before it was done; nothing of it was."});
}

// It is over: the assertion goes, and with it the answer.
void JsonSession::forget_kept(std::int64_t entity) {
  const auto kept = book_.kept.extract(entity);
  const auto live = book_.live.find(kept.mapped().id);
  if (live == book_.live.end() || live->second.observer != entity) return;  // It was retracted.
  book_.live.erase(live);
  InboundTurn turn;
  turn.ticket = book_.next_ticket();
  wire::Event& event = turn.events.emplace_back();
  event.kind = wire::EventKind::retract;
  event.target = kept.mapped().target;
  event.handle = kept.mapped().handle;
  tie_.engine().submit(tie_.session(), std::move(turn));
}

// ---- as text --------------------------------------------------------------------------------

void JsonMessage::committed(JsonId id, const std::optional<JsonSpaceInfo>& space,
                            const wire::keeper::Committed& answer,
                            const std::vector<NamedPattern>& takes) {
  begin("ok", id);
  if (space) member("space", space->name);
  done_at(answer.revision, answer.seq, answer.epoch, answer.level);
  text_ += R"(,"results":[)";
  auto take = takes.begin();
  std::string_view comma;
  for (const Value& one : answer.results) {
    text_ += comma;
    const bool is_taken = wire::keeper::read_taken(one).has_value();
    result(one, is_taken && take != takes.end() ? &*take++ : nullptr);
    comma = ",";
  }
  text_ += ']';
  if (answer.replayed) text_ += R"(,"replayed":true)";
  if (!answer.not_held.empty()) {
    text_ += R"(,"not-held":)";
    comma = "[";
    for (const std::uint64_t item : answer.not_held) {
      text_ += comma;
      wire::append_json_number(text_, item);
      comma = ",";
    }
    text_ += ']';
  }
  end();
}

void JsonMessage::done_at(std::uint64_t revision, std::uint64_t seq, std::uint64_t epoch,
                          avow::Level level) {
  member("rev", revision);
  member("seq", seq);
  member("epoch", epoch_text(epoch));
  member("level", name_of(level));
}

// What was taken is told like a fact that is found; every other result is a value.
void JsonMessage::result(ValueView result, const NamedPattern* take) {
  const std::optional<wire::keeper::TakenItem> taken = wire::keeper::read_taken(result);
  if (!taken) return wire::append_json(text_, result, wire::JsonAuthor::server);
  text_ += R"({"id":)";
  wire::append_json_number(text_, taken->id);
  text_ += R"(,"value":)";
  wire::append_json(text_, taken->value, wire::JsonAuthor::server);
  const std::optional<Value> captures =
      take == nullptr ? std::nullopt : take->pattern.match(taken->value);
  if (captures) {
    text_ += ',';
    wire::append_json_captures(text_, *captures, 0, take->names, wire::JsonAuthor::server);
  }
  if (taken->acked) text_ += R"(,"acked":true)";
  text_ += '}';
}

void JsonMessage::leased(JsonId id, const std::optional<JsonSpaceInfo>& space,
                         const wire::keeper::Leased& lease) {
  begin("ok", id);
  if (space) member("space", space->name);
  member("lease", lease.id);
  done_at(lease.revision, lease.seq, lease.epoch, lease.level);
  end();
}

void JsonMessage::kept(JsonId id, const std::optional<JsonSpaceInfo>& space,
                       const wire::keeper::Done& answer) {
  begin("ok", id);
  if (space) member("space", space->name);
  done_at(answer.revision, answer.seq, answer.epoch, answer.level);
  end();
}

void JsonMessage::withdrawn(JsonId id, std::uint64_t revision) {
  begin("withdrawn", id);
  member("rev", revision);
  end();
}

void JsonMessage::lease_ended(JsonId id, const wire::keeper::LeaseEnd& end) {
  begin(end.expired ? "expired" : "ended", id);
  member("rev", end.revision);
  this->end();
}

void JsonMessage::refused(JsonId id, const Error& why, std::optional<std::uint64_t> retry_ms) {
  text_ += text_.empty() ? "[{" : ",{";
  wire::append_json_error(text_, id, why);
  if (retry_ms) member("retry", *retry_ms);
  end();
}

}  // namespace avow::server
