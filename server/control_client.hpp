#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "avow/base/result.hpp"
#include "server/store/backup.hpp"

namespace avow::server {

/// Asks the server that listens at `socket` for a backup in `file`, an absolute path, and waits for
/// its end. Errors: `no-server` if nobody listens there, `store-closed` if the server went
/// meanwhile, `bad-options`, `bad-request`, `connect-failed`, and what the server answers.
[[nodiscard]] Result<BackupFacts> ask_for_backup(
    const std::filesystem::path& socket, const std::filesystem::path& file,
    const std::function<void(const BackupProgress&)>& progress);

}  // namespace avow::server
