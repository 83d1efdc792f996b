#pragma once

#include "server/options.hpp"

// What `avowd` does with files instead of serving: check, back up, verify a backup, restore.

namespace avow::server {

/// Does what `options.task` says. What comes of it is on stdout, one thing a line; progress and
/// complaints are on stderr. The exit status: 0 done, 1 refused.
[[nodiscard]] int run_file_task(const ServerOptions& options);

}  // namespace avow::server
