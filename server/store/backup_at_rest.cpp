#include "server/store/backup_at_rest.hpp"

#include <unistd.h>

#include "server/store/database_file.hpp"
#include "server/store/store_check.hpp"

namespace avow::server {
namespace {

Result<BackupFacts> copy(const std::string& database, const std::string& file,
                         const std::function<void(const BackupProgress&)>& progress) {
  AVOW_TRY(const SqliteConnection opened, open_to_read(database, ""));
  AVOW_TRY(const std::unique_ptr<BackupJob> job, BackupJob::begin(opened, file));
  for (bool is_done = false; !is_done;) {
    AVOW_TRY(is_done, job->step());
    progress(job->progress());
  }
  return job->facts();
}

}  // namespace

Result<BackupFacts> back_up_at_rest(const std::string& database, const std::string& file,
                                    const std::function<void(const BackupProgress&)>& progress) {
  AVOW_TRY(const BackupFacts facts, copy(database, file, progress));
  if (const Result<StoreFacts> checked = check_backup(file); !checked) {
    ::unlink(file.c_str());
    return Error{"store-corrupt",
                 "The copy of " + database + " is not whole: " + checked.error().detail +
                     " If a server began meanwhile, try again; else `avowd --check` tells "
                     "whether the database is damaged."};
  }
  return facts;
}

}  // namespace avow::server
