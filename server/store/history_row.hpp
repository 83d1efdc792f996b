#pragma once

#include <cstdint>
#include <optional>

#include "avow/base/result.hpp"
#include "server/store/checksum.hpp"
#include "server/store/sqlite.hpp"

// The only row of the table `history`: where the history stands, and what all other tables must add
// up to. It is written whenever they change, so that a table that lost a row, or that came back as
// it was before, does not go with it.

namespace avow::server {

struct History {
  std::uint64_t epoch = 0;
  std::uint64_t through = 0;               ///< Numbers up to this are reserved.
  std::optional<std::uint64_t> closed_at;  ///< After a clean end: the last number handed out.
  ChainHash base{};                        ///< The chain before the first row of the log.
  std::uint64_t head = 0;                  ///< The last turn that the tables have; 0: none.
  ChainHash chain{};                       ///< The chain after it.
  std::uint64_t log_rows = 0;
  std::uint64_t log_bytes = 0;
  RowSum spaces;
  RowSum live;
  RowSum outcomes;
};

/// The row of a new history. `epoch` 0: drawn at random.
[[nodiscard]] Result<void> insert_history(const SqliteConnection& database, std::uint64_t epoch);
/// Errors: `store-corrupt`, and those of reading.
[[nodiscard]] Result<History> load_history(const SqliteConnection& database);

/// A random number that is not 0.
[[nodiscard]] std::uint64_t random_epoch();

/// Writes the row again and again.
class HistoryWriter {
 public:
  [[nodiscard]] static Result<HistoryWriter> prepare(const SqliteConnection& database);
  [[nodiscard]] Result<void> write(const History& history);

 private:
  explicit HistoryWriter(Statement update) : update_(std::move(update)) {}
  Statement update_;
};

}  // namespace avow::server
