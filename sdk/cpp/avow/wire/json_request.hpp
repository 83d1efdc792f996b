#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"
#include "avow/model/limits.hpp"
#include "avow/model/pattern_text.hpp"
#include "avow/model/value.hpp"
#include "avow/wire/json_document.hpp"

// What clients of the JSON subprotocol ask for: one object is one request, a list of them is one
// turn. docs/PROTOCOL.md shows each of them.
//
//   {"publish": VALUE, "id": 7, "to": {"$ref": 4}}      {"retract": 7}
//   {"send": VALUE}                                     {"sync": true, "id": 8}
//   {"observe": PATTERN, "id": 9, "with": {"room": VALUE}, "count": true, "others": true}
//   {"query": PATTERN, "id": 10}                        {"open": "<ref …>", "id": 1}
//   {"commit": [OPERATION, …], "id": 11}                {"take": PATTERN, "id": 12}
//   {"lease": MILLISECONDS, "id": 13}                   {"acknowledge": 7}
//   {"last-turn": [OPERATION, …], "id": 15}
//   {"resume": "TOKEN", "received": 7, "id": 14}
//   {"observe": PATTERN, "from": 41, "epoch": "5c1f0e62b7a94d38", "else": "resync", "id": 16}
//   {"observe": PATTERN, "policy": "pause", "credit": {"turns": 10, "bytes": 65536}, "id": 17}
//   {"observe": PATTERN, "conflate": {"key": ["item"], "every": 250}, "id": 18}
//   {"grant": 17, "turns": 10, "id": 19}
//
// Where VALUE or PATTERN is a JSON string directly under its key it is text as people type it;
// otherwise it is the JSON form of a value, or of a wire pattern.

namespace avow::wire {

/// Chosen by the client: a whole number from 0 to 2^53.
using JsonId = std::uint64_t;

struct JsonRequest {
  struct Publish {
    Value fact;
  };
  struct Send {
    Value message;
  };
  struct Observe {
    NamedPattern pattern;
    bool count = false;   ///< How many facts have the same captures is told, and not the facts.
    bool others = false;  ///< Interests of the session's own are left out.
    DeliveryOptions delivery{};
  };
  struct Query {
    NamedPattern pattern;
  };
  /// What request `id` has published or observed.
  struct Retract {
    JsonId id = 0;
  };
  struct Sync {};
  /// Until the subscriptions of the session have been told everything up to that revision.
  struct Wait {
    std::uint64_t revision = 0;
  };
  struct Open {
    Value reference;
    std::uint64_t grace_ms = 0;  ///< How long the session is to outlive a lost connection.
  };
  /// Goes on with a session whose connection was lost, or is about to be.
  struct Resume {
    Bytes token;
    std::uint64_t received = 0;  ///< The number of the last that was taken in.
    std::optional<std::string> space;
    std::optional<std::uint64_t> epoch;
  };
  /// Everything up to `number` has been taken in.
  struct Acknowledge {
    std::uint64_t number = 0;
  };
  /// Asked of the keeper: `commit`; `take`, which is a commit of that one operation; `last-turn`,
  /// which is one for the case that the session is lost.
  struct Commit {
    bool is_last_turn = false;
    Value operations;                 ///< `[op …]`, see avow/wire/keeper.hpp.
    Value options;                    ///< A dictionary.
    std::vector<NamedPattern> takes;  ///< Of each operation that takes, in order.
  };
  struct Lease {
    std::uint64_t ttl_ms = 0;
  };
  /// What request `id` observes may be told so much more.
  struct Grant {
    JsonId id = 0;
    DeliveryCredit credit{};
  };

  std::optional<JsonId> id;  ///< Of this request; there is one wherever more than `ok` comes back.
  std::optional<std::int64_t>
      to;  ///< The server's number of the entity, where it is not the space.
  std::variant<Publish, Send, Observe, Query, Retract, Sync, Wait, Open, Commit, Lease, Resume,
               Acknowledge, Grant>
      what;
};

struct JsonRequestLimits {
  JsonLimits json;
  ValueLimits value;
  PatternLimits pattern;
  std::size_t requests_max = 65'536;
};

/// One request as it came: its id can be read even where the rest cannot.
struct ReceivedJsonRequest {
  std::optional<JsonId> id;
  /// Errors: `bad-request` (an unknown or missing key, or one of the wrong type), and those of
  /// values, texts and patterns.
  Result<JsonRequest> request;
};

/// The requests of one message.
/// Errors: `bad-json`, `bad-request` (neither an object nor a list of them), `limit`.
[[nodiscard]] Result<std::vector<ReceivedJsonRequest>> read_json_requests(
    std::string_view message, const JsonRequestLimits& limits = {});

}  // namespace avow::wire
