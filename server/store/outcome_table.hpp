#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "server/store/history_row.hpp"
#include "server/store/journal.hpp"
#include "server/store/journal_options.hpp"

// The table `outcome`: what came of turns that had a name, for as long as that is promised. What is
// too old, or more than a client may have, goes when others come, at most two for each.

namespace avow::server {

class OutcomeTable {
 public:
  [[nodiscard]] static Result<OutcomeTable> prepare(const SqliteConnection& database,
                                                    const JournalOptions& options);

  /// Reads the table and tells `sink` of it. Errors: `store-corrupt`.
  [[nodiscard]] Result<void> recover(const History& history, RecoverySink& sink);

  /// Adds an outcome of turn `seq`, within the transaction of the caller. Of two for one identity
  /// in one turn the first counts.
  [[nodiscard]] Result<void> add(const StoredOutcome& outcome, std::uint64_t seq, History& history);
  /// Lets go of what is beyond the limits, as the last call of a transaction.
  [[nodiscard]] Result<void> prune(History& history);
  void keep();
  void undo();

 private:
  using Client = std::array<std::uint8_t, 16>;
  OutcomeTable() = default;
  [[nodiscard]] Result<void> prune_old(std::uint64_t rows_max, History& history);
  [[nodiscard]] Result<void> prune_client(const Client& client, std::uint64_t rows_max,
                                          History& history);
  /// Erases what `found` is at: seq, client, number, wall clock, crc.
  [[nodiscard]] Result<void> erase_found(const Statement& found, History& history);
  void count(const Client& client, std::int64_t change);

  Statement select_;
  Statement insert_;
  Statement oldest_;
  Statement oldest_of_client_;
  Statement erase_;
  std::uint64_t per_client_max_ = 0;
  std::uint64_t age_max_ms_ = 0;
  std::uint64_t kept_min_ = 0;

  std::map<Client, std::uint64_t> counts_;  // How many outcomes each client has.
  std::map<Client, std::int64_t> changes_;  // Of `counts_`, since the last `keep`.
  std::map<Client, std::uint64_t> added_;   // In this transaction.
  std::uint64_t newest_ms_ = 0;             // The latest time seen in this transaction.
};

}  // namespace avow::server
