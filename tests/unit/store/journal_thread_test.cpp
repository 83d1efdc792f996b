#include "server/store/journal_thread.hpp"

#include <atomic>
#include <filesystem>
#include <gtest/gtest.h>

#include "server/store/memory_journal.hpp"
#include "tests/support/disk/disk.hpp"
#include "tests/support/store/stored_state.hpp"
#include "tests/support/store/temporary_folder.hpp"
#include "tests/unit/store/listener.hpp"
#include "tests/unit/store/opening.hpp"

namespace avow::server {
namespace {

using test::put_fact;
using test::StateSink;

constexpr std::uint64_t plenty = std::uint64_t{1} << 40;

class JournalThreadTest : public testing::Test {
 protected:
  JournalThreadTest() {
    options_.file.file = folder_.file("avow.db");
    options_.look_every = std::chrono::milliseconds(1);
    options_.space.ballast_bytes = 1 << 20;
    options_.space.low_mark_bytes = 1000;
    options_.space.free_bytes = [this] { return free_.load(); };
  }

  HistoryStart start() {
    const HistoryStart found = open_again(journal_, options_, sink_);
    if (!HasFailure()) journal_->start(listener_);
    return found;
  }

  test::TemporaryFolder folder_;
  std::atomic<std::uint64_t> free_ = plenty;
  JournalThreadOptions options_;
  Listener listener_;
  StateSink sink_;
  std::unique_ptr<JournalThread> journal_;
};

TEST_F(JournalThreadTest, CommitsWhatIsAppendedInOrder) {
  start();
  for (std::uint64_t seq = 1; seq <= 500; ++seq) {
    journal_->append(put_fact(seq, "fact " + std::to_string(seq)));
  }

  ASSERT_TRUE(listener_.wait_for_commit(500));
  ASSERT_TRUE(journal_->close(500));
  EXPECT_TRUE(std::is_sorted(listener_.commits.begin(), listener_.commits.end()));
  start();
  EXPECT_EQ(sink_.state.rows.size(), 500u);
}

TEST_F(JournalThreadTest, ManyTurnsShareOneTransactionUpToItsLimits) {
  options_.batch_turns_max = 10;
  start();
  for (std::uint64_t seq = 1; seq <= 95; ++seq) journal_->append(put_fact(seq, "a"));
  ASSERT_TRUE(journal_->close(95));

  std::uint64_t before = 0;
  for (const std::uint64_t seq : listener_.commits) {
    EXPECT_LE(seq - before, 10u);
    before = seq;
  }
  EXPECT_EQ(before, 95u);
}

TEST_F(JournalThreadTest, AnEndThatIsCleanCommitsAllThatWasAppended) {
  start();
  for (std::uint64_t seq = 1; seq <= 50; ++seq) journal_->append(put_fact(seq, "a"));

  ASSERT_TRUE(journal_->close(60));

  EXPECT_EQ(listener_.commits.back(), 50u);
  EXPECT_EQ(start().above, 60u);
}

TEST_F(JournalThreadTest, ReservesNumbersAndTellsOfTheLog) {
  start();
  journal_->append(put_fact(3, "a"));
  journal_->reserve(std::uint64_t{1} << 33);

  EXPECT_TRUE(listener_.wait_for([&] { return listener_.reserved_through >= 1ULL << 33; }));
  ASSERT_TRUE(listener_.wait_for_commit(3));
  EXPECT_EQ(journal_->span().floor, 3u);
  EXPECT_EQ(journal_->span().head, 3u);
}

TEST_F(JournalThreadTest, TellsOnceThatThereIsNoRoomAndOnceThatThereIsAgain) {
  start();
  free_ = 10;
  ASSERT_TRUE(listener_.wait_for([&] { return listener_.rooms.size() == 1; }));
  free_ = plenty;
  ASSERT_TRUE(listener_.wait_for([&] { return listener_.rooms.size() == 2; }));

  EXPECT_EQ(listener_.rooms, (std::vector<bool>{false, true}));
}

TEST_F(JournalThreadTest, TurnsThatWereOnTheirWayAreCommittedWhenThereIsNoRoom) {
  start();
  free_ = 10;
  ASSERT_TRUE(listener_.wait_for([&] { return !listener_.rooms.empty(); }));

  journal_->append(put_fact(1, "a"));

  EXPECT_TRUE(listener_.wait_for_commit(1));
}

TEST_F(JournalThreadTest, AStartOnAFullDiskTellsSoAtOnce) {
  free_ = 10;
  start();

  EXPECT_EQ(listener_.rooms, std::vector<bool>{false});
}

// A disk of its own, for faults. The ballast lies in the folder all the same.
class FaultyJournalThreadTest : public JournalThreadTest {
 protected:
  FaultyJournalThreadTest() { options_.file.vfs = disk_.vfs(); }
  ~FaultyJournalThreadTest() override { journal_.reset(); }

