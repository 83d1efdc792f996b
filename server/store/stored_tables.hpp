#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "server/store/history_row.hpp"
#include "server/store/journal.hpp"
#include "server/store/journal_options.hpp"
#include "server/store/live_table.hpp"
#include "server/store/outcome_table.hpp"
#include "server/store/space_table.hpp"
#include "server/store/table_changes.hpp"
#include "server/store/turn_log.hpp"

// The tables that the turns of the log add up to: spaces, what lives, and outcomes. They follow the
// log, many turns at a time and in the order of the tables, so that a page is written once for all
// of them, and never for what was put and taken back in between. That takes several transactions,
// so that no commit waits for all of it. Between two of them some rows are ahead of the turn at
// which the tables stand; to make the same changes again changes nothing.

namespace avow::server {

class StoredTables {
 public:
  [[nodiscard]] static Result<StoredTables> prepare(const SqliteConnection& database,
                                                    const JournalOptions& options);

  /// Applies the tail that `log` has found, within the transaction of the caller. Then reads and
  /// checks everything, and tells `sink`. Errors: `store-corrupt`, and those of `sink`.
  [[nodiscard]] Result<void> recover(TurnLog& log, History& history, RecoverySink& sink);
  /// Applies the whole tail of `log`, within the transaction of the caller.
  [[nodiscard]] Result<void> apply_tail(TurnLog& log, History& history);
  /// Begins to apply what is the tail of `log` now. What was begun before must have ended.
  [[nodiscard]] Result<void> begin(TurnLog& log, const History& history);
  /// What was begun and has not ended; nullptr if there is nothing.
  [[nodiscard]] const TableChanges* begun() const { return begun_ ? &*begun_ : nullptr; }
  /// Makes up to `changes_max` of the changes that were begun, within the transaction of the
  /// caller. With the last one `history` stands at the end of what was the tail.
  [[nodiscard]] Result<void> go_on(std::size_t changes_max, TurnLog& log, History& history);
  /// Lets go of outcomes beyond the limits, as the last call of a transaction.
  [[nodiscard]] Result<void> prune(History& history) { return outcomes_.prune(history); }
  /// What was done in this transaction counts.
  void keep();
  /// It does not. What was begun is begun anew later.
  void undo();

  /// Applies the tail in a database that is not in use, in a transaction of its own, and relies on
  /// what it holds. Answers where the history stands then. Errors: those of writing.
  [[nodiscard]] static Result<History> apply_tail_of(const SqliteConnection& database);

 private:
  [[nodiscard]] Result<void> make_one(History& history);
  StoredTables(SpaceTable spaces, LiveTable live, OutcomeTable outcomes)
      : spaces_(std::move(spaces)), live_(std::move(live)), outcomes_(std::move(outcomes)) {}

  SpaceTable spaces_;
  LiveTable live_;
  OutcomeTable outcomes_;
  std::optional<TableChanges> begun_;
};

}  // namespace avow::server
