#include "server/store/store_check.hpp"

#include "server/store/backup.hpp"
#include "server/store/corrupt.hpp"
#include "server/store/database_file.hpp"
#include "server/store/database_peek.hpp"
#include "server/store/history_row.hpp"
#include "server/store/schema.hpp"
#include "server/store/stored_tables.hpp"
#include "server/store/turn_log.hpp"
#include "server/store/turn_record.hpp"

namespace avow::server {
namespace {

// Counts, and tells on.
class CountingSink final : public RecoverySink {
 public:
  CountingSink(StoreFacts& facts, RecoverySink* next) : facts_(facts), next_(next) {}

  void space(std::uint32_t index, std::string_view name, std::uint64_t revision) override {
    ++facts_.spaces;
    if (next_ != nullptr) next_->space(index, name, revision);
  }
  Result<void> row(const StoredRow& row) override {
    ++facts_.rows[static_cast<std::size_t>(row.kind)];
    return next_ != nullptr ? next_->row(row) : Result<void>();
  }
  void outcome(const StoredOutcome& outcome) override {
    ++facts_.outcomes;
    if (next_ != nullptr) next_->outcome(outcome);
  }
  void progress(std::uint64_t rows, std::uint64_t of) override {
    if (next_ != nullptr) next_->progress(rows, of);
  }

 private:
  StoreFacts& facts_;
  RecoverySink* next_;
};

Result<void> check_structure(const SqliteConnection& database) {
  AVOW_TRY(Statement check, Statement::prepare(database.raw(), "PRAGMA integrity_check(1)"));
  AVOW_TRY(const bool answered, check.step());
  const std::string answer(answered ? text_of(check.bytes(0)) : "");
  if (answer == "ok") return {};
  return corrupt("SQLite's own check says \"" + answer + "\"");
}

Result<void> check_record(std::uint64_t seq, ByteView record) {
  AVOW_TRY_VOID(read_logged_turn(seq, record));
  return {};
}

// What the tables do not have yet is put into them to be checked, and never written.
class Undone {
 public:
  explicit Undone(const SqliteConnection& database) : database_(database) {}
  Undone(const Undone&) = delete;
  Undone& operator=(const Undone&) = delete;
  ~Undone() {
    if (sqlite3_get_autocommit(&database_.raw()) == 0) (void)database_.run("ROLLBACK");
  }
  [[nodiscard]] Result<void> begin() const {
    return database_.run("PRAGMA cache_spill = OFF; BEGIN IMMEDIATE");
  }

 private:
  const SqliteConnection& database_;
};

Result<StoreFacts> check_all(const SqliteConnection& database, RecoverySink* visitor) {
  AVOW_TRY_VOID(check_structure(database));
  AVOW_TRY(History history, load_history(database));
  const JournalOptions unlimited;
  AVOW_TRY(StoredTables tables, StoredTables::prepare(database, unlimited));
  AVOW_TRY(TurnLog log, TurnLog::prepare(database, unlimited));
  AVOW_TRY_VOID(log.recover(history, check_record));
  const Undone undone(database);
  if (log.tail().rows > 0) {
    AVOW_TRY_VOID(undone.begin());
  }
  StoreFacts facts;
  CountingSink sink(facts, visitor);
  AVOW_TRY_VOID(tables.recover(log, history, sink));
  facts.epoch = history.epoch;
  facts.floor = log.floor();
  facts.head = history.head;
  facts.log_turns = history.log_rows;
  facts.log_bytes = history.log_bytes;
  return facts;
}

}  // namespace

Result<StoreFacts> check_file(const std::string& file, const std::string& vfs,
                              RecoverySink* visitor) {
  AVOW_TRY(const SqliteConnection database, open_to_read(file, vfs));
  return check_all(database, visitor);
}

Result<StoreFacts> check_backup(const std::string& file, RecoverySink* visitor) {
  AVOW_TRY_VOID(check_backup_bytes(file));
  AVOW_TRY(const SqliteConnection database, open_at_rest(file, ""));
  AVOW_TRY(const std::int64_t version, database.number("PRAGMA user_version"));
  AVOW_TRY_VOID(check_version(file, version));
  AVOW_TRY_VOID(check_schema(database));
  return check_all(database, visitor);
}

}  // namespace avow::server
