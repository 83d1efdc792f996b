#include "server/store/schema.hpp"

#include <string>
#include <vector>

namespace avow::server {
namespace {

// All that a schema says, in one text. An internal index has no text of its own.
Result<std::string> description_of(const SqliteConnection& database) {
  AVOW_TRY(Statement rows,
           Statement::prepare(database.raw(),
                              "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || "
                              "coalesce(sql, '') FROM sqlite_schema ORDER BY name"));
  std::string description;
  for (;;) {
    AVOW_TRY(const bool more, rows.step());
    if (!more) return description;
    description.append(text_of(rows.bytes(0))).append("\n");
  }
}

// What each step makes of what the one before it made, from an empty database on.
Result<std::vector<std::string>> expected_descriptions() {
  AVOW_TRY(const SqliteConnection database,
           SqliteConnection::open(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, ""));
  std::vector<std::string> descriptions;
  for (const std::string_view step : schema_steps()) {
    AVOW_TRY_VOID(database.run(std::string(step)));
    AVOW_TRY(descriptions.emplace_back(), description_of(database));
  }
  return descriptions;
}

}  // namespace

Result<void> take_schema_steps(const SqliteConnection& database, std::int64_t version) {
  const auto steps = schema_steps();
  for (auto i = static_cast<std::size_t>(version); i < steps.size(); ++i) {
    AVOW_TRY_VOID(database.run(std::string(steps[i])));
  }
  return database.run("PRAGMA user_version = " + std::to_string(schema_version()));
}

Result<void> check_schema(const SqliteConnection& database) {
  // Always the same, and asked for by every test that cuts the power.
  static const Result<std::vector<std::string>> expected = expected_descriptions();
  if (!expected) return expected.error();
  AVOW_TRY(const std::int64_t version, database.number("PRAGMA user_version"));
  AVOW_TRY(const std::string found, description_of(database));
  const bool is_known = version >= 1 && version <= schema_version();
  if (is_known && found == (*expected)[static_cast<std::size_t>(version - 1)]) return {};
  return Error{"store-corrupt",
               "The tables of the database are not those that Avow made: it is damaged or was "
               "changed by hand. Restore a backup with `avow restore`."};
}

Result<void> check_version(const std::string& file, std::int64_t version) {
  if (version <= schema_version()) return {};
  return Error{"store-newer", file + " was written by a newer avowd (version " +
                                  std::to_string(version) + " of its tables; this one knows " +
                                  std::to_string(schema_version()) +
                                  "). Start that one, or restore a backup of this version."};
}

}  // namespace avow::server
