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

/// Something asked of the space's keeper: the assertion `<label field … #:answer>` there.
struct KeeperRequest {
  /// What to do if the link is lost before it is answered.
  enum class AfterLoss : std::uint8_t {
    ask_again,    ///< Doing it twice is harmless.
    ask_by_name,  ///< It carries a turn id: the same server does it once, however often asked.
    forget,       ///< It means nothing on another connection.
    say_again,    ///< It stands for as long as the client wants: answered or not, on each.
  };
  std::string label;
  std::vector<Value> fields;
  AfterLoss after_loss = AfterLoss::ask_again;
  /// Where it names items that are held: the connection that they are held by.
  std::optional<std::uint64_t> connection{};
  /// It stays after its first answer, and may be told more.
  bool stays = false;
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
  /// The keeper's answer (a record), or why there is none.
  struct Kept {
    ClientId request;
    Result<Value> answer;
  };
  struct Opened {
    ServerInfo info;
    bool resumed = false;  ///< It was open before, and is as it was.
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
  std::variant<Told, Settled, Answered, Found, Synced, Kept, Opened, NotOpened, Ended, Problem>
      what;
};
/// What one turn of the server comes to. What is done while it is told is one turn.
using Notices = std::vector<Notice>;

}  // namespace avow
