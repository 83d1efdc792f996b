#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <variant>
#include <vector>

#include "avow/base/result.hpp"
#include "server/engine/client_session.hpp"
#include "server/engine/session_table.hpp"

// Whatever the engine tells anybody passes here, in order. An outbound turn may leave when every
// durable turn up to and including its cause, in the spaces that it touches and of the session that
// caused it, is committed; a session's turns never overtake one another. So nobody sees what could
// still be lost, and spaces do not wait for each other.
//
// Whoever passes something says by a number what it has to wait for: the last durable turn that it
// could betray. Since the journal commits in the order of these numbers, one comparison tells
// whether it may leave, and what waits is kept by number. A session remembers the highest number
// that anything of it waits for, and nothing later of it asks for less: so nothing overtakes.
//
// What need not wait is told within the call, and costs that comparison. What must wait is taken
// over with the writer that holds it: the writer owns the events and bodies and has a share in the
// content, and another one is used for the next turn.

namespace avow::server {

class OutputGate {
 public:
  explicit OutputGate(const SessionTable& sessions) : sessions_(sessions) {}

  /// Tells `to` a finished turn once all turns up to `cause` are committed. If that is not now,
  /// `finished` is taken.
  void pass(ClientSession& to, std::unique_ptr<OutboundTurnWriter>& finished, std::uint64_t cause);
  void pass(ClientSession& to, QueryAnswer answer, std::uint64_t cause);
  /// The session is over: the last that is told it. It leaves the table of sessions after this.
  void pass_end(ClientSession& to, Error why);
  /// The port of a session that is over must not be used any more.
  void forget(SessionId session) { leaving_.erase(session); }

  /// Turns up to `seq` are committed: from now on nothing waits for them. May be called while a
  /// turn runs; what has waited is told by `release`.
  void note_committed(std::uint64_t seq);
  void release();
  /// Nothing that waits may ever be told. Sessions that are over hear `why`.
  void fail(const Error& why);

  [[nodiscard]] std::uint64_t committed() const { return committed_; }
  /// Whether anything waits.
  [[nodiscard]] bool is_holding() const { return !held_.empty(); }
  /// Memory that what waits takes, about. What sessions share counts once.
  [[nodiscard]] std::size_t held_bytes() const { return held_bytes_; }

 private:
  struct Held {
    SessionId to{};
    std::variant<std::unique_ptr<OutboundTurnWriter>, QueryAnswer, Error> what;
  };
  struct SharedContent {
    std::size_t holders = 0;
    std::size_t bytes = 0;
  };

  [[nodiscard]] bool must_wait(const ClientSession& to, std::uint64_t cause) const {
    return std::max(to.held_through, cause) > committed_;
  }
  void hold(ClientSession& to, std::uint64_t cause, Held held);
  void tell(Held& held);
  [[nodiscard]] SessionPort* port_of(SessionId session) const;
  void count(const Held& held);
  void uncount(const Held& held);

  const SessionTable& sessions_;
  std::uint64_t committed_ = 0;
  /// By what they wait for, then in order.
  std::map<std::uint64_t, std::vector<Held>> held_;
  /// Ports of sessions that are over and have not heard it yet.
  std::map<SessionId, SessionPort*> leaving_;
  boost::unordered_flat_map<const TurnContent*, SharedContent> contents_;
  std::size_t held_bytes_ = 0;
};

}  // namespace avow::server
