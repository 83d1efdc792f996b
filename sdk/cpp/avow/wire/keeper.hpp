#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "avow/base/result.hpp"
#include "avow/base/turn_id.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/value.hpp"

// The words in which a space's keeper is spoken to. The keeper stands in the space as the fact
// `<avow-service keeper #:keeper>`; a request is an assertion there, and answered at `k`:
//
//   <commit [op …] {option: … …} #:k>   ->  <ok {rev: … seq: … epoch: … level: … results: […]}>
//   <lease {ttl: ms} #:k>               ->  <ok {id: … rev: … …}>, then <expired rev>, <ended rev>
//   <last-turn [op …] {option: … …} #:k>  ->  <ok {rev: … …}>, then perhaps <withdrawn rev>
//                                       ->  <error {code: … message: "…"}>
//
// docs/PROTOCOL.md tells what each operation does.

namespace avow::wire::keeper {

/// Writes `[op …]`, in the order of the calls.
class Operations {
 public:
  Operations() { builder_.begin_sequence(); }

  void put(ValueView fact) { add("put", fact); }
  void drop(ValueView fact) { add("drop", fact); }
  void slot(ValueView key, ValueView fact) { add("slot", key, fact); }
  void clear_slot(ValueView key) { add("slot", key); }
  void lease_to(std::uint64_t lease, ValueView fact) { add("lease-to", lease, fact); }
  void renew(std::uint64_t lease) { add("renew", lease); }
  void end(std::uint64_t lease) { add("end", lease); }
  void item(ValueView value) { add("item", value); }
  /// `pattern` is in wire form.
  void take(ValueView pattern) { add("take", pattern); }
  void ack(std::uint64_t item) { add("ack", item); }
  void send(ValueView message) { add("send", message); }
  void outcome(const TurnId& turn);

  [[nodiscard]] std::size_t count() const { return count_; }
  /// Whether a reference stands in a value of any of them. The keeper would refuse it.
  [[nodiscard]] bool holds_references() const { return holds_references_; }
  /// The sequence; nothing may be added after it.
  [[nodiscard]] Value finish() { return builder_.end().finish().value(); }

 private:
  template <class... Fields>
  void add(std::string_view label, const Fields&... fields) {
    builder_.begin_record(label);
    (add_field(fields), ...);
    builder_.end();
    ++count_;
  }
  void add_field(ValueView value);
  void add_field(std::uint64_t number) { builder_.integer(number); }

  Builder builder_;
  std::size_t count_ = 0;
  bool holds_references_ = false;
};

/// What a commit may demand beside its operations.
struct CommitOptions {
  std::vector<Value> require;  ///< Patterns in wire form, each of which some fact must match.
  std::vector<Value> absent;   ///< Patterns that no fact may match.
  std::optional<TurnId> turn_id;
  std::optional<Level> level;  ///< What the answer is to wait for.
  std::optional<std::uint64_t>
      timeout_ms;                         ///< For guards to hold and items to come; none: no wait.
  bool ack = false;                       ///< What is taken is consumed at once.
  std::optional<std::uint64_t> delay_ms;  ///< Of a last turn: how long after the loss.
};
[[nodiscard]] Value to_value(const CommitOptions& options);
/// `[client number]`, as in the option and in the operation `outcome`.
[[nodiscard]] Value to_value(const TurnId& id);

/// `answer` is a reference, in the form that the rest of the assertion has.
[[nodiscard]] Value commit_request(const Value& operations, const Value& options,
                                   const Value& answer);
[[nodiscard]] Value last_turn_request(const Value& operations, const Value& options,
                                      const Value& answer);
[[nodiscard]] Value lease_request(std::uint64_t ttl_ms, const Value& answer);

/// What the keeper said to a commit that took effect.
struct Committed {
  std::uint64_t revision = 0;
  std::uint64_t seq = 0;
  std::uint64_t epoch = 0;
  Level level = Level::accepted;
  std::vector<Value> results;  ///< One for each operation.
  bool replayed = false;       ///< It took effect before; this is what was answered then.
  /// Items that it took then, and that the session which asks again does not hold.
  std::vector<std::uint64_t> not_held;
};
/// Errors: what the keeper refused with; `bad-answer` for what is no answer to a commit.
[[nodiscard]] Result<Committed> read_committed(ValueView answer);
/// What the keeper said to a lease that has begun.
struct Leased {
  std::uint64_t id = 0;
  std::uint64_t revision = 0;
  std::uint64_t seq = 0;
  std::uint64_t epoch = 0;
  Level level = Level::accepted;
};
/// Errors: as above.
[[nodiscard]] Result<Leased> read_leased(ValueView answer);
/// What the keeper said to a last turn that it keeps.
struct Done {
  std::uint64_t revision = 0;
  std::uint64_t seq = 0;
  std::uint64_t epoch = 0;
  Level level = Level::accepted;
};
/// Errors: as above.
[[nodiscard]] Result<Done> read_done(ValueView answer);
/// The revision at which a last turn was taken over, or made impossible: `<withdrawn rev>`.
[[nodiscard]] std::optional<std::uint64_t> read_withdrawn(ValueView answer);
/// How a lease has ended: by itself (`<expired rev>`) or by somebody's will (`<ended rev>`).
struct LeaseEnd {
  std::uint64_t revision = 0;
  bool expired = false;
};
[[nodiscard]] std::optional<LeaseEnd> read_lease_end(ValueView answer);
/// How long to wait before trying again, where the refusal says so.
[[nodiscard]] std::optional<std::uint64_t> read_retry_ms(ValueView answer);

/// An item in the result of a take: `{id: n value: v}`, with `acked: #t` if it was consumed.
struct TakenItem {
  std::uint64_t id = 0;
  ValueView value;
  bool acked = false;
};
[[nodiscard]] std::optional<TakenItem> read_taken(ValueView result);

}  // namespace avow::wire::keeper
