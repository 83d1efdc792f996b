#include "server/store/database_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>
#include <utility>

#include "server/store/database_peek.hpp"
#include "server/store/database_rules.hpp"
#include "server/store/history_row.hpp"
#include "server/store/schema.hpp"

namespace avow::server {
namespace {

namespace fs = std::filesystem;

Result<void> check_folder(const std::string& file) {
  const fs::path folder = fs::absolute(file).parent_path();
  std::error_code none;
  if (!fs::is_directory(folder, none)) {
    return Error{"store-missing",
                 "The folder " + folder.string() +
                     " does not exist. Make it, or name another file with --data."};
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    return Error{"store-read-only", "The folder " + folder.string() +
                                        " cannot be written by this user. Change its owner or its "
                                        "mode, or name another file with --data."};
  }
  return {};
}

// Made before SQLite does, so that nobody else can read it, and that its name is on the disk.
Result<void> make_file(const std::string& file) {
  const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0) {
    if (errno == EEXIST) return {};
    return Error{"store-failed", file + " could not be made (errno " + std::to_string(errno) +
                                     "). Look at the folder's owner, or name another file with "
                                     "--data."};
  }
  ::close(made);
  const int folder = ::open(fs::absolute(file).parent_path().c_str(), O_RDONLY | O_CLOEXEC);
  if (folder < 0) return {};
  const bool synced = ::fsync(folder) == 0;
  ::close(folder);
  if (synced) return {};
  return Error{"store-failed", "The folder of " + file + " could not be flushed to the disk."};
}

Error in_use(const std::string& file) {
  return {"store-in-use", file +
                              " is in use by another process, most likely another avowd. Stop that "
                              "one, or name another file with --data."};
}

Error foreign(const std::string& file) {
  return {
      "store-foreign",
      file + " is no database of Avow. Name another file with --data; this one was not touched."};
}

Result<void> check_identity(const std::string& file, const FilePeek& peek) {
  const bool is_ours = peek.application == store_application_id;
  if (peek.is_there && !is_ours) return foreign(file);
  return check_version(file, peek.version);
}

Error missing_wal(const std::string& file) {
  return {"store-wal", file + " was not closed cleanly, and " + wal_of(file) +
                           " is missing: turns that were acknowledged may be in it. Put it back "
                           "beside the database, or restore a backup with `avow restore`. (A copy "
                           "of a running server's file is no backup: use `avow backup`.)"};
}

Error foreign_wal(const std::string& file) {
  return {"store-wal", wal_of(file) + " does not belong to " + file +
                           ": it was left by another database of that name. Move it away if the "
                           "database is the one that you want, or put back the database that it "
                           "belongs to."};
}

// ---- opening ------------------------------------------------------------------------------------

// The first tables are made under a rollback journal, so that the database file alone says whose it
// is from the beginning. EXTRA: its end is on the disk before anything else is.
Result<void> make_tables(const SqliteConnection& database, const JournalOptions& options) {
  AVOW_TRY_VOID(
      database.run("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA synchronous = EXTRA;"
                   "BEGIN EXCLUSIVE"));
  AVOW_TRY_VOID(database.run("PRAGMA application_id = " + std::to_string(store_application_id)));
  AVOW_TRY_VOID(take_schema_steps(database, 0));
  AVOW_TRY_VOID(insert_history(database, options.epoch));
  return database.run(std::string("COMMIT; PRAGMA synchronous = ") + level_of(options.flush));
}

Error explain(const std::string& file, Error error) {
  if (error.code == "store-in-use") return in_use(file);
  return error;
}

// What a file needs that has been there.
Result<void> adopt(const SqliteConnection& database, const JournalOptions& options) {
  // Ours is the lock now, so that what the file says by itself can be relied on.
  AVOW_TRY(const FilePeek peek, peek_at(options.file, options.vfs));
  AVOW_TRY_VOID(check_identity(options.file, peek));
  AVOW_TRY_VOID(check_schema(database));
  AVOW_TRY(const History history, load_history(database));
  if (peek.has_history && peek.epoch != history.epoch) return foreign_wal(options.file);
  return {};
}

Result<void> check_beforehand(const JournalOptions& options) {
  // While a rollback journal is there, a database is being made, or was when the power went: what
  // the file says by itself means nothing yet.
  if (file_is_there(options.file + "-journal", options.vfs)) return {};
  const bool has_wal = file_is_there(wal_of(options.file), options.vfs);
  AVOW_TRY(const FilePeek peek, peek_at(options.file, options.vfs));
  AVOW_TRY_VOID(check_identity(options.file, peek));
  if (!peek.is_there && has_wal) return foreign_wal(options.file);
  if (peek.is_there && !has_wal && peek.has_history && !peek.is_closed) {
    return missing_wal(options.file);
  }
  return {};
}

Result<void> settle(const SqliteConnection& database, const JournalOptions& options) {
  if (sqlite3_db_readonly(&database.raw(), "main") == 1) {
    return Error{"store-read-only", options.file +
                                        " cannot be written by this user. Change its "
                                        "owner or its mode."};
  }
  AVOW_TRY_VOID(obey_rules(database, options.flush));
  // The first that is read takes the lock, and rolls back what an unfinished making left.
  AVOW_TRY(const std::int64_t version, database.number("PRAGMA user_version"));
  AVOW_TRY(const std::int64_t tables, database.number("SELECT count(*) FROM sqlite_schema"));
  if (version == 0 && tables == 0) {
    AVOW_TRY_VOID(make_tables(database, options));
  }
  AVOW_TRY_VOID(use_write_ahead_log(database));
  // Once more: the write-ahead log may say something else.
  AVOW_TRY(const std::int64_t found, database.number("PRAGMA user_version"));
  AVOW_TRY_VOID(check_version(options.file, found));
  return adopt(database, options);
}

}  // namespace

