#pragma once

#include <string>

#include "avow/base/result.hpp"
#include "server/store/journal_options.hpp"
#include "server/store/sqlite.hpp"

// How a database file is opened, and when it is refused. docs/STORE.md has the refusals in a table.

namespace avow::server {

/// Where SQLite keeps the write-ahead log of a database.
[[nodiscard]] std::string wal_of(const std::string& file);

/// Opens for this process alone, by all the rules of docs/STORE.md; makes the database if there is
/// none, and takes the schema steps that it lacks. What is in the write-ahead log stays there until
/// the caller moves it: closing the connection does not.
/// Errors: `store-missing` (no such folder), `store-read-only`, `store-in-use`, `store-foreign`,
/// `store-newer`, `store-wal` (one that is missing or belongs to another), `store-corrupt`,
/// `store-failed`, `no-space`.
[[nodiscard]] Result<SqliteConnection> open_database(const JournalOptions& options);

/// Opens for this process alone, to read it whole, with what the write-ahead log has, and to change
/// nothing. Errors: as above.
[[nodiscard]] Result<SqliteConnection> open_to_read(const std::string& file,
                                                    const std::string& vfs);

/// Opens what a backup was copied into, to change it: closing the connection makes it one file.
[[nodiscard]] Result<SqliteConnection> open_restored(const std::string& file);

}  // namespace avow::server
