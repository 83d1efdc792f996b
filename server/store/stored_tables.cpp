#include "server/store/stored_tables.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "avow/base/check.hpp"

namespace avow::server {
namespace {

// The last change of each row counts, and so does the last revision of each space.
void collect(JournalTurn&& turn, SpaceTable& spaces, LiveChanges& changes) {
  for (StoredChange& change : turn.changes) {
    AVOW_CHECK(change.space < turn.spaces.size());
    const JournalTurn::SpaceAt& at = turn.spaces[change.space];
    LivePlace place{.space = spaces.touch(at.name, at.revision),
                    .kind = change.kind,
                    .key = std::move(change.key)};
    changes[std::move(place)] = {.act = change.act, .value = std::move(change.value)};
  }
}

}  // namespace

Result<StoredTables> StoredTables::prepare(const SqliteConnection& database,
                                           const JournalOptions& options) {
  AVOW_TRY(SpaceTable spaces, SpaceTable::prepare(database));
  AVOW_TRY(LiveTable live, LiveTable::prepare(database));
  AVOW_TRY(OutcomeTable outcomes, OutcomeTable::prepare(database, options));
  return StoredTables(std::move(spaces), std::move(live), std::move(outcomes));
}

Result<void> StoredTables::recover(TurnLog& log, History& history, RecoverySink& sink) {
  AVOW_TRY_VOID(spaces_.load(history));
  if (log.tail().rows > 0) {
    AVOW_TRY_VOID(outcomes_.load_marks());
    AVOW_TRY_VOID(apply_tail(log, history));
    AVOW_TRY_VOID(prune(history));
    keep();
  }
  spaces_.tell(sink);
  AVOW_TRY_VOID(live_.recover(history, spaces_, sink));
  return outcomes_.recover(history, sink);
}

Result<void> StoredTables::apply_tail(TurnLog& log, History& history) {
  constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
  if (begun_) AVOW_TRY_VOID(go_on(all, log, history));
  if (log.tail().rows == 0) return {};
  AVOW_TRY_VOID(begin(log, history));
  return go_on(all, log, history);
}

Result<void> StoredTables::begin(TurnLog& log, const History& history) {
  AVOW_CHECK(!begun_);
  TableChanges changes;
  changes.turns = log.tail();
  AVOW_TRY_VOID(log.read_tail(history, [&](JournalTurn&& turn) -> Result<void> {
    std::move(turn.outcomes.begin(), turn.outcomes.end(), std::back_inserter(changes.outcomes));
    collect(std::move(turn), spaces_, changes.rows);
    return {};
  }));
  changes.all = changes.left();
  begun_ = std::move(changes);
  return {};
}

Result<void> StoredTables::go_on(std::size_t changes_max, TurnLog& log, History& history) {
  AVOW_CHECK(begun_);
  for (; changes_max > 0 && begun_->left() > 0; --changes_max) {
    AVOW_TRY_VOID(make_one(history));
  }
  if (begun_->left() > 0) return spaces_.write_new(history);
  AVOW_TRY_VOID(spaces_.write(history));
  log.apply(begun_->turns, history);
  begun_.reset();
  return {};
}

Result<void> StoredTables::make_one(History& history) {
  if (begun_->rows.empty()) {
    return outcomes_.add(begun_->outcomes[begun_->outcomes_made++], history);
  }
  const auto first = begun_->rows.extract(begun_->rows.begin());
  return live_.apply(first.key(), first.mapped(), history);
}

void StoredTables::keep() {
  spaces_.keep(begun_.has_value());
  outcomes_.keep();
}

void StoredTables::undo() {
  begun_.reset();
  spaces_.undo();
  outcomes_.undo();
}

Result<History> StoredTables::apply_tail_of(const SqliteConnection& database) {
  const JournalOptions unlimited;
  AVOW_TRY(History history, load_history(database));
  AVOW_TRY(TurnLog log, TurnLog::prepare(database, unlimited));
  AVOW_TRY_VOID(log.find_tail(history));
  if (log.tail().rows == 0) return history;
  AVOW_TRY(StoredTables tables, StoredTables::prepare(database, unlimited));
  AVOW_TRY(HistoryWriter writer, HistoryWriter::prepare(database));
  AVOW_TRY_VOID(tables.spaces_.load(history));
  AVOW_TRY_VOID(database.run("BEGIN IMMEDIATE"));
  AVOW_TRY_VOID(tables.apply_tail(log, history));
  AVOW_TRY_VOID(writer.write(history));
  AVOW_TRY_VOID(database.run("COMMIT"));
  return history;
}

}  // namespace avow::server
