#include "server/engine/output_gate.hpp"

#include <algorithm>
#include <utility>

namespace avow::server {
namespace {

std::size_t own_bytes(const OutboundTurn& turn) {
  std::size_t bytes =
      sizeof(OutboundTurn) + turn.events().size_bytes() + turn.topics().size_bytes();
  for (const Value& body : turn.bodies()) bytes += sizeof(Value) + body.bytes().size();
  return bytes;
}

std::size_t shared_bytes(const TurnContent& content) {
  std::size_t bytes = sizeof(TurnContent) + content.changes().size_bytes();
  for (const SharedChange& change : content.changes()) bytes += change.size;
  return bytes;
}

std::size_t bytes_of_answer(const QueryAnswer& answer) {
  return sizeof(QueryAnswer) + answer.rows.size() * sizeof(QueryRow) + answer.bytes.size();
}

}  // namespace

void OutputGate::pass(ClientSession& to, std::unique_ptr<OutboundTurnWriter>& finished,
                      std::uint64_t cause) {
  if (must_wait(to, cause)) return hold(to, cause, {to.id, std::move(finished)});
  if (to.port != nullptr) to.port->turn(finished->turn());
}

void OutputGate::pass(ClientSession& to, QueryAnswer answer, std::uint64_t cause) {
  if (must_wait(to, cause)) return hold(to, cause, {to.id, std::move(answer)});
  if (to.port != nullptr) to.port->answer(answer);
}

void OutputGate::pass_end(ClientSession& to, Error why) {
  SessionPort* const port = std::exchange(to.port, nullptr);
  if (port == nullptr) return;
  if (!must_wait(to, 0)) return port->ended(why);
  leaving_.emplace(to.id, port);
  hold(to, 0, {to.id, std::move(why)});
}

void OutputGate::hold(ClientSession& to, std::uint64_t cause, Held held) {
  to.held_through = std::max(to.held_through, cause);
  count(held);
  held_[to.held_through].push_back(std::move(held));
}

void OutputGate::note_committed(std::uint64_t seq) { committed_ = std::max(committed_, seq); }

void OutputGate::release() {
  while (!held_.empty() && held_.begin()->first <= committed_) {
    auto released = held_.extract(held_.begin());
    for (Held& held : released.mapped()) tell(held);
  }
}

void OutputGate::tell(Held& held) {
  uncount(held);
  SessionPort* const port = port_of(held.to);
  if (port == nullptr) return;
  if (const auto* const writer = std::get_if<std::unique_ptr<OutboundTurnWriter>>(&held.what)) {
    port->turn((*writer)->turn());
  } else if (const auto* const answer = std::get_if<QueryAnswer>(&held.what)) {
    port->answer(*answer);
  } else {
    leaving_.erase(held.to);
    port->ended(std::get<Error>(held.what));
  }
}

SessionPort* OutputGate::port_of(SessionId session) const {
  if (const ClientSession* const living = sessions_.find(session)) return living->port;
  const auto leaving = leaving_.find(session);
  return leaving == leaving_.end() ? nullptr : leaving->second;
}

void OutputGate::fail(const Error& why) {
  held_.clear();
  contents_.clear();
  held_bytes_ = 0;
  for (const auto& [session, port] : std::exchange(leaving_, {})) port->ended(why);
}

void OutputGate::count(const Held& held) {
  if (const auto* const answer = std::get_if<QueryAnswer>(&held.what)) {
    held_bytes_ += bytes_of_answer(*answer);
  } else if (const auto* const writer =
                 std::get_if<std::unique_ptr<OutboundTurnWriter>>(&held.what)) {
    const OutboundTurn& turn = (*writer)->turn();
    held_bytes_ += own_bytes(turn);
    SharedContent& content = contents_[&turn.content()];
    if (content.holders++ > 0) return;
    content.bytes = shared_bytes(turn.content());
    held_bytes_ += content.bytes;
  }
}

void OutputGate::uncount(const Held& held) {
  if (const auto* const answer = std::get_if<QueryAnswer>(&held.what)) {
    held_bytes_ -= bytes_of_answer(*answer);
  } else if (const auto* const writer =
                 std::get_if<std::unique_ptr<OutboundTurnWriter>>(&held.what)) {
    const OutboundTurn& turn = (*writer)->turn();
    held_bytes_ -= own_bytes(turn);
    const auto content = contents_.find(&turn.content());
    if (--content->second.holders > 0) return;
    held_bytes_ -= content->second.bytes;
    contents_.erase(content);
  }
}

}  // namespace avow::server
