#include "server/session/resumable_conversation.hpp"

#include <utility>

namespace avow::server {

ResumableConversation::ResumableConversation(Engine& engine, ResumableSessions& sessions,
                                             Outbox::Framing framing, const Peer& peer,
                                             Shell& shell, Moment now,
                                             const ConversationLimits& limits)
    : engine_(engine), sessions_(sessions), line_(framing, peer, shell, now, limits) {}

void ResumableConversation::on_time(Moment now) {
  const std::optional<Moment> due = deadline();
  if (due && now >= *due) {
    fail(CloseCode::policy_violation, {"too-slow", "Nothing was said in time."});
  }
}

void ResumableConversation::shut_down() {
  fail(CloseCode::going_away, {"shutting-down", "The server is shutting down."});
}

void ResumableConversation::departed(Departure how) {
  if (session_ != nullptr) sessions_.leave(std::move(session_), how);
}

void ResumableConversation::written() {
  line_.outbox().written();
  if (session_ != nullptr) tie().settle_room();
}

void ResumableConversation::fail(CloseCode code, const Error& why) {
  if (line_.is_over()) return;
  tie().fail(frame_type(), farewell(why), code, why.detail);
}

void ResumableConversation::agree(Milliseconds asked, std::string place) {
  sessions_.agree(*session_, *this, asked, std::move(place));
}

Result<ResumableSession*> ResumableConversation::find(const ResumeRequest& asked) {
  if (tie().received() > 0) {
    return Error{"bad-request", "A session is resumed by the first request of a connection."};
  }
  ResumableSession* const found = sessions_.find(asked.token);
  if (found == nullptr) return Error{"session-gone", "No session waits under this resume token."};
  if (found->protocol() != session_->protocol()) {
    return Error{"wrong-session", "The session of this token speaks another subprotocol."};
  }
  if (asked.epoch && *asked.epoch != engine_.epoch()) {
    return Error{"wrong-session", "The session of this token is of another epoch."};
  }
  if (asked.place && *asked.place != found->tie().agreed()->place) {
    return Error{"wrong-session", "The session of this token is in another space."};
  }
  const Result<void> reach = found->tie().check_reach(asked.received);
  if (reach) return found;
  // Its client is here, and cannot go on with it: nobody else ever will.
  found->tie().end_if_lost_after(asked.received);
  return reach.error();
}

Result<void> ResumableConversation::resume(const ResumeRequest& asked) {
  const Result<ResumableSession*> found = find(asked);
  if (!found) {
    if (tie().received() == 0) not_resumed_ = found.error();
    return found.error();
  }
  session_->tie().departed(Departure::closed);
  session_ = sessions_.take(asked.token, *this);
  tie().attach(line_);
  not_resumed_.reset();
  return {};
}

std::unique_ptr<ResumableSession> ResumableConversation::hand_over() {
  const Error why{"taken-over", "The session goes on, on another connection."};
  session_->tie().detach();
  // What has not left yet is told on the other connection, and nowhere else.
  line_.drop_waiting();
  line_.push_farewell(frame_type(), farewell(why));
  line_.end(CloseCode::taken_over, why.detail);
  return std::move(session_);
}

}  // namespace avow::server
