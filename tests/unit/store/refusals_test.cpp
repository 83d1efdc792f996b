#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/store/backup.hpp"
#include "server/store/journal_file.hpp"
#include "server/store/restore.hpp"
#include "server/store/store_check.hpp"
#include "tests/support/store/stored_state.hpp"
#include "tests/support/store/temporary_folder.hpp"

// V-D5: what lies where a database should be, and is none that can be served. Each refusal says
// what to do, and touches nothing.

namespace avow::server {
namespace {

namespace fs = std::filesystem;
using test::put_fact;
using test::put_turn;
using test::StateSink;

class RefusalsTest : public testing::Test {
 protected:
  RefusalsTest() { options_.file = folder_.file("avow.db"); }

  std::unique_ptr<JournalFile> start() {
    auto opened = JournalFile::open(options_);
    if (!opened) {
      ADD_FAILURE() << opened.error().detail;
      return nullptr;
    }
    sink_ = StateSink();
    const auto recovered = (*opened)->recover(sink_);
    if (!recovered) ADD_FAILURE() << recovered.error().detail;
    above_ = recovered ? recovered->above : 0;
    return *std::move(opened);
  }
  // A database with facts, left as a crash or a clean end leaves it.
  void make(bool is_clean, std::uint64_t facts = 3) {
    const auto journal = start();
    for (std::uint64_t i = 1; i <= facts; ++i) {
      const JournalTurn turn = put_fact(above_ + i, "fact " + std::to_string(above_ + i));
      ASSERT_TRUE(journal->commit({&turn, 1}));
    }
    if (is_clean) {
      ASSERT_TRUE(journal->close(above_ + facts));
    }
  }
  void expect_refused(const std::string& code, const std::string& words) {
    const auto opened = JournalFile::open(options_);
    ASSERT_FALSE(opened) << "it was opened";
    EXPECT_EQ(opened.error().code, code) << opened.error().detail;
    EXPECT_NE(opened.error().detail.find(words), std::string::npos) << opened.error().detail;
  }
  void run_sql(const std::string& sql) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(options_.file.c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    ASSERT_EQ(sqlite3_close(database), SQLITE_OK);
  }
  [[nodiscard]] std::string wal() const { return options_.file + "-wal"; }

