#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "avow/base/clock.hpp"
#include "avow/base/result.hpp"
#include "avow/model/pattern.hpp"
#include "avow/model/value.hpp"
#include "server/engine/engine.hpp"
#include "server/store/stored.hpp"

// What `<commit [op …] options #:k>` asks for, read once and whole, before anything is looked at
// that it is about. docs/PROTOCOL.md has the table of operations and options.

namespace avow::server {

/// Why a request to a keeper cannot be read.
[[nodiscard]] inline Error bad_request(std::string sentence) {
  return {"bad-request", std::move(sentence)};
}

/// One operation of a commit.
struct CommitOp {
  enum class Kind : std::uint8_t {
    put,
    drop,
    slot,
    clear_slot,
    lease_to,
    renew,
    end,
    item,
    take,
    ack,
    send,
    outcome,
  };
  Kind kind{};
  std::uint64_t id = 0;     ///< Of lease_to, renew and end a lease; of ack an item.
  Value key{};              ///< Of slot and clear_slot.
  Value value{};            ///< Of put, drop, slot, lease_to, item and send.
  Pattern pattern{};        ///< Of take.
  TurnIdentity identity{};  ///< Of outcome: of which turn.
};

struct CommitRequest {
  std::vector<CommitOp> ops;
  std::vector<Interest> require;  ///< Each must match a fact.
  std::vector<Interest> absent;   ///< None may.
  std::optional<TurnIdentity> identity;
  Level level = Level::durable;
  std::optional<Milliseconds> timeout;  ///< How long to wait until it can be done.
  std::optional<Milliseconds> delay;    ///< Of a last turn: how long after the loss.
  bool consumes = false;                ///< What is taken is taken for good (`ack: #t`).

  /// Whether it leaves something to be written down. (Asking for an outcome may, see Outcomes.)
  [[nodiscard]] bool is_lasting() const;
};

/// Reads `<commit [op …] options #:k>`. Errors: `bad-request`, `bad-pattern`, `limit`,
/// `unsupported` (an unknown operation or option), `reference-not-durable`.
[[nodiscard]] Result<CommitRequest> read_commit(ValueView request, const EngineLimits& limits);
/// Reads `<last-turn [op …] options #:k>`, or that without the reference: what nobody is left to
/// hold or to be told (`take`, `ack`, `outcome`, `timeout`) is `unsupported` there. Errors: as
/// above.
[[nodiscard]] Result<CommitRequest> read_last_turn(ValueView request, const EngineLimits& limits);

/// `[client n]`. Errors: `bad-request`.
[[nodiscard]] Result<TurnIdentity> read_identity(ValueView value);
/// Milliseconds from `min` to `max`. Errors: `bad-request`.
[[nodiscard]] Result<Milliseconds> read_milliseconds(ValueView value, const char* what,
                                                     Milliseconds min, Milliseconds max);

}  // namespace avow::server
