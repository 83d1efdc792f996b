#include "server/store/journal_file.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "avow/base/check.hpp"
#include "server/store/corrupt.hpp"
#include "server/store/database_file.hpp"
#include "server/store/database_rules.hpp"
#include "server/store/schema.hpp"
#include "server/store/stored_tables.hpp"
#include "server/store/turn_log.hpp"

namespace avow::server {
namespace {

// A page, with its header in the write-ahead log (SQLite, "WAL-mode File Format").
constexpr std::uint64_t wal_page_bytes = 4096 + 24;

// SQLite's numbers end here. At 2^32 for each start of the server they will not be used up.
constexpr std::uint64_t number_max = std::numeric_limits<std::int64_t>::max();

// Unused pages that are worth giving back, and how many at a time.
constexpr std::int64_t unused_pages_min = 1024;
constexpr std::int64_t pages_given_back = 256;

// All are in as many parts of that size.
std::uint64_t part_of(std::uint64_t all, std::uint64_t parts) { return (all + parts - 1) / parts; }

int note_wal_pages(void* to, sqlite3*, const char*, int pages) {
  *static_cast<std::uint64_t*>(to) = static_cast<std::uint64_t>(pages);
  return SQLITE_OK;
}

}  // namespace

struct JournalFile::Parts {
  JournalOptions options;
  SqliteConnection database;  // First, so that it goes last: statements must not outlive it.
  Statement begin;
  Statement commit;
  HistoryWriter history_writer;
  StoredTables tables;
  TurnLog log;
  History history;  // As it is in the database: of the turn at which the tables stand.
  History next;     // The same in the transaction that is open.
  std::uint64_t wal_pages = 0;

  static Result<std::unique_ptr<Parts>> prepare(const JournalOptions& options) {
    AVOW_TRY(SqliteConnection database, open_database(options));
    AVOW_TRY(Statement begin, Statement::prepare(database.raw(), "BEGIN IMMEDIATE"));
    AVOW_TRY(Statement commit, Statement::prepare(database.raw(), "COMMIT"));
    AVOW_TRY(HistoryWriter writer, HistoryWriter::prepare(database));
    AVOW_TRY(StoredTables tables, StoredTables::prepare(database, options));
    AVOW_TRY(TurnLog log, TurnLog::prepare(database, options));
    AVOW_TRY(const History history, load_history(database));
    Parts parts{.options = options,
                .database = std::move(database),
                .begin = std::move(begin),
                .commit = std::move(commit),
                .history_writer = std::move(writer),
                .tables = std::move(tables),
                .log = std::move(log),
                .history = history,
                .next = history};
    return std::make_unique<Parts>(std::move(parts));
  }

