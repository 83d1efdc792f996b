#include "server/store/live_table.hpp"

#include "server/store/corrupt.hpp"

namespace avow::server {
namespace {

// Rows between two reports.
constexpr std::uint64_t rows_a_report = 16'384;

std::uint32_t crc_of(std::uint64_t space, std::uint64_t kind, ByteView key, ByteView value) {
  return RowCrc().number(space).number(kind).bytes(key).bytes(value).value();
}

std::uint64_t number_of(StoredKind kind) { return static_cast<std::uint64_t>(kind); }

// The CRC of a row that is about to go, as the table has it.
std::uint32_t stored_crc(const Statement& row) { return static_cast<std::uint32_t>(row.number(0)); }

Statement& bind_place(Statement& statement, const LivePlace& place) {
  statement.bind(std::uint64_t{place.space}).bind(number_of(place.kind));
  return statement.bind(ByteView(place.key));
}

}  // namespace

Result<LiveTable> LiveTable::prepare(const SqliteConnection& database) {
  LiveTable table;
  sqlite3& db = database.raw();
  AVOW_TRY(table.select_, Statement::prepare(db, "SELECT space, kind, key, value, crc FROM live"));
  AVOW_TRY(table.insert_, Statement::prepare(db,
                                             "INSERT INTO live (space, kind, key, value, crc) "
                                             "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"));
  AVOW_TRY(table.find_,
           Statement::prepare(db, "SELECT crc FROM live WHERE space = ? AND kind = ? AND key = ?"));
  AVOW_TRY(table.update_, Statement::prepare(db,
                                             "UPDATE live SET value = ?, crc = ? "
                                             "WHERE space = ? AND kind = ? AND key = ?"));
  AVOW_TRY(table.erase_,
           Statement::prepare(db,
                              "DELETE FROM live WHERE space = ? AND kind = ? AND key = ? "
                              "RETURNING crc"));
  return table;
}

Result<void> LiveTable::recover(const History& history, SpaceTable& spaces, RecoverySink& sink) {
  RowSum found;
  sink.progress(0, history.live.rows);
  for (;;) {
    AVOW_TRY(const bool more, select_.step());
    if (!more) break;
    const std::uint64_t space = select_.number(0);
    const std::uint64_t kind = select_.number(1);
    const ByteView key = select_.bytes(2);
    const ByteView value = select_.bytes(3);
    const std::uint32_t crc = crc_of(space, kind, key, value);
    if (crc != select_.number(4) || kind < 1 || kind > stored_kind_max) {
      return corrupt("a row of the table live has another checksum");
    }
    // A damaged tree could lead in circles.
    if (found.rows == history.live.rows) return corrupt("the table live has too many rows");
    found.add(crc);
    AVOW_TRY_VOID(spaces.note_row(space));
    AVOW_TRY_VOID(sink.row({.kind = static_cast<StoredKind>(kind),
                            .space = static_cast<std::uint32_t>(space),
                            .key = key,
                            .value = value}));
    if (found.rows % rows_a_report == 0) sink.progress(found.rows, history.live.rows);
  }
  if (found != history.live) return corrupt("rows of the table live are missing or old");
  sink.progress(found.rows, history.live.rows);
  return spaces.check_rows();
}

Result<void> LiveTable::apply(const LivePlace& place, const LiveChange& change, History& history) {
  const bool is_put = change.act == StoredChange::Act::put;
  return is_put ? put(place, change.value, history) : erase(place, history);
}

Result<void> LiveTable::put(const LivePlace& place, ByteView value, History& history) {
  const std::uint32_t crc = crc_of(place.space, number_of(place.kind), place.key, value);
  bind_place(insert_, place).bind(value).bind(std::uint64_t{crc});
  AVOW_TRY_VOID(insert_.run());
  if (insert_.changed_rows() == 0) return replace(place, value, crc, history);
  history.live.add(crc);
  return {};
}

Result<void> LiveTable::replace(const LivePlace& place, ByteView value, std::uint32_t crc,
                                History& history) {
  bind_place(find_, place);
  AVOW_TRY(const bool is_there, find_.step());
  if (!is_there) return corrupt("a row is there and is not there");
  history.live.remove(stored_crc(find_));
  find_.reset();
  history.live.add(crc);
  bind_place(update_.bind(value).bind(std::uint64_t{crc}), place);
  return update_.run();
}

Result<void> LiveTable::erase(const LivePlace& place, History& history) {
  bind_place(erase_, place);
  AVOW_TRY(const bool was_there, erase_.step());
  if (!was_there) return {};
  history.live.remove(stored_crc(erase_));
  return erase_.run();
}

}  // namespace avow::server
