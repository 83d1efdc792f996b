#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/store/journal_thread.hpp"
#include "tests/support/store/stored_state.hpp"
#include "tests/support/store/temporary_folder.hpp"
#include "tests/unit/store/listener.hpp"

// V-D3 on the system's own disk: a file system of 8 MiB, and a limit on the size of files. Turns
// are refused before they run, what was on its way is committed, and it goes on when there is room.

namespace avow::server {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kib = 1 << 10;

// In a process of its own: mounts and limits are the whole process's.
template <class Body>
int in_child(const Body& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

struct Opened {
  std::unique_ptr<JournalThread> journal;
  Listener listener;
  test::StateSink sink;

  bool open(const std::string& file) {
    JournalThreadOptions options;
    options.file.file = file;
    options.file.checkpoint_bytes = 200 * kib;
    options.space = {.low_mark_bytes = 1024 * kib, .ballast_bytes = 512 * kib, .free_bytes = {}};
    options.look_every = std::chrono::milliseconds(1);
    auto made = JournalThread::open(options);
    if (!made || !(*made)->recover(sink)) return false;
    journal = *std::move(made);
    journal->start(listener);
    return true;
  }
  // Appends turns of 16 kB, as long as there is room, as an engine does.
  std::uint64_t fill(std::uint64_t seq) {
    while (listener.rooms.empty() || listener.rooms.back()) {
      journal->append(test::put_turn(seq, "main", StoredKind::slot, std::to_string(seq),
                                     std::string(16 * kib, 'x')));
      if (!listener.wait_for_commit(seq) || listener.failure) return 0;
      ++seq;
    }
    return seq;
  }
};

// The numbers say which step failed.
int fill_and_go_on(const std::string& file, const std::function<void()>& make_room) {
  Opened opened;
  if (!opened.open(file)) return 10;
  std::uint64_t seq = opened.fill(1);
  if (seq < 20) return 11;
  // What was on its way when there was no room any more.
  opened.journal->append(test::put_fact(seq, "on its way"));
  if (!opened.listener.wait_for_commit(seq)) return 12;
  make_room();
  if (!opened.listener.wait_for([&] { return opened.listener.rooms.back(); })) return 13;
  opened.journal->append(test::put_fact(++seq, "goes on"));
  if (!opened.listener.wait_for_commit(seq)) return 14;
  if (opened.listener.failure || !opened.journal->close(seq)) return 15;
  Opened again;
  if (!again.open(file)) return 16;
  return again.sink.state.rows.size() == seq ? 0 : 17;
}

TEST(FullDisk, OfEightMebibytesRefusesInTimeAndGoesOnWhenThereIsRoom) {
  const test::TemporaryFolder folder;
  const int outcome = in_child([&] {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", "", MS_REC | MS_PRIVATE, "") != 0 ||
        ::mount("avow", folder.path().c_str(), "tmpfs", 0, "size=8m") != 0) {
      return 77;
    }
    const std::string ballast = folder.file("other-files");
    std::ofstream(ballast) << std::string(3'000 * kib, 'x');
    return fill_and_go_on(folder.file("avow.db"), [&] { fs::remove(ballast); });
  });
  if (outcome == 77) GTEST_SKIP() << "mounting needs root";
  EXPECT_EQ(outcome, 0);
}

TEST(FullDisk, ByALimitOnTheSizeOfFilesIsTheSame) {
  const test::TemporaryFolder folder;
  const int outcome = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 4'000 * kib;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    return fill_and_go_on(folder.file("avow.db"), [&] {
      limit.rlim_cur = 16'000 * kib;
      ::setrlimit(RLIMIT_FSIZE, &limit);
    });
  });
  EXPECT_EQ(outcome, 0);
}

}  // namespace
}  // namespace avow::server
