#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "avow/base/result.hpp"
#include "avow/model/value.hpp"
#include "server/engine/engine.hpp"

// What a keeper answers: `<ok {…}>` and `<error {…}>`.

namespace avow::server {

/// What came of one operation.
struct OpResult {
  enum class Kind : std::uint8_t {
    changed,
    unchanged,
    sent,
    item,
    taken,  ///< And held.
    taken_for_good,
    committed,
    impossible,
  };
  Kind kind{};
  /// Observers reached (before it is answered: the number of the message), an item's id, or the
  /// revision of a turn.
  std::uint64_t number = 0;
  std::uint64_t seq = 0;  ///< Of a turn that was committed.
  Value value{};          ///< What was taken.
};

/// Where and how something was done.
struct DoneAt {
  std::uint64_t revision = 0;
  std::uint64_t seq = 0;
  std::uint64_t epoch = 0;
  Level level = Level::accepted;
};

/// `<ok {rev: r seq: s epoch: e level: l results: […]}>`.
[[nodiscard]] Value commit_answer(const DoneAt& at, const std::vector<OpResult>& results);
/// The same, with `replayed: #t`; and, if the session that asks again does not hold all items that
/// the turn took to be held, `not-held: [id …]` with those that it does not.
[[nodiscard]] Value replayed_answer(ValueView answer, const std::vector<std::uint64_t>& not_held);
/// The items that a stored answer says were taken to be held.
[[nodiscard]] std::vector<std::uint64_t> items_taken(ValueView answer);
/// The revision that a stored answer tells.
[[nodiscard]] std::uint64_t revision_of(ValueView answer);
/// `<ok {id: n rev: r seq: s epoch: e level: l}>`, of a lease.
[[nodiscard]] Value lease_answer(std::uint64_t id, const DoneAt& at);
/// `<ok {rev: r seq: s epoch: e level: l}>`.
[[nodiscard]] Value done_answer(const DoneAt& at);
/// `<error {code: c message: "…"}>`.
[[nodiscard]] Value error_answer(const Error& error,
                                 const std::optional<std::uint64_t>& floor = std::nullopt);

}  // namespace avow::server
