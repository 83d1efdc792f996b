#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/store/history_row.hpp"
#include "server/store/journal.hpp"

// The table `space`, which is small, and is held in memory too. A space is in it as long as it has
// rows.

namespace avow::server {

class SpaceTable {
 public:
  [[nodiscard]] static Result<SpaceTable> prepare(const SqliteConnection& database);

  /// Reads the table. Errors: `store-corrupt`.
  [[nodiscard]] Result<void> load(const History& history);
  /// Tells `sink` of every space. After this come the rows of `live`.
  void tell(RecoverySink& sink);
  /// A row of `live` was read that is in space `id`. Errors: `store-corrupt` if there is none.
  [[nodiscard]] Result<void> note_row(std::uint64_t id);
  /// Every space that is there has rows. Errors: `store-corrupt`.
  [[nodiscard]] Result<void> check_rows();

  /// The id of the space of that name, made if it is not there, of which `revision` is the last.
  std::uint32_t touch(std::string_view name, std::uint64_t revision);
  /// Writes what changed, within the transaction of the caller, after the rows of `live`.
  [[nodiscard]] Result<void> write(History& history);
  /// The same in the middle of many rows: only spaces that are not in the table and have rows now.
  [[nodiscard]] Result<void> write_new(History& history);
  /// What was written counts. Unless rows are still to come, spaces without any are forgotten.
  void keep(bool rows_come);
  /// Goes back to what it was when `keep` was last called.
  void undo();

 private:
  struct Entry {
    std::uint32_t id = 0;
    std::uint64_t revision = 0;
    std::uint32_t crc = 0;  ///< Of the row in the table, if it is there.
    bool is_stored = false;
    bool is_changed = false;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;
  SpaceTable() = default;
  [[nodiscard]] Result<void> write_row(const std::string& name, Entry& entry, History& history);

  Statement select_;
  Statement upsert_;
  Statement erase_;
  Statement find_row_;
  Entries entries_;
  std::map<std::uint64_t, bool> has_rows_;                    // By id, while recovering.
  std::vector<std::pair<Entries::iterator, Entry>> touched_;  // As they were before.
  std::uint32_t last_id_ = 0;
};

}  // namespace avow::server
