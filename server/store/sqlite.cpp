#include "server/store/sqlite.hpp"

#include <utility>

#include "avow/base/check.hpp"

namespace avow::server {
namespace {

const char* code_of(int sqlite_code) {
  switch (sqlite_code & 0xFF) {
    case SQLITE_FULL:
      return "no-space";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "store-in-use";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "store-corrupt";
    case SQLITE_READONLY:
      return "store-read-only";
    default:
      return "store-failed";
  }
}

const char* advice_on(int sqlite_code) {
  switch (sqlite_code & 0xFF) {
    case SQLITE_FULL:
      return "Make room on the disk.";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "Restore a backup with `avow restore`.";
    case SQLITE_IOERR:
      return "The system's log may say what is wrong with the disk.";
    case SQLITE_NOMEM:
      return "Give the server more memory.";
    default:
      return "Look at the owner and the mode of the file and of its folder.";
  }
}

}  // namespace

Error sqlite_error(sqlite3* database, int code, std::string_view doing) {
  std::string detail(doing);
  detail.append(" failed: ").append(sqlite3_errstr(code));
  detail.append(" (SQLite ").append(std::to_string(code));
  // The text of the connection is about its last call, and says more if that is the one that
  // failed.
  if (database != nullptr && sqlite3_extended_errcode(database) == code) {
    detail.append(", ").append(sqlite3_errmsg(database));
    const int system = sqlite3_system_errno(database);
    if (system != 0) detail.append(", errno ").append(std::to_string(system));
  }
  return {code_of(code), detail.append("). ").append(advice_on(code))};
}

// ---- statements
// ----------------------------------------------------------------------------------

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Result<Statement> Statement::prepare(sqlite3& database, std::string_view text) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(&database, text.data(), static_cast<int>(text.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return sqlite_error(&database, code, "Reading the database's schema");
  return Statement(statement);
}

void Statement::note(int code) {
  AVOW_CHECK(code != SQLITE_RANGE && code != SQLITE_MISUSE);
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
}

Statement& Statement::bind(std::int64_t number) {
  note(sqlite3_bind_int64(statement_.get(), ++bound_, number));
  return *this;
}

Statement& Statement::bind(ByteView bytes) {
  // A null pointer would be NULL instead of no bytes.
  static constexpr std::uint8_t nothing = 0;
  const void* const data = bytes.empty() ? &nothing : bytes.data();
  note(sqlite3_bind_blob64(statement_.get(), ++bound_, data, bytes.size(), SQLITE_STATIC));
  return *this;
}

Statement& Statement::bind_null() {
  note(sqlite3_bind_null(statement_.get(), ++bound_));
  return *this;
}

Result<bool> Statement::step() {
  const int code = bind_code_ != SQLITE_OK ? bind_code_ : sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  Error error = sqlite_error(sqlite3_db_handle(statement_.get()), code, "Using the database");
  reset();
  return error;
}

Result<void> Statement::run() {
  for (;;) {
    AVOW_TRY(const bool more, step());
    if (!more) return {};
  }
}

void Statement::reset() {
  sqlite3_reset(statement_.get());  // Its code is that of the step before, which was told.
  bound_ = 0;
  bind_code_ = SQLITE_OK;
}

int Statement::changed_rows() const { return sqlite3_changes(sqlite3_db_handle(statement_.get())); }

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

ByteView Statement::bytes(int column) const {
  const auto* const data =
      static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return data == nullptr ? ByteView() : ByteView(data, static_cast<std::size_t>(size));
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

// ---- connections
// ---------------------------------------------------------------------------------

void SqliteConnection::Close::operator()(sqlite3* database) const { sqlite3_close(database); }

Result<SqliteConnection> SqliteConnection::open(const std::string& name, int flags,
                                                const std::string& vfs) {
  sqlite3* database = nullptr;
  const int all = flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE;
  const int code =
      sqlite3_open_v2(name.c_str(), &database, all, vfs.empty() ? nullptr : vfs.c_str());
  SqliteConnection connection;
  connection.handle_.reset(database);
  if (code != SQLITE_OK) return sqlite_error(database, code, "Opening " + name);
  return connection;
}

Result<void> SqliteConnection::run(const std::string& statements) const {
  const int code = sqlite3_exec(handle_.get(), statements.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code, "Using the database");
  return {};
}

Result<std::int64_t> SqliteConnection::number(std::string_view statement) const {
  AVOW_TRY(Statement prepared, Statement::prepare(*handle_, statement));
  AVOW_TRY(const bool found, prepared.step());
  if (!found) return Error{"store-corrupt", "The database lacks a row that it always has."};
  return prepared.integer(0);
}

Result<void> SqliteConnection::close() {
  const int code = sqlite3_close(handle_.get());
  if (code != SQLITE_OK) return error(code, "Closing the database");
  (void)handle_.release();
  return {};
}

}  // namespace avow::server
