#pragma once

#include <cstdint>
#include <string>

#include "avow/base/result.hpp"
#include "server/store/sqlite.hpp"

// Looking at a database without a lock and without changing anything.

namespace avow::server {

/// What the database file says by itself, without the write-ahead log beside it.
struct FilePeek {
  bool is_there = false;  ///< And not empty: somebody made tables in it.
  std::int64_t application = 0;
  std::int64_t version = 0;
  bool has_history = false;  ///< Whether the two below could be read.
  std::uint64_t epoch = 0;
  bool is_closed = false;  ///< It ended cleanly.
};

/// While a server runs on the file, only the first three can be relied on. Errors: those of
/// reading.
[[nodiscard]] Result<FilePeek> peek_at(const std::string& file, const std::string& vfs);

/// Opens for reading what nobody may be writing: a backup, or a database that ended cleanly.
[[nodiscard]] Result<SqliteConnection> open_at_rest(const std::string& file,
                                                    const std::string& vfs);

/// Whether `file` exists, as `vfs` knows it.
[[nodiscard]] bool file_is_there(const std::string& file, const std::string& vfs);

}  // namespace avow::server
