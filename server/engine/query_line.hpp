#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "server/base/ids.hpp"
#include "server/engine/query.hpp"

// Queries that wait until their space has been searched for what they ask, one after another. The
// sessions take turns, each with its own in the order in which it asked them: so nobody waits for
// all that another asks.

namespace avow::server {

class QueryLine {
 public:
  struct Waiting {
    SessionId session{};
    Query query;
  };

  void add(SpaceId space, Waiting waiting);
  /// How many of the session wait.
  [[nodiscard]] std::size_t count(SessionId session) const;
  /// The one that the space is searched for, or nothing. Borrowed until the line changes.
  [[nodiscard]] const Waiting* first(SpaceId space) const;
  /// The same, which waits no longer.
  Waiting take_first(SpaceId space);
  /// Those of the session, or only the one with `ticket`, wait no longer. The spaces that were
  /// searched for one of them.
  std::vector<SpaceId> forget(SessionId session, std::optional<Ticket> ticket = std::nullopt);

 private:
  struct Line {
    std::deque<SessionId> sessions;  // In the order of their turns.
    std::map<SessionId, std::deque<Waiting>> queries;
  };

  // Whether the first of the line was among them.
  static bool forget(Line& line, SessionId session, std::optional<Ticket> ticket);

  std::map<SpaceId, Line> lines_;  // None is empty.
};

}  // namespace avow::server
