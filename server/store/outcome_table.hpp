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

  /// Reads who has which outcomes: all that `add` and `prune` need. Errors: `store-corrupt`.
  [[nodiscard]] Result<void> load_marks();
  /// Reads the table and tells `sink` of it. Errors: `store-corrupt`.
  [[nodiscard]] Result<void> recover(const History& history, RecoverySink& sink);

  /// Adds an outcome, within the transaction of the caller. Of two for one identity
  /// in one turn the first counts.
  [[nodiscard]] Result<void> add(const StoredOutcome& outcome, History& history);
  /// Lets go of what is beyond the limits, as the last call of a transaction.
  [[nodiscard]] Result<void> prune(History& history);
  void keep();
  void undo();

 private:
  using Client = std::array<std::uint8_t, 16>;
  struct Mark {
    std::uint64_t seq;
    std::uint64_t number;
  };
  /// The outcomes that a client has, from the one at `begin` on, oldest first.
  struct Marks {
    std::vector<Mark> all;
    std::size_t begin = 0;

    [[nodiscard]] std::size_t count() const { return all.size() - begin; }
  };
  /// What they were at the last `keep`.
  struct Before {
    std::size_t begin;
    std::size_t size;
  };
  OutcomeTable() = default;
  [[nodiscard]] Result<void> prune_old(std::uint64_t rows_max, History& history);
  [[nodiscard]] Result<void> prune_client(const Client& client, std::uint64_t rows_max,
                                          History& history);
  [[nodiscard]] Result<void> erase_oldest(const Client& client, History& history);
  [[nodiscard]] static Result<Client> client_of(ByteView bytes);
  /// The marks of a client, which are about to change in this transaction.
  [[nodiscard]] Marks& change(const Client& client);

  Statement select_;
  Statement select_marks_;
  Statement insert_;
  Statement oldest_;
  Statement erase_;
  std::uint64_t per_client_max_ = 0;
  std::uint64_t age_max_ms_ = 0;
  std::uint64_t kept_min_ = 0;

  std::map<Client, Marks> marks_;
  std::map<Client, Before> changed_;  // In this transaction.
  std::uint64_t newest_ms_ = 0;       // The latest time seen in this transaction.
};

}  // namespace avow::server
