#pragma once

#include <functional>

#include "server/store/checksum.hpp"
#include "server/store/history_row.hpp"
#include "server/store/journal_options.hpp"
#include "server/store/stored.hpp"

// The table `log`: the last durable turns, one after another, each chained to the one before. Its
// oldest turns go when new ones come, at most two for each.

namespace avow::server {

class TurnLog {
 public:
  [[nodiscard]] static Result<TurnLog> prepare(const SqliteConnection& database,
                                               const JournalOptions& options);

  /// Walks the chain. Errors: `store-corrupt`.
  [[nodiscard]] Result<void> recover(const History& history);
  /// Calls `each` for every record; it may end the walk by an error.
  [[nodiscard]] Result<void> read(
      const History& history,
      const std::function<Result<void>(std::uint64_t seq, ByteView record)>& each);

  /// Adds a turn, within the transaction of the caller.
  [[nodiscard]] Result<void> append(const JournalTurn& turn, History& history);
  /// Lets go of up to `turns_max` turns that the limits do not keep. The last one always stays.
  [[nodiscard]] Result<void> compact(std::uint64_t turns_max, History& history);
  /// The first turn that is there; 0 if there is none.
  [[nodiscard]] std::uint64_t floor() const { return floor_; }
  void keep() { floor_ = next_floor_; }
  void undo() {
    oldest_.reset();
    next_floor_ = floor_;
  }

 private:
  TurnLog() = default;
  [[nodiscard]] bool is_over(const History& history) const {
    return history.log_rows > turns_max_ ||
           (history.log_bytes > bytes_max_ && history.log_rows > 1);
  }

  Statement select_;
  Statement insert_;
  Statement oldest_;
  Statement erase_;
  Hasher hasher_;
  Bytes record_;
  std::uint64_t turns_max_ = 0;
  std::uint64_t bytes_max_ = 0;
  std::uint64_t floor_ = 0;
  std::uint64_t next_floor_ = 0;  // In this transaction.
};

}  // namespace avow::server
