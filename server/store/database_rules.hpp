#pragma once

#include "avow/base/result.hpp"
#include "server/store/journal_options.hpp"
#include "server/store/sqlite.hpp"

// What every connection obeys. docs/STORE.md tells the reason for each rule.

namespace avow::server {

/// The rules that hold wherever SQL is run: limits, nothing that a schema could call, no mapped
/// memory.
[[nodiscard]] Result<void> restrict(const SqliteConnection& database);

/// Those and the rules of the one connection that writes. Before anything is read: exclusive
/// locking must come before the write-ahead log is opened, which then needs no shared memory and
/// admits nobody else. From now on closing the connection moves nothing out of the write-ahead log.
[[nodiscard]] Result<void> obey_rules(const SqliteConnection& database, Flush flush);

/// Errors: `store-failed` if SQLite would not, and those of writing.
[[nodiscard]] Result<void> use_write_ahead_log(const SqliteConnection& database);

/// Moves all of the write-ahead log into the database; `mode` is one of SQLITE_CHECKPOINT_…. The
/// close of a connection, which does the same, does not say if it fails.
[[nodiscard]] Result<void> checkpoint(const SqliteConnection& database, int mode);

/// As SQLite calls it.
[[nodiscard]] const char* level_of(Flush flush);

}  // namespace avow::server
