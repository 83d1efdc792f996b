#pragma once

#include <functional>

#include "server/store/checksum.hpp"
#include "server/store/history_row.hpp"
#include "server/store/journal_options.hpp"
#include "server/store/stored.hpp"

// The table `log`: the last durable turns, one after another, each chained to the one before. Its
// end is ahead of the other tables: the turns after the one at which they stand are its tail. Its
// oldest turns go when others come, at most two for each.

namespace avow::server {

/// Some of the log, up to a turn.
struct LogPart {
  std::uint64_t head = 0;  ///< Its last turn; 0 if there never was one.
  ChainHash chain{};       ///< The chain after it.
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;  ///< Of the records.
};

class TurnLog {
 public:
  [[nodiscard]] static Result<TurnLog> prepare(const SqliteConnection& database,
                                               const JournalOptions& options);

  /// Calls for every record; it may end the walk by an error.
  using Visitor = std::function<Result<void>(std::uint64_t seq, ByteView record)>;
  /// Walks the whole chain, and calls `each` if there is one. Errors: `store-corrupt`, and those of
  /// `each`.
  [[nodiscard]] Result<void> recover(const History& history, const Visitor& each = {});
  /// Walks the chain of the tail, and relies on what is before. Errors: as for `recover`.
  [[nodiscard]] Result<void> find_tail(const History& history, const Visitor& each = {});

  /// Adds a turn to the tail, within the transaction of the caller.
  [[nodiscard]] Result<void> append(const JournalTurn& turn, const History& history);
  /// Calls `each` for every turn of the tail; it may end that by an error.
  [[nodiscard]] Result<void> read_tail(const History& history,
                                       const std::function<Result<void>(JournalTurn&&)>& each);
  /// `part`, with which the tail begins, is applied: `history` stands at its end.
  void apply(const LogPart& part, History& history);
  /// Lets go of up to `turns_max` turns that the limits do not keep, and that are applied. The last
  /// one of those always stays.
  [[nodiscard]] Result<void> compact(std::uint64_t turns_max, History& history);

  /// The tail, with the end of the log.
  [[nodiscard]] const LogPart& tail() const { return tail_; }
  /// The first turn that is there; 0 if there is none.
  [[nodiscard]] std::uint64_t floor() const { return kept_floor_; }
  void keep();
  void undo();

 private:
  TurnLog() = default;
  [[nodiscard]] bool is_over(const History& history) const {
    return history.log_rows > turns_max_ ||
           (history.log_bytes > bytes_max_ && history.log_rows > 1);
  }
  [[nodiscard]] Result<void> walk(Statement& rows, LogPart& part, const Visitor& each);

  Statement select_;
  Statement select_tail_;
  Statement insert_;
  Statement oldest_;
  Statement erase_;
  Hasher hasher_;
  Bytes record_;
  std::uint64_t turns_max_ = 0;
  std::uint64_t bytes_max_ = 0;
  // In this transaction, and as they were when `keep` was last called.
  LogPart tail_;
  LogPart kept_tail_;
  std::uint64_t floor_ = 0;
  std::uint64_t kept_floor_ = 0;
};

}  // namespace avow::server
