#include "server/file_tasks.hpp"

#include <cstdio>
#include <optional>
#include <string>

#include "avow/base/check.hpp"
#include "avow/base/clock.hpp"
#include "avow/base/epoch.hpp"
#include "server/control_client.hpp"
#include "server/control_lines.hpp"
#include "server/durability.hpp"
#include "server/store/backup_at_rest.hpp"
#include "server/store/restore.hpp"
#include "server/store/store_check.hpp"

namespace avow::server {
namespace {

namespace fs = std::filesystem;

void line(const char* what, std::uint64_t number) {
  std::printf("%s %llu\n", what, static_cast<unsigned long long>(number));
}

// Scripts read these lines: they stay as they are.
void say_what_is_in(const StoreFacts& facts) {
  line("spaces", facts.spaces);
  line("facts", facts.rows[static_cast<std::size_t>(StoredKind::fact)]);
  line("slots", facts.rows[static_cast<std::size_t>(StoredKind::slot)]);
  line("items", facts.rows[static_cast<std::size_t>(StoredKind::item)]);
  line("leases", facts.rows[static_cast<std::size_t>(StoredKind::lease)]);
  line("first-turn", facts.floor);
  line("last-turn", facts.head);
}

Result<void> check(const ServerOptions& options) {
  AVOW_TRY(const fs::path file, data_file_of(options));
  AVOW_TRY(const StoreFacts facts, check_file(file.string()));
  std::printf("whole: %s\n", file.c_str());
  say_what_is_in(facts);
  return {};
}

Result<void> verify_backup(const ServerOptions& options) {
  AVOW_TRY(const StoreFacts facts, check_backup(options.task_file.string()));
  std::printf("whole: %s\n", options.task_file.c_str());
  std::printf("epoch %s\n", epoch_text(facts.epoch).c_str());
  say_what_is_in(facts);
  return {};
}

Result<void> restore_backup(const ServerOptions& options) {
  const RestoreMode mode = options.dry_run ? RestoreMode::dry_run : RestoreMode::real;
  const fs::path& file = options.data.value();
  AVOW_TRY(const StoreFacts facts, restore(options.task_file.string(), file.string(), mode));
  std::printf("%s %s\n", options.dry_run ? "can be restored:" : "restored:", file.c_str());
  // A dry run cannot know the epoch that will be drawn.
  if (!options.dry_run) std::printf("epoch %s\n", epoch_text(facts.epoch).c_str());
  say_what_is_in(facts);
  return {};
}

// ---- backups
// -------------------------------------------------------------------------------------

// A line when it begins, and then one in a while.
class ProgressOnStderr {
 public:
  void operator()(const BackupProgress& so_far) {
    const Moment now = std::chrono::steady_clock::now();
    if (so_far.of == 0 || (next_ && now < *next_)) return;
    next_ = now + Milliseconds(2'000);
    std::fprintf(stderr, "backing up: %llu of %llu bytes\n",
                 static_cast<unsigned long long>(so_far.bytes),
                 static_cast<unsigned long long>(so_far.of));
  }

 private:
  std::optional<Moment> next_;
};

Result<BackupFacts> make_backup(const fs::path& data, const fs::path& file) {
  ProgressOnStderr show;
  const auto progress = [&show](const BackupProgress& so_far) { show(so_far); };
  const fs::path socket = control_socket_of(data);
  Result<BackupFacts> done = ask_for_backup(socket, file, progress);
  if (done || done.error().code != "no-server") return done;
  done = back_up_at_rest(data.string(), file.string(), progress);
  if (done || done.error().code != "store-in-use") return done;
  return Error{"store-in-use",
               "A server uses " + data.string() + ", and does not listen at " + socket.string() +
                   ". If it is starting, try again; else its log says why it does not. When it "
                   "is stopped, the backup can be made without it."};
}

Result<void> back_up(const ServerOptions& options) {
  AVOW_TRY(const fs::path data, data_file_of(options));
  const fs::path file = fs::absolute(options.task_file).lexically_normal();
  AVOW_TRY(const BackupFacts facts, make_backup(data, file));
  std::printf("= backup %s at turn %llu, %llu bytes, checksum %s\n", options.task_file.c_str(),
              static_cast<unsigned long long>(facts.head),
              static_cast<unsigned long long>(facts.bytes), hex_of(facts.checksum).c_str());
  return {};
}

Result<void> run(const ServerOptions& options) {
  switch (options.task) {
    case FileTask::check:
      return check(options);
    case FileTask::backup:
      return back_up(options);
    case FileTask::verify_backup:
      return verify_backup(options);
    case FileTask::restore:
      return restore_backup(options);
    case FileTask::none:
      break;
  }
  AVOW_CHECK(false);
  return {};
}

}  // namespace

int run_file_task(const ServerOptions& options) {
  const Result<void> done = run(options);
  if (done) return 0;
  std::fprintf(stderr, "avowd: %s\n", done.error().detail.c_str());
  return 1;
}

}  // namespace avow::server
