#pragma once

#include <compare>
#include <map>

#include "server/store/history_row.hpp"
#include "server/store/space_table.hpp"
#include "server/store/stored.hpp"

// The table `live`: what is there now.

namespace avow::server {

/// Where a row is, in the order of the table.
struct LivePlace {
  std::uint32_t space = 0;  ///< Its id in the table `space`.
  StoredKind kind{};
  Bytes key;
  friend auto operator<=>(const LivePlace&, const LivePlace&) = default;
};
/// What becomes of a row.
struct LiveChange {
  StoredChange::Act act{};
  Bytes value;
};
/// What becomes of each row that changes, in the order of the table.
using LiveChanges = std::map<LivePlace, LiveChange>;

class LiveTable {
 public:
  [[nodiscard]] static Result<LiveTable> prepare(const SqliteConnection& database);

  /// Reads the table and tells `sink` of it. Errors: `store-corrupt`, and those of `sink`.
  [[nodiscard]] Result<void> recover(const History& history, SpaceTable& spaces,
                                     RecoverySink& sink);
  /// Changes a row, within the transaction of the caller. To put what is there, or to erase what is
  /// not, changes nothing.
  [[nodiscard]] Result<void> apply(const LivePlace& place, const LiveChange& change,
                                   History& history);

 private:
  LiveTable() = default;
  [[nodiscard]] Result<void> put(const LivePlace& place, ByteView value, History& history);
  [[nodiscard]] Result<void> replace(const LivePlace& place, ByteView value, std::uint32_t crc,
                                     History& history);
  [[nodiscard]] Result<void> erase(const LivePlace& place, History& history);

  Statement select_;
  Statement insert_;
  Statement find_;
  Statement update_;
  Statement erase_;
};

}  // namespace avow::server
