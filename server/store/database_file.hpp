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
/// none. What is in the write-ahead log stays there until
/// the caller moves it: closing the connection does not.
/// Errors: `store-missing` (no such folder), `store-read-only`, `store-in-use`, `store-foreign`,
/// `store-newer`, `store-wal` (one that is missing or belongs to another), `store-corrupt`,
/// `store-failed`, `no-space`.
[[nodiscard]] Result<SqliteConnection> open_database(const JournalOptions& options);

/// Opens for this process alone, to read it whole, with what the write-ahead log has, and to change
/// nothing. Errors: as above.
[[nodiscard]] Result<SqliteConnection> open_to_read(const std::string& file,
                                                    const std::string& vfs);

/// Opens a copy of a database that nobody else knows yet, to change it. Its tables are those of the
/// version that made it. Errors: those of opening and writing.
[[nodiscard]] Result<SqliteConnection> open_copy(const std::string& file);
/// Ends that: all is in the file, and there is no other. Errors: those of writing.
[[nodiscard]] Result<void> close_copy(SqliteConnection database);

/// Closes a database whose write-ahead log was moved and cut (`checkpoint`), and deletes that.
[[nodiscard]] Result<void> close_without_log(SqliteConnection database);

}  // namespace avow::server
