#pragma once

#include <memory>
#include <span>
#include <sqlite3.h>
#include <string>

#include "server/store/stored.hpp"

// SQLite with nothing around it: the same rows in the same tables, under the same settings, written
// by the same batches, and nothing computed for them but what a row holds.

namespace avow::bench {

/// A turn of one fact, as rows.
struct BareRows {
  std::int64_t seq = 0;
  Bytes record;  ///< Of the log.
  Bytes key;     ///< Of what lives.
};

class BareSqlite {
 public:
  /// Makes `file`, or opens it. What goes wrong ends the program.
  explicit BareSqlite(const std::string& file);
  BareSqlite(const BareSqlite&) = delete;
  BareSqlite& operator=(const BareSqlite&) = delete;
  ~BareSqlite();

  /// One transaction.
  void commit(std::span<const BareRows> rows);
  /// Reads all columns of all rows of what lives; how many there were.
  std::uint64_t scan();

 private:
  void run(const char* sql);
  sqlite3_stmt* prepare(const char* sql);
  void finish(sqlite3_stmt* statement);
  void must(bool is_well);

  sqlite3* database_ = nullptr;
  sqlite3_stmt* log_ = nullptr;
  sqlite3_stmt* live_ = nullptr;
  int wal_pages_ = 0;
};

}  // namespace avow::bench
