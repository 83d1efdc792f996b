#include "server/store/schema.hpp"

#include <string>

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

// What the steps make of an empty database.
Result<std::string> expected_description() {
  AVOW_TRY(const SqliteConnection empty,
           SqliteConnection::open(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, ""));
  AVOW_TRY_VOID(take_schema_steps(empty, 0));
  return description_of(empty);
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
  static const Result<std::string> expected = expected_description();
  if (!expected) return expected.error();
  AVOW_TRY(const std::string found, description_of(database));
  if (found == *expected) return {};
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