std::string wal_of(const std::string& file) { return file + "-wal"; }

Result<SqliteConnection> open_database(const JournalOptions& given) {
  JournalOptions options = given;
  // What lies beside the database lies beside the file that a link leads to.
  if (options.vfs.empty()) options.file = fs::weakly_canonical(given.file).string();
  if (options.vfs.empty()) {
    AVOW_TRY_VOID(check_folder(options.file));
  }
  AVOW_TRY_VOID(check_beforehand(options));
  if (options.vfs.empty()) {
    AVOW_TRY_VOID(make_file(options.file));
  }
  AVOW_TRY(SqliteConnection database,
           SqliteConnection::open(options.file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                                  options.vfs));
  const Result<void> settled = settle(database, options);
  if (!settled) return explain(options.file, settled.error());
  return database;
}

Result<SqliteConnection> open_to_read(const std::string& file, const std::string& vfs) {
  JournalOptions options;
  options.file = vfs.empty() ? fs::weakly_canonical(file).string() : file;
  options.vfs = vfs;
  if (!file_is_there(options.file, vfs)) {
    return Error{"store-missing", file + " is not there."};
  }
  AVOW_TRY_VOID(check_beforehand(options));
  // A running server always has a write-ahead log. Without one nothing needs a lock.
  const bool has_wal = file_is_there(wal_of(options.file), vfs);
  AVOW_TRY(SqliteConnection database,
           has_wal ? SqliteConnection::open(options.file, SQLITE_OPEN_READWRITE, vfs)
                   : open_at_rest(options.file, vfs));
  const auto settle_down = [&]() -> Result<void> {
    if (has_wal) {
      AVOW_TRY_VOID(obey_rules(database, options.flush));
    }
    return adopt(database, options);
  };
  if (const Result<void> settled = settle_down(); !settled) return explain(file, settled.error());
  return database;
}

Result<SqliteConnection> open_copy(const std::string& file) {
  AVOW_TRY(SqliteConnection database, SqliteConnection::open(file, SQLITE_OPEN_READWRITE, ""));
  AVOW_TRY_VOID(obey_rules(database, Flush::full));
  return database;
}

Result<void> close_copy(SqliteConnection database) {
  AVOW_TRY_VOID(checkpoint(database, SQLITE_CHECKPOINT_TRUNCATE));
  return close_without_log(std::move(database));
}

Result<void> close_without_log(SqliteConnection database) {
  // The last connection deletes the write-ahead log, empty as it is.
  sqlite3_db_config(&database.raw(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
  return database.close();
}

}  // namespace avow::server
