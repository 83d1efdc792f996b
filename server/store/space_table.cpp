#include "server/store/space_table.hpp"

#include <limits>

#include "avow/base/check.hpp"
#include "server/store/corrupt.hpp"

namespace avow::server {
namespace {

std::uint32_t crc_of(std::uint64_t id, ByteView name, std::uint64_t revision) {
  return RowCrc().number(id).bytes(name).number(revision).value();
}

}  // namespace

Result<SpaceTable> SpaceTable::prepare(const SqliteConnection& database) {
  SpaceTable table;
  AVOW_TRY(table.select_,
           Statement::prepare(database.raw(), "SELECT id, name, revision, crc FROM space"));
  AVOW_TRY(table.upsert_,
           Statement::prepare(database.raw(),
                              "INSERT OR REPLACE INTO space (id, name, revision, crc) "
                              "VALUES (?, ?, ?, ?)"));
  AVOW_TRY(table.erase_, Statement::prepare(database.raw(), "DELETE FROM space WHERE id = ?"));
  AVOW_TRY(table.find_row_,
           Statement::prepare(database.raw(), "SELECT 1 FROM live WHERE space = ? LIMIT 1"));
  return table;
}

Result<void> SpaceTable::load(const History& history) {
  RowSum found;
  for (;;) {
    AVOW_TRY(const bool more, select_.step());
    if (!more) break;
    const std::uint64_t id = select_.number(0);
    const ByteView name = select_.bytes(1);
    const std::uint64_t revision = select_.number(2);
    const std::uint32_t crc = crc_of(id, name, revision);
    if (crc != select_.number(3) || id > std::numeric_limits<std::uint32_t>::max()) {
      return corrupt("a row of the table space has another checksum");
    }
    found.add(crc);
    const Entry entry{
        .id = static_cast<std::uint32_t>(id), .revision = revision, .crc = crc, .is_stored = true};
    const auto [place, is_new] = entries_.emplace(text_of(name), entry);
    if (!is_new) return corrupt("a space is there twice");
    last_id_ = std::max(last_id_, entry.id);
  }
  if (found != history.spaces) return corrupt("rows of the table space are missing or old");
  return {};
}

void SpaceTable::tell(RecoverySink& sink) {
  for (const auto& [name, entry] : entries_) {
    has_rows_[entry.id] = false;
    sink.space(entry.id, name, entry.revision);
  }
}

Result<void> SpaceTable::note_row(std::uint64_t id) {
  const auto found = has_rows_.find(id);
  if (found == has_rows_.end()) return corrupt("a row is in a space that is not there");
  found->second = true;
  return {};
}

Result<void> SpaceTable::check_rows() {
  for (const auto& [id, has_rows] : has_rows_) {
    if (!has_rows) return corrupt("a space has no rows");
  }
  has_rows_.clear();
  return {};
}

std::uint32_t SpaceTable::touch(std::string_view name, std::uint64_t revision) {
  auto found = entries_.find(name);
  if (found == entries_.end()) {
    AVOW_CHECK(last_id_ < std::numeric_limits<std::uint32_t>::max());
    found = entries_.emplace(name, Entry{.id = ++last_id_}).first;
  }
  Entry& entry = found->second;
  if (!entry.is_changed) {
    touched_.emplace_back(found, entry);
    entry.is_changed = true;
  }
  entry.revision = revision;
  return entry.id;
}

Result<void> SpaceTable::write(History& history) {
  for (const auto& [place, before] : touched_) {
    AVOW_TRY_VOID(write_row(place->first, place->second, history));
  }
  return {};
}

Result<void> SpaceTable::write_new(History& history) {
  for (const auto& [place, before] : touched_) {
    if (!place->second.is_stored) AVOW_TRY_VOID(write_row(place->first, place->second, history));
  }
  return {};
}

Result<void> SpaceTable::write_row(const std::string& name, Entry& entry, History& history) {
  if (entry.is_stored) history.spaces.remove(entry.crc);
  find_row_.bind(std::uint64_t{entry.id});
  AVOW_TRY(const bool has_rows, find_row_.step());
  find_row_.reset();
  if (!has_rows) {
    if (!entry.is_stored) return {};
    entry.is_stored = false;
    return erase_.bind(std::uint64_t{entry.id}).run();
  }
  entry.is_stored = true;
  entry.crc = crc_of(entry.id, bytes_of(name), entry.revision);
  history.spaces.add(entry.crc);
  upsert_.bind(std::uint64_t{entry.id}).bind(bytes_of(name)).bind(entry.revision);
  return upsert_.bind(std::uint64_t{entry.crc}).run();
}

void SpaceTable::keep(bool rows_come) {
  if (rows_come) {
    for (auto& [place, before] : touched_) {
      before = place->second;
      before.is_changed = false;
    }
    return;
  }
  for (const auto& [place, before] : touched_) {
    place->second.is_changed = false;
    if (!place->second.is_stored) entries_.erase(place);
  }
  touched_.clear();
}

void SpaceTable::undo() {
  for (const auto& [place, before] : touched_) {
    place->second = before;
    if (!before.is_stored) entries_.erase(place);
  }
  touched_.clear();
}

}  // namespace avow::server
