#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "server/store/backup.hpp"
#include "server/store/history_row.hpp"
#include "server/store/store_check.hpp"
#include "tests/support/store/temporary_folder.hpp"
#include "tests/unit/store/journal_fixture.hpp"

// The tables follow the log in parts, which go into the transactions of the commits that come.

namespace avow::server {
namespace {

using test::erase_turn;
using test::put_fact;
using test::put_turn;

class JournalFollowingTest : public JournalFixture {
 protected:
  JournalFollowingTest() {
    options_.tail_turns_max = 4;
    options_.follow_parts = 4;
  }

  void commit_and_maintain(const JournalTurn& turn) {
    commit(turn);
    ASSERT_TRUE(journal_->maintain());
  }
  // A turn that the tables have with its commit, and as many as make them begin to follow.
  void begin() {
    commit_and_maintain(put_fact(1, "the first is in the tables at once"));
    for (seq_ = 2; seq_ <= 5; ++seq_) commit_and_maintain(put_fact(seq_, std::to_string(seq_)));
  }
  void commit_next() {
    commit_and_maintain(put_fact(seq_, std::to_string(seq_)));
    ++seq_;
  }
  History tables() {
    EXPECT_TRUE(journal_->settle());
    const auto history = load_history(journal_->connection());
    EXPECT_TRUE(history) << history.error().detail;
    return *history;
  }
  std::string lost_by_a_kill() {
    start();
    return sink_.state.difference(model_);
  }

  std::uint64_t seq_ = 0;
};

TEST_F(JournalFollowingTest, PartsGoIntoTheTransactionsOfTheCommitsThatCome) {
  start();
  begin();
  const std::uint64_t before = disk_.flushes;

  for (std::uint64_t i = 1; i <= 4; ++i) {
    commit_next();
    EXPECT_EQ(disk_.flushes, before + i);
  }

  EXPECT_EQ(tables().head, 5u);
  EXPECT_EQ(tables().live.rows, 5u);
}

TEST_F(JournalFollowingTest, TheTurnAtWhichTheTablesStandIsNotMovedBeforeTheLastPart) {
  start();
  begin();

  commit_next();

  EXPECT_EQ(tables().head, 1u);
  EXPECT_EQ(tables().live.rows, 2u);
}

TEST_F(JournalFollowingTest, APartIsWrittenThoughNoCommitComes) {
  start();
  begin();
  commit_next();
  const std::uint64_t before = disk_.flushes;

  ASSERT_TRUE(journal_->maintain());

  EXPECT_EQ(disk_.flushes, before + 1);
}

TEST_F(JournalFollowingTest, TheTablesAreNeverFurtherBehindThanTwiceWhatTheyMayLack) {
  start();
  begin();
  for (int i = 0; i < 100; ++i) {
    commit_next();
    ASSERT_LE(seq_ - 1 - tables().head, 2 * options_.tail_turns_max);
  }
}

TEST_F(JournalFollowingTest, AKillBetweenAnyTwoPartsLosesNothing) {
  using Turn = std::function<JournalTurn(std::uint64_t seq)>;
  // A space comes, goes and comes again while the tables follow; another one is new.
  const std::vector<Turn> script = {
      [](std::uint64_t seq) { return put_turn(seq, "comes", StoredKind::slot, "a", "1"); },
      [](std::uint64_t seq) { return put_turn(seq, "stays", StoredKind::slot, "a", "1"); },
      [](std::uint64_t seq) { return erase_turn(seq, "comes", StoredKind::slot, "a"); },
      [](std::uint64_t seq) { return put_turn(seq, "comes", StoredKind::slot, "b", "2"); },
      [](std::uint64_t seq) { return put_turn(seq, "new", StoredKind::item, "c", "3"); },
      [](std::uint64_t seq) { return erase_turn(seq, "comes", StoredKind::slot, "b"); },
      [](std::uint64_t seq) { return put_turn(seq, "stays", StoredKind::slot, "a", "2"); },
      [](std::uint64_t seq) { return erase_turn(seq, "new", StoredKind::item, "c"); },
  };
  std::uint64_t last = start().above;
  for (std::size_t kill_after = 1; kill_after <= 3 * script.size(); ++kill_after) {
    for (std::size_t i = 0; i < kill_after; ++i) {
      JournalTurn turn = script[i % script.size()](++last);
      turn.outcomes = {test::outcome_of(1, last, 1'000, "answer")};
      commit_and_maintain(turn);
    }
    const HistoryStart again = start();
    ASSERT_EQ(sink_.state.difference(model_), "") << "after " << kill_after;
    ASSERT_EQ(again.head, last);
    last = again.above;
  }
}

TEST_F(JournalFollowingTest, AFullDiskBetweenAnyTwoPartsLosesNothing) {
  start();
  begin();
  for (int part = 0; part < 8; ++part) {
    commit_next();
    ASSERT_TRUE(journal_->maintain());
    disk_.plan(test::Fault::full, 1);
    const JournalTurn turn = put_turn(seq_, "orders", StoredKind::item, std::to_string(seq_), "x");
    const auto refused = journal_->commit({&turn, 1});
    disk_.repair();
    ASSERT_FALSE(refused);
    ASSERT_EQ(refused.error().code, "no-space");
    commit_and_maintain(turn);
    ++seq_;
  }
  EXPECT_EQ(lost_by_a_kill(), "");
}

TEST_F(JournalFollowingTest, ABackupInTheMiddleOfThemHasEverything) {
  const test::TemporaryFolder folder;
  const std::string file = folder.file("backup");
  options_.file = folder.file("avow.db");
  options_.vfs.clear();
  start();
  begin();
  commit_next();
  ASSERT_TRUE(journal_->settle());
  auto job = BackupJob::begin(journal_->connection(), file);
  ASSERT_TRUE(job) << job.error().detail;
  for (bool is_done = false; !is_done;) {
    const auto stepped = (*job)->step();
    ASSERT_TRUE(stepped) << stepped.error().detail;
    is_done = *stepped;
  }

  test::StateSink sink;
  const auto facts = check_backup(file, &sink);

  ASSERT_TRUE(facts) << facts.error().detail;
  EXPECT_EQ(facts->head, seq_ - 1);
  EXPECT_EQ(sink.state.difference(model_), "");
}

}  // namespace
}  // namespace avow::server
