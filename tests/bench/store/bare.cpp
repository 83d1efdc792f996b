#include "tests/bench/store/bare.hpp"

#include <cstdio>
#include <cstdlib>

namespace avow::bench {

void BareSqlite::must(bool is_well) {
  if (is_well) return;
  std::fprintf(stderr, "SQLite: %s\n", sqlite3_errmsg(database_));
  std::exit(1);
}

void BareSqlite::run(const char* sql) {
  must(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
}

sqlite3_stmt* BareSqlite::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  must(sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) == SQLITE_OK);
  return statement;
}

BareSqlite::BareSqlite(const std::string& file) {
  must(sqlite3_open(file.c_str(), &database_) == SQLITE_OK);
  run("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
      "PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -65536; PRAGMA secure_delete = FAST;"
      "CREATE TABLE IF NOT EXISTS live (space INTEGER NOT NULL, kind INTEGER NOT NULL,"
      " key BLOB NOT NULL, value BLOB NOT NULL, crc INTEGER NOT NULL,"
      " PRIMARY KEY (space, kind, key)) STRICT, WITHOUT ROWID;"
      "CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, record BLOB NOT NULL,"
      " chain BLOB NOT NULL) STRICT");
  log_ = prepare("INSERT INTO log (seq, record, chain) VALUES (?, ?, zeroblob(32))");
  live_ =
      prepare("INSERT INTO live (space, kind, key, value, crc) VALUES (1, 1, ?, x'', 12345678)");
  sqlite3_wal_hook(
      database_,
      [](void* to, sqlite3*, const char*, int pages) {
        *static_cast<int*>(to) = pages;
        return SQLITE_OK;
      },
      &wal_pages_);
}

BareSqlite::~BareSqlite() {
  sqlite3_finalize(log_);
  sqlite3_finalize(live_);
  sqlite3_close(database_);
}

void BareSqlite::finish(sqlite3_stmt* statement) {
  must(sqlite3_step(statement) == SQLITE_DONE);
  sqlite3_reset(statement);
}

void BareSqlite::commit(std::span<const BareRows> rows) {
  run("BEGIN IMMEDIATE");
  for (const BareRows& row : rows) {
    sqlite3_bind_int64(log_, 1, row.seq);
    sqlite3_bind_blob(log_, 2, row.record.data(), static_cast<int>(row.record.size()),
                      SQLITE_STATIC);
    finish(log_);
    sqlite3_bind_blob(live_, 1, row.key.data(), static_cast<int>(row.key.size()), SQLITE_STATIC);
    finish(live_);
  }
  run("COMMIT");
  if (wal_pages_ < 1024) return;
  must(sqlite3_wal_checkpoint_v2(database_, nullptr, SQLITE_CHECKPOINT_FULL, nullptr, nullptr) ==
       SQLITE_OK);
  wal_pages_ = 0;
}

std::uint64_t BareSqlite::scan() {
  sqlite3_stmt* const rows = prepare("SELECT space, kind, key, value, crc FROM live");
  std::uint64_t found = 0;
  std::uint64_t touched = 0;
  while (sqlite3_step(rows) == SQLITE_ROW) {
    ++found;
    touched += static_cast<std::uint64_t>(sqlite3_column_int64(rows, 0));
    touched += static_cast<std::uint64_t>(sqlite3_column_int64(rows, 1));
    const void* const key = sqlite3_column_blob(rows, 2);
    touched += key != nullptr ? *static_cast<const std::uint8_t*>(key) : 0;
    touched += static_cast<std::uint64_t>(sqlite3_column_bytes(rows, 3));
    touched += static_cast<std::uint64_t>(sqlite3_column_int64(rows, 4));
  }
  sqlite3_finalize(rows);
  must(touched != 0);
  return found;
}

}  // namespace avow::bench
