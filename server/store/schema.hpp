#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "avow/base/result.hpp"
#include "server/store/sqlite.hpp"

// What a database of ours looks like, and how one of an older version becomes one of this version.

namespace avow::server {

/// "Avow": tells our files from those of other programs.
inline constexpr std::int64_t store_application_id = 0x41766F77;

/// The numbered steps of schemas/sql. Step n makes a database of version n of one of version n - 1.
[[nodiscard]] std::span<const std::string_view> schema_steps();
[[nodiscard]] inline std::int64_t schema_version() {
  return static_cast<std::int64_t>(schema_steps().size());
}

/// Takes the steps that `version` lacks, within a transaction of the caller.
[[nodiscard]] Result<void> take_schema_steps(const SqliteConnection& database,
                                             std::int64_t version);

/// Whether the tables are those of the database's version, letter for letter: a damaged description
/// of a table would have its rows read as something else. Errors: `store-corrupt`.
[[nodiscard]] Result<void> check_schema(const SqliteConnection& database);

/// Errors: `store-newer`, with the sentence that an older server owes its user.
[[nodiscard]] Result<void> check_version(const std::string& file, std::int64_t version);

}  // namespace avow::server
