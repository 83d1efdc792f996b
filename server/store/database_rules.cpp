#include "server/store/database_rules.hpp"

#include <string>

namespace avow::server {
namespace {

struct Limit {
  int id;
  int value;
};
constexpr Limit limits[] = {
    {SQLITE_LIMIT_LENGTH, 1 << 29},     {SQLITE_LIMIT_SQL_LENGTH, 16 << 10},
    {SQLITE_LIMIT_COLUMN, 32},          {SQLITE_LIMIT_EXPR_DEPTH, 20},
    {SQLITE_LIMIT_COMPOUND_SELECT, 2},  {SQLITE_LIMIT_FUNCTION_ARG, 4},
    {SQLITE_LIMIT_ATTACHED, 0},         {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 16},
    {SQLITE_LIMIT_VARIABLE_NUMBER, 32}, {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
    {SQLITE_LIMIT_WORKER_THREADS, 0},
};

// Of all connections of the process: a page cache of 64 MiB, and what the largest turn needs.
constexpr sqlite3_int64 heap_bytes_max = sqlite3_int64{1} << 30;

struct Switch {
  int id;
  int value;
};
constexpr Switch switches[] = {
    {SQLITE_DBCONFIG_DEFENSIVE, 1},
    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
    {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
    {SQLITE_DBCONFIG_DQS_DML, 0},
    {SQLITE_DBCONFIG_DQS_DDL, 0},
    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
};

}  // namespace

const char* level_of(Flush flush) { return flush == Flush::full ? "FULL" : "NORMAL"; }

Result<void> restrict(const SqliteConnection& database) {
  for (const Limit limit : limits) sqlite3_limit(&database.raw(), limit.id, limit.value);
  for (const Switch change : switches) {
    const int code = sqlite3_db_config(&database.raw(), change.id, change.value, nullptr);
    if (code != SQLITE_OK) return database.error(code, "Setting up SQLite");
  }
  sqlite3_hard_heap_limit64(heap_bytes_max);
  return database.run(
      "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
      "PRAGMA cell_size_check = ON; PRAGMA foreign_keys = OFF");
}

Result<void> obey_rules(const SqliteConnection& database, Flush flush) {
  AVOW_TRY_VOID(restrict(database));
  sqlite3_db_config(&database.raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return database.run(std::string("PRAGMA locking_mode = EXCLUSIVE;"
                                  "PRAGMA wal_autocheckpoint = 0;"
                                  "PRAGMA cache_size = -65536;"
                                  "PRAGMA secure_delete = FAST;"
                                  "PRAGMA synchronous = ") +
                      level_of(flush));
}

Result<void> checkpoint(const SqliteConnection& database, int mode) {
  int pages = 0;
  int moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(&database.raw(), "main", mode, &pages, &moved);
  if (code != SQLITE_OK) return database.error(code, "Moving the write-ahead log");
  if (pages == moved) return {};
  return Error{"store-failed",
               "A part of the write-ahead log could not be moved into the database, though nobody "
               "else may use it."};
}

Result<void> use_write_ahead_log(const SqliteConnection& database) {
  AVOW_TRY(Statement change, Statement::prepare(database.raw(), "PRAGMA journal_mode = WAL"));
  AVOW_TRY(const bool answered, change.step());
  const bool is_changed = answered && text_of(change.bytes(0)) == "wal";
  // The answer comes before the change is on the disk, which may still fail.
  AVOW_TRY_VOID(change.run());
  if (is_changed) return {};
  return Error{"store-failed", "SQLite would not use a write-ahead log for the database."};
}

}  // namespace avow::server
