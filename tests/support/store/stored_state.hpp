#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "server/store/journal.hpp"

// What a store holds, as plain maps: the naive model of it. Turns are applied to one, recovery
// fills another, and they are compared.

namespace avow::test {

class StoredState {
 public:
  using RowKey = std::tuple<std::string, server::StoredKind, std::string>;   // Space, kind, key.
  using OutcomeKey = std::tuple<std::uint64_t, std::string, std::uint64_t>;  // Seq, client, number.

  std::map<RowKey, std::string> rows;
  std::map<std::string, std::uint64_t> revisions;  ///< Of spaces that have rows.
  std::map<OutcomeKey, std::string> outcomes;

  void apply(const server::JournalTurn& turn);
  friend bool operator==(const StoredState&, const StoredState&) = default;
  /// The first thing in which they differ, for a person; empty if they are the same.
  [[nodiscard]] std::string difference(const StoredState& other) const;
};

/// Fills a state with what a journal recovers.
class StateSink final : public server::RecoverySink {
 public:
  void space(std::uint32_t index, std::string_view name, std::uint64_t revision) override;
  Result<void> row(const server::StoredRow& row) override;
  void outcome(const server::StoredOutcome& outcome) override;
  void progress(std::uint64_t rows, std::uint64_t of) override;

  StoredState state;
  std::uint64_t last_progress = 0;
  std::uint64_t reports = 0;

 private:
  std::map<std::uint32_t, std::string> names_;
};

/// A turn of one change.
[[nodiscard]] server::JournalTurn put_turn(std::uint64_t seq, std::string_view space,
                                           server::StoredKind kind, std::string_view key,
                                           std::string_view value = {});
[[nodiscard]] server::JournalTurn erase_turn(std::uint64_t seq, std::string_view space,
                                             server::StoredKind kind, std::string_view key);
[[nodiscard]] inline server::JournalTurn put_fact(std::uint64_t seq, std::string_view fact) {
  return put_turn(seq, "main", server::StoredKind::fact, fact);
}
/// An outcome of `client` (its first byte), for a turn.
[[nodiscard]] server::StoredOutcome outcome_of(std::uint8_t client, std::uint64_t number,
                                               std::uint64_t wall_ms, std::string_view answer);

}  // namespace avow::test
