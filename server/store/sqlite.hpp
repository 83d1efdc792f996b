#pragma once

#include <cstdint>
#include <memory>
#include <sqlite3.h>
#include <string>
#include <string_view>

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"

// SQLite's C interface as resources with one owner and errors as values. Nothing of it is seen
// outside of this folder.

namespace avow::server {

/// What SQLite says about `code`; `doing` begins the sentence: "Writing a turn".
/// Codes: `no-space`, `store-in-use`, `store-corrupt`, `store-read-only`, `store-failed`.
[[nodiscard]] Error sqlite_error(sqlite3* database, int code, std::string_view doing);

/// SQLite's numbers are signed; ours are the same 64 bits.
[[nodiscard]] constexpr std::int64_t to_sql(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}
[[nodiscard]] constexpr std::uint64_t from_sql(std::int64_t number) {
  return static_cast<std::uint64_t>(number);
}

/// A prepared statement. It must not outlive its connection.
class Statement {
 public:
  /// One of none: only to be assigned to.
  Statement() = default;
  /// `text` is one statement, with `?` where values go.
  [[nodiscard]] static Result<Statement> prepare(sqlite3& database, std::string_view text);

  /// Fills the next `?`. `bytes` are borrowed until the statement has run.
  Statement& bind(std::int64_t number);
  Statement& bind(std::uint64_t number) { return bind(to_sql(number)); }
  Statement& bind(ByteView bytes);
  Statement& bind_null();

  /// Goes to the next row; `false` after the last. Errors as sqlite_error says; the statement is
  /// reset by an error, and after the last row.
  [[nodiscard]] Result<bool> step();
  /// Goes through all rows, of which it needs none.
  [[nodiscard]] Result<void> run();
  /// How many rows the last run inserted, changed or erased.
  [[nodiscard]] int changed_rows() const;
  /// Forgets what was bound and where it was.
  void reset();

  /// Of the present row. Bytes are borrowed until the next step.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t number(int column) const { return from_sql(integer(column)); }
  [[nodiscard]] ByteView bytes(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  void note(int code);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0;              // How many `?` are filled.
  int bind_code_ = SQLITE_OK;  // The first that went wrong in doing so.
};

/// A connection to one database.
class SqliteConnection {
 public:
  /// `flags` are those of sqlite3_open_v2; the extended codes are always on, SQLite's own mutex
  /// always off: one thread at a time uses a connection. `vfs` empty: the system's.
  [[nodiscard]] static Result<SqliteConnection> open(const std::string& name, int flags,
                                                     const std::string& vfs);

  [[nodiscard]] sqlite3& raw() const { return *handle_; }
  /// Runs statements without values. Ours alone: never made of what comes from outside.
  [[nodiscard]] Result<void> run(const std::string& statements) const;
  /// The number that a statement yields in its only row.
  [[nodiscard]] Result<std::int64_t> number(std::string_view statement) const;
  [[nodiscard]] Error error(int code, std::string_view doing) const {
    return sqlite_error(handle_.get(), code, doing);
  }
  /// Closes; all statements are gone by now. What goes wrong is known from here alone.
  [[nodiscard]] Result<void> close();

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace avow::server
