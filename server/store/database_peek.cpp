#include "server/store/database_peek.hpp"

#include <array>

#include "server/store/database_rules.hpp"
#include "server/store/history_row.hpp"
#include "server/store/schema.hpp"

namespace avow::server {
namespace {

// A file name as part of a URI (RFC 3986, 2.1).
std::string uri_of(const std::string& file) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : file) {
    if (c == '%' || c == '?' || c == '#') {
      const auto byte = static_cast<unsigned char>(c);
      uri.append({'%', digits[byte >> 4], digits[byte & 15]});
    } else {
      uri.push_back(c);
    }
  }
  return uri;
}

// The first bytes of a database (SQLite, "Database File Format", 1.3): "SQLite format 3" and a
// zero; at 60 the version that we gave to the tables, at 68 the number of the program; big-endian.
Result<void> read_header(const SqliteConnection& database, const std::string& name,
                         FilePeek& peek) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(&database.raw(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  sqlite3_int64 size = 0;
  std::array<std::uint8_t, 72> header{};
  int code = file->pMethods->xFileSize(file, &size);
  if (code == SQLITE_OK && size == 0) return {};
  peek.is_there = true;
  if (code == SQLITE_OK && size >= static_cast<sqlite3_int64>(header.size())) {
    code = file->pMethods->xRead(file, header.data(), static_cast<int>(header.size()), 0);
  }
  if (code != SQLITE_OK) return sqlite_error(nullptr, code, "Reading " + name);
  static constexpr std::string_view magic("SQLite format 3\0", 16);
  if (!equal(ByteView(header).first(16), bytes_of(magic))) return {};
  const auto u32_at = [&](std::size_t at) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = number << 8 | header[at + i];
    return std::int64_t{number};
  };
  peek.version = u32_at(60);
  peek.application = u32_at(68);
  return {};
}

// SQLite writes a first page before the transaction that makes the tables: a server that ended in
// between leaves a database of nobody, with nothing in it.
bool is_without_tables(const SqliteConnection& database, const FilePeek& peek) {
  if (peek.application != 0 || peek.version != 0) return false;
  const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
  return tables && *tables == 0;
}

}  // namespace

bool file_is_there(const std::string& file, const std::string& vfs) {
  sqlite3_vfs* const system = sqlite3_vfs_find(vfs.empty() ? nullptr : vfs.c_str());
  int found = 0;
  // To ask whether it exists would be answered with no for a file that is empty.
  return system != nullptr &&
         system->xAccess(system, file.c_str(), SQLITE_ACCESS_READ, &found) == SQLITE_OK &&
         found != 0;
}

Result<SqliteConnection> open_at_rest(const std::string& file, const std::string& vfs) {
  AVOW_TRY(SqliteConnection database,
           SqliteConnection::open(uri_of(file) + "?immutable=1",
                                  SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, vfs));
  AVOW_TRY_VOID(restrict(database));
  return database;
}

Result<FilePeek> peek_at(const std::string& file, const std::string& vfs) {
  FilePeek peek;
  if (!file_is_there(file, vfs)) return peek;
  AVOW_TRY(const SqliteConnection database, open_at_rest(file, vfs));
  AVOW_TRY_VOID(read_header(database, file, peek));
  if (is_without_tables(database, peek)) peek.is_there = false;
  if (peek.application != store_application_id) return peek;
  // A checkpoint that the power cut off leaves what only the write-ahead log can mend.
  if (const Result<History> history = load_history(database)) {
    peek.has_history = true;
    peek.epoch = history->epoch;
    peek.is_closed = history->closed_at.has_value();
  }
  return peek;
}

}  // namespace avow::server