  test::Disk disk_;
};

TEST_F(FaultyJournalThreadTest, AFullDiskTakesTheBallastAndTheTurnIsCommitted) {
  start();
  ASSERT_TRUE(std::filesystem::exists(folder_.file("avow.db-ballast")));
  journal_->append(put_fact(1, "a"));
  ASSERT_TRUE(listener_.wait_for_commit(1));
  // From here on the thread is idle, but for its looks at the room.
  free_ = 500;
  ASSERT_TRUE(listener_.wait_for([&] { return !listener_.rooms.empty(); }));
  disk_.plan(test::Fault::full_once, 1);

  journal_->append(put_fact(2, "b"));

  ASSERT_TRUE(listener_.wait_for_commit(2));
  EXPECT_FALSE(std::filesystem::exists(folder_.file("avow.db-ballast")));
  EXPECT_FALSE(listener_.failure);
}

TEST_F(FaultyJournalThreadTest, AFullDiskTakesTheBallastAndTheEndIsClean) {
  start();
  journal_->append(put_fact(1, "a"));
  ASSERT_TRUE(listener_.wait_for_commit(1));
  journal_->append(put_fact(2, "the tables have yet to follow"));
  ASSERT_TRUE(listener_.wait_for_commit(2));
  // From here on the thread is idle, but for its looks at the room.
  free_ = 500;
  ASSERT_TRUE(listener_.wait_for([&] { return !listener_.rooms.empty(); }));
  disk_.plan(test::Fault::full_once, 1);

  const Result<void> closed = journal_->close(2);

  EXPECT_TRUE(closed) << closed.error().detail;
  EXPECT_FALSE(std::filesystem::exists(folder_.file("avow.db-ballast")));
}

TEST_F(FaultyJournalThreadTest, ADiskThatIsFullInSpiteOfThatIsTheEnd) {
  start();
  disk_.plan(test::Fault::full, 1);

  journal_->append(put_fact(1, "a"));

  ASSERT_TRUE(listener_.wait_for([&] { return listener_.failure.has_value(); }));
  EXPECT_EQ(listener_.failure->code, "no-space");
  EXPECT_TRUE(listener_.commits.empty());
}

TEST_F(FaultyJournalThreadTest, AFailedFlushIsTheEndAndNothingIsCommittedAfterIt) {
  start();
  journal_->append(put_fact(1, "a"));
  ASSERT_TRUE(listener_.wait_for_commit(1));
  disk_.plan(test::Fault::flush_error, 1);
  journal_->append(put_fact(2, "b"));
  ASSERT_TRUE(listener_.wait_for([&] { return listener_.failure.has_value(); }));

  journal_->append(put_fact(3, "c"));
  const Result<void> closed = journal_->close(3);

  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error(), *listener_.failure);
  EXPECT_EQ(listener_.commits, std::vector<std::uint64_t>{1});
}

TEST(MemoryJournal, AnswersAtOnceAndKeepsNothing) {
  MemoryJournal journal(7);
  StateSink sink;
  Listener listener;
  const auto start = journal.recover(sink);
  ASSERT_TRUE(start);
  journal.start(listener);

  journal.append(put_fact(1, "a"));
  journal.reserve(start->through + 1);

  EXPECT_FALSE(journal.keeps());
  EXPECT_EQ(start->epoch, 7u);
  EXPECT_EQ(listener.commits, std::vector<std::uint64_t>{1});
  EXPECT_GT(listener.reserved_through, start->through);
  EXPECT_TRUE(journal.close(1));
  EXPECT_NE(MemoryJournal().recover(sink)->epoch, 0u);
}

}  // namespace
}  // namespace avow::server
