#pragma once

#include <deque>

#include "server/engine/session_table.hpp"

// Sessions that are to be told more than their turns: what they have missed, or more of a snapshot.
// Each comes to the end of the line when it has been told some. Those whose clients are told
// nothing until their snapshots are whole have them one after another, since all of one is in
// memory meanwhile.

namespace avow::server {

class CatchUpLine {
 public:
  /// `sessions` must outlive it.
  explicit CatchUpLine(const SessionTable& sessions) : sessions_(sessions) {}

  /// Unless it stands there already.
  void add(ClientSession& session);
  /// Takes out the first who need not wait for another; nothing if there is none.
  [[nodiscard]] ClientSession* next();
  [[nodiscard]] bool empty() const { return line_.empty() && waiting_.empty(); }
  void clear();

 private:
  [[nodiscard]] bool must_wait(const ClientSession& session);
  [[nodiscard]] bool is_one_in_progress() const;

  const SessionTable& sessions_;
  std::deque<SessionId> line_;
  std::deque<SessionId> waiting_;  // For the snapshot of `whole_`.
  SessionId whole_{};
};

}  // namespace avow::server
