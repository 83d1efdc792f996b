#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "avow/base/result.hpp"
#include "server/store/journal.hpp"
#include "server/store/sqlite.hpp"

// Whether a database that no server uses is whole, and what is in it.

namespace avow::server {

struct StoreFacts {
  std::uint64_t epoch = 0;
  std::uint64_t floor = 0;  ///< The first turn of the log; 0 if there is none.
  std::uint64_t head = 0;   ///< The last.
  std::uint64_t spaces = 0;
  std::array<std::uint64_t, stored_kind_max + 1> rows{};  ///< By StoredKind.
  std::uint64_t outcomes = 0;
  std::uint64_t log_turns = 0;
  std::uint64_t log_bytes = 0;

  [[nodiscard]] std::uint64_t live() const {
    std::uint64_t all = 0;
    for (const std::uint64_t of_kind : rows) all += of_kind;
    return all;
  }
};

/// Checks everything there is to check of a data file: SQLite's structure, every checksum, the
/// chain and every record of the log; nothing is changed. `visitor`, if there is one, is told what
/// lives, as recovery would be: that is how a file at rest is exported. Errors: `store-in-use`
/// while a server runs, `store-corrupt`, and the others of opening.
[[nodiscard]] Result<StoreFacts> check_file(const std::string& file, const std::string& vfs = {},
                                            RecoverySink* visitor = nullptr);
/// The same of the file of a backup, after its checksum. Errors: `backup-invalid`, `store-corrupt`.
[[nodiscard]] Result<StoreFacts> check_backup(const std::string& file,
                                              RecoverySink* visitor = nullptr);

}  // namespace avow::server
