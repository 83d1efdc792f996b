#pragma once

#include <cstdint>
#include <string>

#include "avow/base/result.hpp"
#include "server/store/store_check.hpp"

namespace avow::server {

enum class RestoreMode {
  dry_run,  ///< Checks the backup and says what is in it; nothing is written.
  real,
};

/// Makes the data file `file` of a backup. It begins another history: its epoch is new (`epoch`, or
/// drawn at random if that is 0), and its numbers go on above all that the old one had reserved
/// when the backup was made. What the log had is in it. Answers what is in it now. Errors:
/// `store-exists` (nothing is ever overwritten, and no left-over of another database may lie beside
/// the file), `backup-invalid`, `store-corrupt`, `store-newer`, `store-missing`, `no-space`,
/// `store-failed`.
[[nodiscard]] Result<StoreFacts> restore(const std::string& backup, const std::string& file,
                                         RestoreMode mode, std::uint64_t epoch = 0);

}  // namespace avow::server
