#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "avow/wire/json_request.hpp"
#include "server/engine/session_port.hpp"

// What one JSON conversation keeps: which ids are live and what they stand for, whom events are
// for, and what its turns and queries are waiting for. In the engine's eyes the conversation is a
// client with entities: those with numbers from 0 are the client's own (`$mine`), those below 0 are
// the conversation's, one for each subscription, sync
// and request at the keeper.

namespace avow::server {

using wire::JsonId;

/// What the captures of a pattern are called. Shared by the subscription and the bytes it is told.
using CaptureNames = std::shared_ptr<const std::vector<std::string>>;

/// What a live id stands for.
struct JsonLive {
  enum class Kind : std::uint8_t {
    asked,         ///< A request that is not answered yet.
    publication,   ///< Until it is retracted.
    subscription,  ///< Likewise.
    rows,          ///< A query whose rows hold references, until it is retracted.
    kept,          ///< A request at the keeper: until it is answered; see below.
  };
  Kind kind = Kind::asked;
  std::int64_t target = 0;    ///< Of the assertion.
  std::int64_t handle = 0;    ///< Of the assertion.
  std::int64_t observer = 0;  ///< The number of the entity that is told, if there is one.
  Ticket query{};             ///< Of rows.
};

/// One subscription, as its events see it.
struct JsonObserver {
  JsonId id = 0;
  CaptureNames names;
  bool counts = false;  ///< The number of facts is told, and not the facts.
  /// A turn that retracts it is under way: what it is told of its own end is kept from the client.
  bool leaving = false;
  /// How its beginning was told, once it was.
  enum class Beginning : std::uint8_t { untold, in_parts, synced, refused };
  Beginning beginning = Beginning::untold;
  /// Appearances that mention references, as they were told; needed when they go.
  std::map<std::uint64_t, std::string> told{};
};

/// One request at the keeper, as its answer sees it. A commit is over when it is answered, a lease
/// when it has ended, a last turn when it is retracted or withdrawn.
struct JsonKeptRequest {
  JsonId id = 0;
  std::int64_t target = 0;  ///< The keeper.
  std::int64_t handle = 0;  ///< Of the request, which is an assertion.
  /// Of a commit: what it takes, so that captures can be told by name.
  std::vector<NamedPattern> takes{};
  enum class Kind : std::uint8_t { commit, lease, last_turn };
  Kind kind = Kind::commit;
  bool is_answered = false;
};

/// One request of a turn that has been handed to the engine, and whose outcome is to be told.
struct JsonAwaited {
  enum class Kind : std::uint8_t { publish, send, observe, retract, keep };
  Kind kind{};
  std::optional<JsonId> id{};
  std::int64_t target = 0;
  std::int64_t observer = 0;  ///< The entity that is told, also of what is retracted.
  JsonId retracted = 0;
  /// What the retracted id stood for: again does, if the turn is refused.
  std::optional<JsonLive> before{};
};
using JsonAwaitedTurn = std::vector<JsonAwaited>;

struct JsonAwaitedQuery {
  JsonId id = 0;
  CaptureNames names;
};

/// Everything under the name by which it is looked up. Ids come from the client, so the tables that
/// have them are ordered ones, which nobody can make slow.
struct JsonBook {
  std::map<JsonId, JsonLive> live;
  std::map<std::int64_t, JsonObserver> observers;
  std::map<std::int64_t, JsonId> syncs;  ///< By the peer that is to be told.
  std::map<std::int64_t, JsonKeptRequest> kept;
  std::map<Ticket, JsonAwaitedTurn> turns;
  std::map<Ticket, JsonAwaitedQuery> queries;

  [[nodiscard]] std::int64_t next_handle() { return ++last_handle; }
  [[nodiscard]] Ticket next_ticket() { return Ticket{++last_ticket}; }
  /// The keepers of spaces that have been asked for, by the spaces' references.
  std::map<std::int64_t, std::int64_t> keepers;

  /// A number for an entity of the conversation's own: -1, -2 …
  [[nodiscard]] std::int64_t next_entity() { return --last_entity; }

  std::int64_t last_handle = 0;
  std::uint64_t last_ticket = 0;
  std::int64_t last_entity = 0;
};

}  // namespace avow::server