  [[nodiscard]] std::uint64_t wal_bytes() const { return wal_pages * wal_page_bytes; }
  void keep() {
    history = next;
    tables.keep();
    log.keep();
  }
  void undo() {
    tables.undo();
    log.undo();
  }
};

JournalFile::JournalFile(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {
  sqlite3_wal_hook(&parts_->database.raw(), note_wal_pages, &parts_->wal_pages);
}
JournalFile::~JournalFile() = default;

Result<std::unique_ptr<JournalFile>> JournalFile::open(const JournalOptions& options) {
  AVOW_TRY(std::unique_ptr<Parts> parts, Parts::prepare(options));
  return std::unique_ptr<JournalFile>(new JournalFile(std::move(parts)));
}

std::uint64_t JournalFile::floor() const { return parts_->log.floor(); }
std::uint64_t JournalFile::head() const { return parts_->log.tail().head; }
std::uint64_t JournalFile::epoch() const { return parts_->history.epoch; }
const SqliteConnection& JournalFile::connection() const {
  AVOW_CHECK(!is_open_);
  return parts_->database;
}

// ---- the start
// -----------------------------------------------------------------------------------

Result<HistoryStart> JournalFile::recover(RecoverySink& sink) {
  Result<HistoryStart> started = begin_history(sink);
  is_recovered_ = started.has_value();
  if (!is_recovered_) failed_ = started.error();
  return started;
}

Result<HistoryStart> JournalFile::begin_history(RecoverySink& sink) {
  // One transaction, which only ends if all is well: what is refused is not changed.
  AVOW_TRY_VOID(begin());
  History& history = parts_->next;
  AVOW_TRY_VOID(parts_->log.recover(history));
  const std::uint64_t tail_turns = parts_->log.tail().rows;
  AVOW_TRY_VOID(parts_->tables.recover(parts_->log, history, sink));
  AVOW_TRY_VOID(parts_->log.compact(2 * tail_turns, history));
  AVOW_TRY_VOID(take_newer_steps());

  const std::uint64_t above = history.closed_at.value_or(history.through);
  if (above > number_max - 2 * parts_->options.numbers_step) {
    return Error{"store-failed",
                 "The history has used up its numbers. Export it, and import it "
                 "into a new file."};
  }
  history.closed_at.reset();
  history.through = std::max(history.through, above + parts_->options.numbers_step);
  AVOW_TRY_VOID(parts_->history_writer.write(history));
  AVOW_TRY_VOID(end());
  // From here on the database file by itself says that the write-ahead log belongs to it: one that
  // is missing at the next start is missed.
  AVOW_TRY_VOID(judge(move_log(SQLITE_CHECKPOINT_TRUNCATE)));
  return HistoryStart{.epoch = history.epoch,
                      .above = above,
                      .through = history.through,
                      .floor = floor(),
                      .head = history.head};
}

// The tables of every version can be read as they are.
Result<void> JournalFile::take_newer_steps() {
  AVOW_TRY(const std::int64_t version, parts_->database.number("PRAGMA user_version"));
  if (version == schema_version()) return {};
  return take_schema_steps(parts_->database, version);
}

// ---- commits
// -------------------------------------------------------------------------------------

Result<void> JournalFile::commit(std::span<const JournalTurn> turns) {
  if (failed_) return *failed_;
  AVOW_CHECK(is_recovered_);
  return judge(write(turns));
}

Result<void> JournalFile::write(std::span<const JournalTurn> turns) {
  AVOW_TRY_VOID(begin());
  History& history = parts_->next;
  for (const JournalTurn& turn : turns) AVOW_TRY_VOID(parts_->log.append(turn, history));
  // The history's row tells that there is a log from the first turn on.
  if (history.log_rows == 0) {
    AVOW_TRY_VOID(apply_tail(history));
  }
  const auto flush = std::chrono::steady_clock::now();
  AVOW_TRY_VOID(end());
  flush_time_ = std::chrono::steady_clock::now() - flush;
  return {};
}

Result<void> JournalFile::apply_tail(History& history) {
  const std::uint64_t turns = parts_->log.tail().rows;
  AVOW_TRY_VOID(parts_->tables.apply_tail(parts_->log, history));
  return keep_limits(turns, history);
}

// As the last of what a transaction does in which the tables have followed by so many turns.
Result<void> JournalFile::keep_limits(std::uint64_t turns, History& history) {
  AVOW_TRY_VOID(parts_->log.compact(2 * turns, history));
  AVOW_TRY_VOID(parts_->tables.prune(history));
  return parts_->history_writer.write(history);
}

template <class Work>
Result<void> JournalFile::transact(const Work& work) {
  const auto write = [&]() -> Result<void> {
    AVOW_TRY_VOID(begin());
    AVOW_TRY_VOID(work(parts_->next));
    return end();
  };
  return judge(write());
}

// What the last `maintain` has done may be in the transaction already.
Result<void> JournalFile::begin() {
  if (is_open_) return {};
  AVOW_TRY_VOID(parts_->begin.run());
  parts_->next = parts_->history;
  is_open_ = true;
  return {};
}

Result<void> JournalFile::end() {
  AVOW_TRY_VOID(parts_->commit.run());
  is_open_ = false;
  parts_->keep();
  return {};
}

Result<void> JournalFile::settle() {
  if (failed_) return *failed_;
  if (!is_open_) return {};
  return judge(end());
}

Result<std::uint64_t> JournalFile::reserve(std::uint64_t through) {
  if (failed_) return *failed_;
  const std::uint64_t step = parts_->options.numbers_step;
  if (through <= parts_->history.through) return parts_->history.through;
  AVOW_CHECK(through < number_max - step);
  AVOW_TRY_VOID(transact([&](History& history) {
    history.through = std::max(through, history.through + step);
    return parts_->history_writer.write(history);
  }));
  return parts_->history.through;
}

Result<void> JournalFile::judge(Result<void> done) {
  if (done) return done;
  // SQLite undid it already for most errors; for a full disk it may have left that to us.
  if (sqlite3_get_autocommit(&parts_->database.raw()) == 0) {
    const Result<void> undone = parts_->database.run("ROLLBACK");
    if (!undone && done.error().code == "no-space") done = undone;
  }
  is_open_ = false;
  parts_->undo();
  if (done.error().code != "no-space") failed_ = done.error();
  return done;
}

// ---- what is done between commits
// ----------------------------------------------------------------

Result<void> JournalFile::maintain() {
  AVOW_TRY_VOID(settle());
  const JournalOptions& options = parts_->options;
  if (parts_->wal_bytes() < options.checkpoint_bytes) return judge(follow_a_part());
  AVOW_TRY_VOID(follow_log());
  const bool is_large = parts_->wal_bytes() >= options.truncate_bytes;
  AVOW_TRY_VOID(judge(move_log(is_large ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_FULL)));
  return judge(give_space_back());
}

// The tables follow as fast as turns come, so that they have done so when as many are there again.
Result<void> JournalFile::follow_a_part() {
  StoredTables& tables = parts_->tables;
  const double came = share_of_tail();
  if (tables.begun() == nullptr) {
    return came < 1 ? Result<void>() : tables.begin(parts_->log, parts_->history);
  }
  const TableChanges& changes = *tables.begun();
  if (came < changes.share_made()) return {};
  AVOW_TRY_VOID(begin());
  const std::uint64_t parts = came < 1 ? parts_->options.follow_parts : 1;
  const std::uint64_t turns = part_of(changes.turns.rows, parts);
  AVOW_TRY_VOID(tables.go_on(part_of(changes.all, parts), parts_->log, parts_->next));
  return keep_limits(turns, parts_->next);
}

// Of what the tables may lack: what came since they last began to follow.
double JournalFile::share_of_tail() const {
  const LogPart& tail = parts_->log.tail();
  const TableChanges* begun = parts_->tables.begun();
  const LogPart part = begun != nullptr ? begun->turns : LogPart{};
  const JournalOptions& options = parts_->options;
  return std::max(
      static_cast<double>(tail.rows - part.rows) / static_cast<double>(options.tail_turns_max),
      static_cast<double>(tail.bytes - part.bytes) / static_cast<double>(options.tail_bytes_max));
}

// Before every checkpoint: so the database file by itself never has a tail, and its tables vouch
// for its log.
Result<void> JournalFile::follow_log() {
  if (parts_->log.tail().rows == 0) return {};
  return transact([&](History& history) { return apply_tail(history); });
}

Result<void> JournalFile::move_log(int mode) {
  AVOW_TRY_VOID(checkpoint(parts_->database, mode));
  parts_->wal_pages = 0;  // The next commit begins it anew.
  return {};
}

// So that the file does not stay as large as it ever was.
Result<void> JournalFile::give_space_back() {
  const SqliteConnection& database = parts_->database;
  AVOW_TRY(const std::int64_t unused, database.number("PRAGMA freelist_count"));
  if (unused < unused_pages_min) return {};
  AVOW_TRY(const std::int64_t all, database.number("PRAGMA page_count"));
  if (unused < all / 2) return {};
  return database.run("PRAGMA incremental_vacuum(" + std::to_string(pages_given_back) + ")");
}

// ---- the end
// -------------------------------------------------------------------------------------

Result<void> JournalFile::close(std::uint64_t last_seq) {
  if (failed_) return *failed_;
  AVOW_CHECK(is_recovered_ && last_seq >= head() && last_seq <= parts_->history.through);
  AVOW_TRY_VOID(finish(last_seq));
  failed_ = Error{"store-closed", "The journal was closed."};
  return {};
}

Result<void> JournalFile::finish(std::uint64_t last_seq) {
  AVOW_TRY_VOID(follow_log());
  AVOW_TRY_VOID(transact([&](History& history) {
    history.closed_at = last_seq;
    return parts_->history_writer.write(history);
  }));
  AVOW_TRY_VOID(judge(move_log(SQLITE_CHECKPOINT_TRUNCATE)));
  SqliteConnection database = std::move(parts_->database);
  parts_.reset();
  return close_without_log(std::move(database));
}

}  // namespace avow::server
