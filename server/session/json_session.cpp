#include "server/session/json_session.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "avow/capability/sturdy_reference.hpp"

namespace avow::server {
namespace {

using wire::JsonRequest;

// No server allows a grace that is anywhere near.
constexpr std::uint64_t grace_ms_max = 1'000'000'000;

bool is_open(const JsonRequest& request) {
  return std::holds_alternative<JsonRequest::Open>(request.what);
}

bool is_for_keeper(const JsonRequest& request) {
  return std::holds_alternative<JsonRequest::Commit>(request.what) ||
         std::holds_alternative<JsonRequest::Lease>(request.what);
}

bool is_last_turn(const JsonRequest& request) {
  const auto* commit = std::get_if<JsonRequest::Commit>(&request.what);
  return commit != nullptr && commit->is_last_turn;
}

bool is_grant(const JsonRequest& request) {
  return std::holds_alternative<JsonRequest::Grant>(request.what);
}

bool is_about_session(const JsonRequest& request) {
  return std::holds_alternative<JsonRequest::Resume>(request.what) ||
         std::holds_alternative<JsonRequest::Acknowledge>(request.what);
}

// Whether that request, which could be read, may stand at its place among those of one message.
Result<void> check_place(const std::vector<wire::ReceivedJsonRequest>& received, std::size_t at) {
  const JsonRequest& request = *received[at].request;
  if (is_open(request) && at > 0) {
    return Error{"bad-request", "In a list of requests, \"open\" comes first."};
  }
  if (is_about_session(request)) {
    return Error{"bad-request", "A \"resume\" or an \"acknowledge\" stands alone in its message."};
  }
  if (is_grant(request) && received.size() > 1) {
    return Error{"bad-request",
                 "A \"grant\" is no part of a turn: it stands alone in its message."};
  }
  // To replace one is one turn.
  if (is_last_turn(request) && at + 1 == received.size()) return {};
  const bool is_alone =
      received.size() == 1 ||
      (received.size() == 2 && at == 1 && received[0].request && is_open(*received[0].request));
  if (!is_for_keeper(request) || is_alone) return {};
  return Error{
      "bad-request",
      "A commit, a take or a lease is a turn of its own: send it in a message of its own. A last "
      "turn may come last in a list."};
}

// The ids that are taken while the requests of one message are looked at, one after another.
class IdCheck {
 public:
  explicit IdCheck(const JsonBook& book) : book_(book) {}

  Result<void> take(const JsonRequest& request) {
    if (const auto* retract = std::get_if<JsonRequest::Retract>(&request.what)) {
      freed_.insert(retract->id);
      taken_.erase(retract->id);
    }
    if (!request.id) return {};
    const bool is_live = book_.live.contains(*request.id) && !freed_.contains(*request.id);
    if (!is_live && taken_.insert(*request.id).second) return {};
    return Error{"id-in-use", "The id " + std::to_string(*request.id) +
                                  " is live: choose another, or retract what it stands for."};
  }

 private:
  const JsonBook& book_;
  std::set<JsonId> taken_;
  std::set<JsonId> freed_;
};

}  // namespace

JsonSession::JsonSession(Engine& engine, Line& line, Agree agree)
    : tie_(engine, *this, line), agree_(std::move(agree)) {}

void JsonSession::take_requests(Received received) {
  const std::vector<std::optional<Error>> faults = find_faults(received);
  const auto is_fault = [](const std::optional<Error>& fault) { return fault.has_value(); };
  if (std::any_of(faults.begin(), faults.end(), is_fault)) return refuse(received, faults);

  if (!received.empty() && is_grant(*received.front().request)) {
    return grant(*received.front().request);
  }
  std::vector<const JsonRequest*> requests;
  for (const wire::ReceivedJsonRequest& each : received) {
    if (!is_open(*each.request)) requests.push_back(&*each.request);
  }
  run(requests);
}

// What is wrong with each request. Opening happens here: whether it works decides on the rest.
std::vector<std::optional<Error>> JsonSession::find_faults(const Received& received) {
  std::vector<std::optional<Error>> faults(received.size());
  IdCheck ids(book_);
  bool any = false;
  for (std::size_t i = 0; i < received.size(); ++i) {
    Result<void> checked;
    if (!received[i].request) {
      checked = received[i].request.error();
    } else if (checked = ids.take(*received[i].request); checked) {
      checked = check_place(received, i);
      if (checked) checked = check(*received[i].request);
    }
    if (!checked) faults[i] = std::move(checked).error();
    any = any || faults[i].has_value();
  }
  if (any || received.empty()) return faults;
  const JsonRequest& first = *received.front().request;
  Result<void> opened = is_open(first) ? open(first) : open_by_default();
  const JsonRequest& last = *received.back().request;
  if (!opened) {
    faults.front() = std::move(opened).error();
  } else if (is_for_keeper(last)) {
    if (Result<void> found = find_keeper(last); !found) faults.back() = std::move(found).error();
  }
  return faults;
}

void JsonSession::refuse(const Received& received,
                         const std::vector<std::optional<Error>>& faults) {
  JsonMessage message;
  const Error other{"turn-refused",
                    "Another request of the same message was refused, so nothing of it was done."};
  for (std::size_t i = 0; i < received.size(); ++i) {
    if (faults[i]) {
      message.error(received[i].id, *faults[i]);
    } else if (received[i].id) {
      message.error(received[i].id, other);
    }
  }
  say(std::move(message));
}

Result<void> JsonSession::open(const JsonRequest& request) {
  const auto& [reference, grace_ms] = std::get<JsonRequest::Open>(request.what);
  AVOW_TRY(OpenedSpace opened, tie_.engine().open_space(tie_.session(), reference));
  opened_.push_back(std::move(opened));
  told_space_ = true;
  if (grace_ms > 0 && !tie_.agreed()) {
    agree_(Milliseconds(std::min(grace_ms, grace_ms_max)), opened_.front().name);
  }
  if (!request.id) return {};
  const OpenedSpace& space = opened_.back();
  JsonMessage message;
  message.ok({.id = *request.id,
              .space = JsonSpaceInfo{space.name, space.epoch, space.oid},
              .revision = space.revision,
              .seq = space.seq,
              .agreed = grace_ms > 0 ? &tie_.agreed() : nullptr});
  say(std::move(message));
  return {};
}

Result<void> JsonSession::open_by_default() {
  if (!opened_.empty()) return {};
  Result<OpenedSpace> opened =
      tie_.engine().open_space(tie_.session(), development_reference().to_value());
  if (!opened) {
    return Error{opened.error().code,
                 "This server wants a reference first: {\"open\": \"<ref …>\", \"id\": 1}."};
  }
  opened_.push_back(*std::move(opened));
  return {};
}

void JsonSession::say(JsonMessage message) {
  if (message.empty() || tie_.is_over()) return;
  if (tie_.agreed()) {
    message.number(tie_.told() + 1, tie_.received());
    tie_.acknowledged();
  }
  tie_.push(FrameType::text, std::move(message).finish());
}

void JsonSession::tell(const Error& why) {
  JsonMessage message;
  message.error(std::nullopt, why);
  say(std::move(message));
}

Bytes JsonSession::resumed(JsonId id) const {
  const OpenedSpace& space = opened_.front();
  JsonMessage message;
  message.resumed(id, {space.name, space.epoch}, tie_.received(), *tie_.agreed());
  return std::move(message).finish();
}

Bytes JsonSession::farewell(const Error& why) {
  JsonMessage message;
  message.error(std::nullopt, why);
  return std::move(message).finish();
}

}  // namespace avow::server
