#pragma once

#include <utility>

#include "server/store/history_row.hpp"
#include "server/store/journal.hpp"
#include "server/store/journal_options.hpp"
#include "server/store/live_table.hpp"
#include "server/store/outcome_table.hpp"
#include "server/store/space_table.hpp"
#include "server/store/turn_log.hpp"

// The tables that the turns of the log add up to: spaces, what lives, and outcomes. They follow the
// log, many turns at a time and in the order of the tables, so that a page is written once for all
// of them, and never for what was put and taken back in between.

namespace avow::server {

class StoredTables {
 public:
  [[nodiscard]] static Result<StoredTables> prepare(const SqliteConnection& database,
                                                    const JournalOptions& options);

  /// Applies the tail that `log` has found, within the transaction of the caller. Then reads and
  /// checks everything, and tells `sink`. Errors: `store-corrupt`, and those of `sink`.
  [[nodiscard]] Result<void> recover(TurnLog& log, History& history, RecoverySink& sink);
  /// Applies the tail of `log`, within the transaction of the caller.
  [[nodiscard]] Result<void> apply_tail(TurnLog& log, History& history);
  /// Lets go of outcomes beyond the limits, as the last call of a transaction.
  [[nodiscard]] Result<void> prune(History& history) { return outcomes_.prune(history); }
  void keep();
  void undo();

  /// Applies the tail in a database that is not in use, in a transaction of its own, and relies on
  /// what it holds. Answers where the history stands then. Errors: those of writing.
  [[nodiscard]] static Result<History> apply_tail_of(const SqliteConnection& database);

 private:
  StoredTables(SpaceTable spaces, LiveTable live, OutcomeTable outcomes)
      : spaces_(std::move(spaces)), live_(std::move(live)), outcomes_(std::move(outcomes)) {}

  SpaceTable spaces_;
  LiveTable live_;
  OutcomeTable outcomes_;
};

}  // namespace avow::server
