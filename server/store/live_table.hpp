#pragma once

#include <functional>

#include "server/store/history_row.hpp"
#include "server/store/space_table.hpp"
#include "server/store/stored.hpp"

// The table `live`: what is there now.

namespace avow::server {

class LiveTable {
 public:
  [[nodiscard]] static Result<LiveTable> prepare(const SqliteConnection& database);

  /// Reads the table and tells `sink` of it. Errors: `store-corrupt`, and those of `sink`.
  [[nodiscard]] Result<void> recover(const History& history, SpaceTable& spaces,
                                     RecoverySink& sink);
  /// Makes `change` in `space`, within the transaction of the caller. To put what is there, or to
  /// erase what is not, changes nothing.
  [[nodiscard]] Result<void> apply(const StoredChange& change, SpaceTable::Entry& space,
                                   History& history);

 private:
  LiveTable() = default;
  [[nodiscard]] Result<void> put(const StoredChange& change, SpaceTable::Entry& space,
                                 History& history);
  [[nodiscard]] Result<void> replace(const StoredChange& change, std::uint32_t space,
                                     std::uint32_t crc, History& history);
  [[nodiscard]] Result<void> erase(const StoredChange& change, SpaceTable::Entry& space,
                                   History& history);

  Statement select_;
  Statement insert_;
  Statement find_;
  Statement update_;
  Statement erase_;
};

}  // namespace avow::server
