#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "avow/client/change.hpp"
#include "avow/client/space.hpp"

// What goes into a relay and what comes out of it. Publications, subscriptions, queries, syncs and
// tickets are named by numbers of one counter of the client, which begins at 1.

namespace avow {

using ClientId = std::uint64_t;

/// One thing that a turn of this client does.
struct Part {
  struct Publish {
    ClientId id;
    Value fact;
  };
  struct Retract {
    ClientId id;
  };
  struct Send {
    Value message;
  };
  struct Observe {
    ClientId id;
    Query query;
  };
  struct Unobserve {
    ClientId id;
  };
  std::variant<Publish, Retract, Send, Observe, Unobserve> what;
};

struct TurnRequest {
  std::vector<Part> parts;
  /// Answered when the turn has been applied or refused.
  std::vector<ClientId> tickets;
  /// Whether it may become several turns if it is very large.
  bool may_split = false;
};

/// One thing that the client learns.
struct Notice {
  struct Told {
    ClientId subscription;
    Change change;
  };
  /// A publication was taken for the first time, or refused (it is forgotten then).
  struct Settled {
    ClientId publication;
    Result<Receipt> outcome;
  };
  struct Answered {
    ClientId ticket;
    Result<Receipt> outcome;
  };
  struct Found {
    ClientId query;
    Result<Rows> outcome;
  };
  struct Synced {
    ClientId sync;
    std::uint64_t revision;
  };
  struct Opened {
    ServerInfo info;
  };
  /// The server will not open the space. The connection is of no use.
  struct NotOpened {
    Error why;
    bool is_final;  ///< Asking again would be in vain.
  };
  /// The server ends the session.
  struct Ended {
    Error why;
  };
  /// Something that concerns nobody in particular.
  struct Problem {
    Error error;
  };
  std::variant<Told, Settled, Answered, Found, Synced, Opened, NotOpened, Ended, Problem> what;
};
/// What one turn of the server comes to. What is done while it is told is one turn.
using Notices = std::vector<Notice>;

}  // namespace avow
