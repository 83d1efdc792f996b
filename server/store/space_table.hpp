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
  struct Entry {
    std::uint32_t id = 0;
    std::uint64_t revision = 0;
    std::uint64_t rows = 0;  ///< Of `live`.
    std::uint32_t crc = 0;   ///< Of the row in the table, if it is there.
    bool is_stored = false;
    bool is_changed = false;
  };

  [[nodiscard]] static Result<SpaceTable> prepare(const SqliteConnection& database);

  /// Reads the table and tells `sink` of it. Errors: `store-corrupt`.
  [[nodiscard]] Result<void> recover(const History& history, RecoverySink& sink);
  /// A row of `live` was read that is in space `id`. Errors: `store-corrupt` if there is none.
  [[nodiscard]] Result<void> count_row(std::uint64_t id);
  /// Every space that is there has rows. Errors: `store-corrupt`.
  [[nodiscard]] Result<void> check_counts() const;

  /// The space of that name, made if it is not there. Valid until `keep` or `undo`.
  Entry& touch(std::string_view name, std::uint64_t revision);
  /// Writes what changed, within the transaction of the caller.
  [[nodiscard]] Result<void> write(History& history);
  /// What was touched is on the disk: spaces without rows are forgotten.
  void keep();
  /// Goes back to what it was when `keep` was last called.
  void undo();

 private:
  using Entries = std::map<std::string, Entry, std::less<>>;
  SpaceTable() = default;
  [[nodiscard]] Result<void> write_row(const std::string& name, Entry& entry, History& history);

  Statement select_;
  Statement upsert_;
  Statement erase_;
  Entries entries_;
  std::map<std::uint64_t, Entry*> by_id_;                     // While recovering.
  std::vector<std::pair<Entries::iterator, Entry>> touched_;  // As they were before.
  std::uint32_t last_id_ = 0;
};

}  // namespace avow::server