  test::TemporaryFolder folder_;
  JournalOptions options_;
  StateSink sink_;
  std::uint64_t above_ = 0;
};

TEST_F(RefusalsTest, ASecondServerOnTheSameFileIsRefused) {
  const auto first = start();

  expect_refused("store-in-use", "Stop that one");

  const JournalTurn turn = put_fact(1, "the first goes on");
  EXPECT_TRUE(first->commit({&turn, 1}));
}

TEST_F(RefusalsTest, ASecondProcessOnTheSameFileIsRefused) {
  const auto first = start();

  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto opened = JournalFile::open(options_);
    ::_exit(!opened && opened.error().code == "store-in-use" ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);

  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_F(RefusalsTest, TheFileOfANewerServerIsRefused) {
  make(true);
  run_sql("PRAGMA user_version = 1000");

  expect_refused("store-newer", "newer avowd (version 1000");
}

TEST_F(RefusalsTest, TheFileOfANewerServerThatDidNotEndIsRefusedAndKeepsItsWriteAheadLog) {
  make(false);
  {
    // As a newer server would have left it: the number is in the database file.
    std::fstream file(options_.file, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(60);
    file.write("\0\0\1\0", 4);
  }
  const auto size = fs::file_size(wal());

  expect_refused("store-newer", "version 256");

  EXPECT_EQ(fs::file_size(wal()), size);
}

TEST_F(RefusalsTest, AFolderThatIsNotThereIsRefused) {
  options_.file = folder_.file("missing/avow.db");

  expect_refused("store-missing", "does not exist");

  EXPECT_FALSE(fs::exists(folder_.file("missing")));
}

TEST_F(RefusalsTest, AFolderThatCannotBeWrittenIsRefused) {
  make(true);
  fs::permissions(folder_.path(), fs::perms(0555));
  // Root may write everywhere: somebody else tries.
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    fs::permissions(options_.file, fs::perms(0666));
    if (::geteuid() == 0 && ::setuid(65'534) != 0) ::_exit(2);
    const auto opened = JournalFile::open(options_);
    ::_exit(!opened && opened.error().code == "store-read-only" ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);

  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  fs::permissions(folder_.path(), fs::perms(0755));
}

TEST_F(RefusalsTest, AFileThatCannotBeWrittenIsRefused) {
  make(true);
  fs::permissions(folder_.path(), fs::perms(0777));
  fs::permissions(options_.file, fs::perms(0444));
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (::geteuid() == 0 && ::setuid(65'534) != 0) ::_exit(2);
    const auto opened = JournalFile::open(options_);
    ::_exit(!opened && opened.error().code == "store-read-only" ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);

  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_F(RefusalsTest, AFileThatIsNoDatabaseIsRefusedAndNotTouched) {
  std::ofstream(options_.file) << std::string(10'000, 'x');

  expect_refused("store-foreign", "no database of Avow");

  EXPECT_EQ(fs::file_size(options_.file), 10'000u);
  EXPECT_FALSE(fs::exists(wal()));
}

TEST_F(RefusalsTest, ADatabaseOfAnotherProgramIsRefusedAndNotTouched) {
  run_sql("CREATE TABLE theirs (x); PRAGMA application_id = 7");
  const auto before = fs::last_write_time(options_.file);

  expect_refused("store-foreign", "no database of Avow");

  EXPECT_EQ(fs::last_write_time(options_.file), before);
}

TEST_F(RefusalsTest, AMissingWriteAheadLogIsMissed) {
  make(false);
  fs::rename(wal(), folder_.file("kept"));

  expect_refused("store-wal", "is missing");
  expect_refused("store-wal", "is missing");  // The first refusal made none.
  EXPECT_FALSE(check_file(options_.file));
  fs::rename(folder_.file("kept"), wal());
  start();

  EXPECT_EQ(sink_.state.rows.size(), 3u);
}

TEST_F(RefusalsTest, AfterACleanEndNoWriteAheadLogIsMissed) {
  make(true);
  EXPECT_FALSE(fs::exists(wal()));

  start();

  EXPECT_EQ(sink_.state.rows.size(), 3u);
}

TEST_F(RefusalsTest, AWriteAheadLogThatWasCutToNothingByACheckpointIsNotMissed) {
  {
    const auto journal = start();
    const JournalTurn turn = put_turn(1, "main", StoredKind::slot, "k", std::string(70 << 20, 'x'));
    ASSERT_TRUE(journal->commit({&turn, 1}));
    ASSERT_TRUE(journal->maintain());
    ASSERT_EQ(fs::file_size(wal()), 0u);
  }

  start();

  EXPECT_EQ(sink_.state.rows.size(), 1u);
}

TEST_F(RefusalsTest, TheWriteAheadLogOfAnotherDatabaseIsRefusedAndKept) {
  make(false, 50);
  const std::string first_wal = folder_.file("first-wal");
  fs::copy_file(wal(), first_wal);
  fs::remove(options_.file);
  fs::remove(wal());
  make(true);
  fs::copy_file(first_wal, wal());
  const auto before = fs::file_size(options_.file);

  expect_refused("store-wal", "does not belong");

  EXPECT_EQ(fs::file_size(options_.file), before);
  EXPECT_EQ(fs::file_size(wal()), fs::file_size(first_wal));
  fs::remove(wal());
  start();
  EXPECT_EQ(sink_.state.rows.size(), 3u);
}

TEST_F(RefusalsTest, AWriteAheadLogWithoutADatabaseIsRefusedAndKept) {
  make(false);
  fs::remove(options_.file);

  expect_refused("store-wal", "does not belong");

  EXPECT_TRUE(fs::exists(wal()));
}

TEST_F(RefusalsTest, ARestoredBackupBesideTheOldWriteAheadLogIsRefused) {
  const std::string backup = folder_.file("backup");
  {
    const auto journal = start();
    for (std::uint64_t seq = 1; seq <= 3; ++seq) {
      const JournalTurn turn = put_fact(seq, "fact " + std::to_string(seq));
      ASSERT_TRUE(journal->commit({&turn, 1}));
    }
    auto job = BackupJob::begin(journal->connection(), backup);
    ASSERT_TRUE(job);
    for (bool is_done = false; !is_done;) {
      const auto step = (*job)->step();
      ASSERT_TRUE(step);
      is_done = *step;
    }
    const JournalTurn turn = put_fact(4, "after the backup");
    ASSERT_TRUE(journal->commit({&turn, 1}));
  }
  const std::string restored = folder_.file("restored.db");
  ASSERT_TRUE(restore(backup, restored, RestoreMode::real));
  fs::rename(restored, options_.file);  // Over the old one; its write-ahead log stays.

  expect_refused("store-wal", "does not belong");
}

TEST_F(RefusalsTest, ACopyOfTheFileOfARunningServerIsNoDatabase) {
  const auto journal = start();
  const JournalTurn turn = put_fact(1, "a");
  ASSERT_TRUE(journal->commit({&turn, 1}));
  const std::string copy = folder_.file("copy.db");
  // By another process, since closing the file here would drop the lock.
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::error_code failed;
    fs::copy_file(options_.file, copy, failed);
    ::_exit(failed ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  options_.file = copy;

  expect_refused("store-wal", "avow backup");
}

TEST_F(RefusalsTest, TablesThatWereChangedByHandAreRefused) {
  make(true);
  run_sql("ALTER TABLE live ADD COLUMN mine INTEGER");

  expect_refused("store-corrupt", "changed by hand");
}

TEST_F(RefusalsTest, RowsThatWereChangedByHandAreRefused) {
  make(true);
  const char* const changes[] = {"DELETE FROM live WHERE key IN (SELECT key FROM live LIMIT 1)",
                                 "UPDATE live SET value = x'00'", "DELETE FROM log",
                                 "UPDATE history SET through = 5", "UPDATE space SET name = x'00'"};
  const std::string kept = folder_.file("kept");
  fs::copy_file(options_.file, kept);
  for (const char* const change : changes) {
    run_sql(change);
    auto opened = JournalFile::open(options_);
    Result<void> outcome;
    if (!opened) {
      outcome = opened.error();
    } else if (const auto recovered = (*opened)->recover(sink_); !recovered) {
      outcome = recovered.error();
    }
    ASSERT_FALSE(outcome) << change;
    EXPECT_EQ(outcome.error().code, "store-corrupt") << outcome.error().detail;
    opened = Error{"closed", ""};
    for (const char* const end : {"", "-wal", "-shm"}) fs::remove(options_.file + end);
    fs::copy_file(kept, options_.file);
  }
}

TEST_F(RefusalsTest, AFileBehindALinkHasItsWriteAheadLogBesideIt) {
  fs::create_directory(folder_.file("real"));
  const std::string real = folder_.file("real/avow.db");
  std::ofstream(real).close();
  fs::create_symlink(real, options_.file);

  make(false);

  EXPECT_TRUE(fs::exists(real + "-wal"));
  start();
  EXPECT_EQ(sink_.state.rows.size(), 3u);
}

TEST_F(RefusalsTest, ANewFileCanBeReadByItsOwnerAlone) {
  make(false);

  EXPECT_EQ(fs::status(options_.file).permissions(), fs::perms(0600));
  EXPECT_EQ(fs::status(wal()).permissions(), fs::perms(0600));
}

}  // namespace
}  // namespace avow::server
