#include "server/store/backup.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "server/store/backup_at_rest.hpp"
#include "server/store/journal_file.hpp"
#include "server/store/journal_thread.hpp"
#include "server/store/restore.hpp"
#include "server/store/store_check.hpp"
#include "tests/support/store/random_turns.hpp"
#include "tests/support/store/stored_state.hpp"
#include "tests/support/store/temporary_folder.hpp"
#include "tests/unit/store/listener.hpp"
#include "tests/unit/store/opening.hpp"

namespace avow::server {
namespace {

namespace fs = std::filesystem;
using test::put_fact;
using test::put_turn;
using test::StateSink;
using test::StoredState;

class BackupTest : public testing::Test {
 protected:
  BackupTest() { options_.file = folder_.file("avow.db"); }

  HistoryStart start(const std::string& file) {
    options_.file = file;
    sink_ = StateSink();
    return open_again(journal_, options_, sink_);
  }
  void commit(const JournalTurn& turn) {
    const auto done = journal_->commit({&turn, 1});
    ASSERT_TRUE(done) << done.error().detail;
    model_.apply(turn);
    last_ = turn.seq;
  }
  // A journal with `turns` slots of 20 kB.
  void fill(std::uint64_t turns) {
    start(options_.file);
    for (std::uint64_t seq = 1; seq <= turns; ++seq) {
      commit(put_turn(seq, "main", StoredKind::slot, std::to_string(seq),
                      std::string(20'000, static_cast<char>('a' + seq % 26))));
    }
  }
  // Makes the backup, and calls `between` after each step.
  template <class Between>
  BackupFacts back_up(const Between& between) {
    auto job = BackupJob::begin(journal_->connection(), backup_);
    EXPECT_TRUE(job) << job.error().detail;
    for (;;) {
      const Result<bool> is_done = (*job)->step();
      EXPECT_TRUE(is_done) << is_done.error().detail;
      if (!is_done || *is_done) return (*job)->facts();
      between((*job)->progress());
    }
  }
  void make_backup() {
    back_up([](const BackupProgress&) {});
  }
  Bytes bytes_of_backup() const {
    std::ifstream in(backup_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write_backup(ByteView bytes) const {
    std::ofstream(backup_, std::ios::binary | std::ios::trunc) << text_of(bytes);
  }

  test::TemporaryFolder folder_;
  const std::string backup_ = folder_.file("backup");
  const std::string restored_ = folder_.file("restored.db");
  JournalOptions options_;
  std::unique_ptr<JournalFile> journal_;
  StateSink sink_;
  StoredState model_;
  std::uint64_t last_ = 0;
};

TEST_F(BackupTest, IsTheDatabaseAtOneRevisionThoughTurnsGoOn) {
  fill(200);
  const BackupFacts facts = back_up([&](const BackupProgress&) {
    // Changes what was copied already, and adds.
    commit(put_turn(last_ + 1, "main", StoredKind::slot, "1", std::to_string(last_)));
    commit(put_turn(last_ + 1, "main", StoredKind::slot, "new " + std::to_string(last_),
                    std::string(20'000, 'n')));
  });

  StateSink found;
  const auto checked = check_backup(backup_, &found);

  ASSERT_TRUE(checked) << checked.error().detail;
  EXPECT_EQ(checked->head, facts.head);
  EXPECT_GT(facts.head, 200u);
  EXPECT_LT(facts.head, last_);
  // What it holds is what lived after the turn that it names, and nothing of a later one.
  EXPECT_EQ(found.state.rows.size(), 200 + (facts.head - 200) / 2);
  EXPECT_EQ(found.state.revisions.at("main"), facts.head);
  const auto changed = found.state.rows.extract({"main", StoredKind::slot, "1"});
  EXPECT_EQ(changed.mapped(), std::to_string(facts.head - 2));
  for (const auto& [key, value] : found.state.rows) EXPECT_EQ(value, model_.rows.at(key));
}

TEST_F(BackupTest, ReportsProgressToTheEnd) {
  fill(200);
  std::uint64_t before = 0;
  int reports = 0;
  const BackupFacts facts = back_up([&](const BackupProgress& progress) {
    EXPECT_GE(progress.bytes, before);
    EXPECT_LE(progress.bytes, progress.of);
    before = progress.bytes;
    ++reports;
  });

  EXPECT_GE(reports, 5);
  EXPECT_EQ(fs::file_size(backup_), facts.bytes + backup_trailer_bytes);
}

TEST_F(BackupTest, IsReadableByItsOwnerAlone) {
  fill(1);
  make_backup();

  struct stat found {};
  ASSERT_EQ(::stat(backup_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST_F(BackupTest, NeverOverwritesAndLeavesNothingHalfDone) {
  fill(3);
  {
    auto job = BackupJob::begin(journal_->connection(), backup_);
    ASSERT_TRUE(job);
  }
  EXPECT_FALSE(fs::exists(backup_ + ".part"));
  write_backup(bytes_of("mine"));

  const auto refused = BackupJob::begin(journal_->connection(), backup_);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "store-exists");
  EXPECT_EQ(fs::file_size(backup_), 4u);
}

TEST_F(BackupTest, InAFolderThatIsNotThereIsRefused) {
  fill(1);
  const auto refused = BackupJob::begin(journal_->connection(), folder_.file("no/backup"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "store-missing");
}

TEST_F(BackupTest, AnyFlippedByteIsFound) {
  fill(2);
  make_backup();
  const Bytes whole = bytes_of_backup();
  test::Random random(test::test_seed());
  for (int i = 0; i < 300; ++i) {
    Bytes damaged = whole;
    damaged[random.below(damaged.size())] ^= static_cast<std::uint8_t>(1 + random.below(255));
    write_backup(damaged);
    ASSERT_FALSE(check_backup_bytes(backup_));
    ASSERT_FALSE(restore(backup_, restored_, RestoreMode::real));
    ASSERT_FALSE(fs::exists(restored_));
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{63}, whole.size() - 1}) {
    write_backup(ByteView(whole).first(size));
    const auto found = check_backup(backup_);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, "backup-invalid");
  }
}

TEST_F(BackupTest, RestoringBeginsAnotherHistoryWithTheSameContent) {
  fill(20);
  const std::uint64_t epoch = journal_->epoch();
  make_backup();

  const auto dry = restore(backup_, restored_, RestoreMode::dry_run);
  ASSERT_TRUE(dry) << dry.error().detail;
  EXPECT_FALSE(fs::exists(restored_));
  const auto done = restore(backup_, restored_, RestoreMode::real);
  ASSERT_TRUE(done) << done.error().detail;

  EXPECT_EQ(dry->live(), 20u);
  EXPECT_EQ(done->live(), 20u);
  EXPECT_EQ(dry->epoch, epoch);
  EXPECT_NE(done->epoch, epoch);
  const HistoryStart again = start(restored_);
  EXPECT_EQ(again.epoch, done->epoch);
  EXPECT_EQ(again.above, options_.numbers_step);
  EXPECT_EQ(again.head, 20u);
  EXPECT_EQ(sink_.state.difference(model_), "");
  commit(put_fact(again.above + 1, "goes on"));
}

TEST_F(BackupTest, RestoringLeavesOneFileOfItsOwner) {
  fill(3);
  make_backup();
  ASSERT_TRUE(restore(backup_, restored_, RestoreMode::real, 5));

  struct stat found {};
  ASSERT_EQ(::stat(restored_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  for (const char* const end : {"-wal", ".part", ".part-wal", "-journal"}) {
    EXPECT_FALSE(fs::exists(restored_ + end)) << end;
  }
}

TEST_F(BackupTest, RestoringNeverOverwritesNorAdoptsWhatAnotherDatabaseLeft) {
  fill(3);
  make_backup();
  for (const char* const end : {"", "-wal", "-journal"}) {
    std::ofstream(restored_ + end) << "mine";
    for (const RestoreMode mode : {RestoreMode::dry_run, RestoreMode::real}) {
      const auto refused = restore(backup_, restored_, mode);
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, "store-exists");
      EXPECT_NE(refused.error().detail.find(restored_ + end), std::string::npos);
    }
    fs::remove(restored_ + end);
  }
}

TEST_F(BackupTest, OfARunningJournalIsMadeBetweenItsCommits) {
  JournalThreadOptions options;
  options.file = options_;
  options.space.free_bytes = [] { return std::uint64_t{1} << 40; };
  auto opened = JournalThread::open(options);
  ASSERT_TRUE(opened);
  Listener listener;
  ASSERT_TRUE((*opened)->recover(sink_));
  (*opened)->start(listener);
  for (std::uint64_t seq = 1; seq <= 200; ++seq) {
    (*opened)->append(
        put_turn(seq, "main", StoredKind::slot, std::to_string(seq), std::string(20'000, 'x')));
  }
  std::optional<Result<BackupFacts>> result;
  std::uint64_t progress = 0;

  (*opened)->backup(
      backup_, [&](const BackupProgress& so_far) { progress = so_far.bytes; },
      [&](const Result<BackupFacts>& done) { listener.tell([&] { result = done; }); });
  for (std::uint64_t seq = 201; seq <= 400; ++seq) (*opened)->append(put_fact(seq, "more"));

  ASSERT_TRUE(listener.wait_for([&] { return result.has_value(); }));
  ASSERT_TRUE(*result) << result->error().detail;
  ASSERT_TRUE((*opened)->close(400));
  EXPECT_GT(progress, 0u);
  const auto checked = check_backup(backup_);
  ASSERT_TRUE(checked) << checked.error().detail;
  EXPECT_GE(checked->live(), 200u);
}

TEST_F(BackupTest, OfADatabaseAtRestHasWhatTheWriteAheadLogHas) {
  fill(5);
  const auto in_use = back_up_at_rest(options_.file, backup_, [](const BackupProgress&) {});
  journal_.reset();  // As a crash would.
  const auto size = fs::file_size(options_.file);
  const auto wal = fs::file_size(options_.file + "-wal");
  std::uint64_t progress = 0;

  const auto facts = back_up_at_rest(
      options_.file, backup_, [&](const BackupProgress& so_far) { progress = so_far.bytes; });

  ASSERT_FALSE(in_use);
  EXPECT_EQ(in_use.error().code, "store-in-use");
  ASSERT_TRUE(facts) << facts.error().detail;
  EXPECT_EQ(facts->head, 5u);
  EXPECT_EQ(progress, 2 * facts->bytes);
  StateSink found;
  ASSERT_TRUE(check_backup(backup_, &found));
  EXPECT_EQ(found.state.difference(model_), "");
  EXPECT_EQ(fs::file_size(options_.file), size);
  EXPECT_EQ(fs::file_size(options_.file + "-wal"), wal);
}

TEST_F(BackupTest, ALeftOverWriteAheadLogUnderItsNameIsNotTakenForItsOwn) {
  fill(5);
  std::ofstream(backup_ + ".part-wal") << "of a backup that was being made when the power went";

  const auto refused = BackupJob::begin(journal_->connection(), backup_);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "store-exists");
}

TEST_F(BackupTest, OfADatabaseAtRestThatIsDamagedIsNone) {
  fill(50);
  ASSERT_TRUE(journal_->close(50));
  journal_.reset();
  {
    std::fstream database(options_.file, std::ios::in | std::ios::out | std::ios::binary);
    database.seekp(200'000);
    database << "this was something else before";
  }

  const auto refused = back_up_at_rest(options_.file, backup_, [](const BackupProgress&) {});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "store-corrupt");
  EXPECT_FALSE(fs::exists(backup_));
}

TEST_F(BackupTest, TakesNoNameThatBelongsToTheDatabase) {
  fill(1);
  for (const char* const end : {"-journal", "-shm", "-control"}) {
    const auto refused = BackupJob::begin(journal_->connection(), options_.file + end);
    ASSERT_FALSE(refused) << end;
    EXPECT_EQ(refused.error().code, "store-exists");
  }
  EXPECT_TRUE(BackupJob::begin(journal_->connection(), options_.file + ".backup"));
}

TEST_F(BackupTest, LeavesTheServerItsRoom) {
  fill(1);
  constexpr std::uint64_t more_than_any_disk = std::uint64_t{1} << 62;

  const auto refused = BackupJob::begin(journal_->connection(), backup_, more_than_any_disk);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "no-space");
  EXPECT_FALSE(fs::exists(backup_ + ".part"));
}

TEST_F(BackupTest, OnTheDiskOfTheDatabaseIsGivenUpWhenThatIsNearlyFull) {
  std::atomic<std::uint64_t> free_bytes = std::uint64_t{1} << 40;
  JournalThreadOptions options;
  options.file = options_;
  options.look_every = std::chrono::milliseconds(1);
  options.space.free_bytes = [&] { return free_bytes.load(); };
  auto opened = JournalThread::open(options);
  ASSERT_TRUE(opened);
  Listener listener;
  ASSERT_TRUE((*opened)->recover(sink_));
  (*opened)->start(listener);
  free_bytes = 1;
  ASSERT_TRUE(listener.wait_for([&] { return listener.rooms == std::vector<bool>{false}; }));
  std::optional<Result<BackupFacts>> result;

  (*opened)->backup(
      backup_, [](const BackupProgress&) {},
      [&](const Result<BackupFacts>& done) { listener.tell([&] { result = done; }); });

  ASSERT_TRUE(listener.wait_for([&] { return result.has_value(); }));
  ASSERT_FALSE(*result);
  EXPECT_EQ(result->error().code, "no-space");
  EXPECT_FALSE(fs::exists(backup_ + ".part"));
  ASSERT_TRUE((*opened)->close(0));
}

TEST_F(BackupTest, CheckingAFileCountsWhatIsInItAndChangesNothing) {
  fill(5);
  JournalTurn turn = put_turn(6, "orders", StoredKind::item, "1", "item");
  turn.outcomes = {test::outcome_of(1, 1, 1, "answer")};
  commit(turn);
  commit(put_fact(7, "fact"));

  const auto in_use = check_file(options_.file);
  journal_.reset();  // As a crash would.
  const auto size = fs::file_size(options_.file);
  const auto wal = fs::file_size(options_.file + "-wal");
  StateSink found;
  const auto checked = check_file(options_.file, {}, &found);

  ASSERT_FALSE(in_use);
  EXPECT_EQ(in_use.error().code, "store-in-use");
  ASSERT_TRUE(checked) << checked.error().detail;
  EXPECT_EQ(checked->spaces, 2u);
  EXPECT_EQ(checked->rows[1], 1u);
  EXPECT_EQ(checked->rows[2], 5u);
  EXPECT_EQ(checked->rows[3], 1u);
  EXPECT_EQ(checked->live(), 7u);
  EXPECT_EQ(checked->outcomes, 1u);
  EXPECT_EQ(checked->log_turns, 7u);
  EXPECT_EQ(checked->floor, 1u);
  EXPECT_EQ(checked->head, 7u);
  EXPECT_EQ(found.state.difference(model_), "");
  EXPECT_EQ(fs::file_size(options_.file), size);
  EXPECT_EQ(fs::file_size(options_.file + "-wal"), wal);
}

TEST_F(BackupTest, CheckingAFileThatEndedCleanlyMakesNoOther) {
  fill(5);
  ASSERT_TRUE(journal_->close(5));

  const auto checked = check_file(options_.file);

  ASSERT_TRUE(checked) << checked.error().detail;
  EXPECT_EQ(checked->live(), 5u);
  EXPECT_FALSE(fs::exists(options_.file + "-wal"));
}

}  // namespace
}  // namespace avow::server
