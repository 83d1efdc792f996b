#pragma once

#include <functional>
#include <string>

#include "avow/base/result.hpp"
#include "server/store/backup.hpp"

namespace avow::server {

/// Makes the backup `file` of the database `database`, which no server uses and which is not
/// changed. The backup is checked before this comes back, since a database at rest is not locked:
/// a server may begin meanwhile. `progress` is called now and then. Errors: `store-in-use` while a
/// server runs, the others of opening, those of BackupJob; `store-corrupt` if the copy is not
/// whole, which is deleted then.
[[nodiscard]] Result<BackupFacts> back_up_at_rest(
    const std::string& database, const std::string& file,
    const std::function<void(const BackupProgress&)>& progress);

}  // namespace avow::server
