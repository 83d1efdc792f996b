#include <gtest/gtest.h>

#include "server/store/database_peek.hpp"
#include "server/store/history_row.hpp"
#include "tests/unit/store/journal_fixture.hpp"

// The tables that follow the log: when they do, and what that saves.

namespace avow::server {
namespace {

using JournalTablesTest = JournalFixture;
using test::erase_turn;
using test::put_fact;
using test::put_turn;

// A page of the log, now and then a new one: not one of each table as well.
TEST_F(JournalTablesTest, ACommitWritesToTheLogAlone) {
  constexpr std::size_t frame_bytes = 24 + 4096;
  constexpr std::uint64_t turns = 100;
  start();
  commit(put_fact(1, "the first is in the tables at once"));
  const std::size_t before = wal_bytes();
  for (std::uint64_t seq = 2; seq <= 1 + turns; ++seq) {
    commit(put_turn(seq, "orders", StoredKind::slot, std::to_string(seq * 7 % turns), "value"));
  }
  EXPECT_LT(wal_bytes() - before, 3 * turns * frame_bytes / 2);
}

TEST_F(JournalTablesTest, TheTablesFollowOnceTheyLackAsManyTurnsAsTheyMay) {
  options_.tail_turns_max = 4;
  start();
  commit(put_fact(1, "the first is in the tables at once"));
  for (std::uint64_t seq = 2; seq <= 4; ++seq) commit(put_fact(seq, std::to_string(seq)));
  const std::uint64_t before = disk_.flushes;
  follow();
  EXPECT_EQ(disk_.flushes, before);

  commit(put_fact(5, "5"));
  follow();

  EXPECT_EQ(disk_.flushes, before + 2);
  follow();
  EXPECT_EQ(disk_.flushes, before + 2);
}

TEST_F(JournalTablesTest, TheTablesFollowOnceTheyLackAsManyBytesAsTheyMay) {
  options_.tail_bytes_max = 10'000;
  start();
  commit(put_fact(1, "the first is in the tables at once"));
  commit(put_fact(2, std::string(9'000, 'x')));
  const std::uint64_t before = disk_.flushes;
  follow();
  EXPECT_EQ(disk_.flushes, before);

  commit(put_fact(3, std::string(1'000, 'x')));
  follow();

  EXPECT_EQ(disk_.flushes, before + 2);
}

TEST_F(JournalTablesTest, LimitsAreKeptByAStart) {
  options_.log_turns_max = 3;
  options_.outcomes_per_client_max = 2;
  for (std::uint64_t life = 0; life < 3; ++life) {
    const std::uint64_t above = start().above;
    for (std::uint64_t seq = above + 1; seq <= above + 5; ++seq) {
      JournalTurn turn = put_fact(seq, std::to_string(seq));
      turn.outcomes = {test::outcome_of(1, seq, 1'000, "answer")};
      commit(turn);
    }
  }

  const HistoryStart last = start();

  EXPECT_EQ(last.floor, last.head - 2);
  EXPECT_EQ(sink_.state.outcomes.size(), 2u);
  EXPECT_EQ(sink_.state.rows.size(), 15u);
}

TEST_F(JournalTablesTest, AWriteAheadLogThatBecomesVeryLargeByFollowingIsCut) {
  options_.checkpoint_bytes = 100'000;
  options_.truncate_bytes = 150'000;
  start();
  commit(put_fact(1, "the first is in the tables at once"));
  commit(put_fact(2, std::string(100'000, 'x')));
  ASSERT_LT(wal_bytes(), 150'000u);

  ASSERT_TRUE(journal_->maintain());

  EXPECT_EQ(wal_bytes(), 0u);
}

TEST_F(JournalTablesTest, WhatWasTakenBackBeforeTheTablesFollowedIsNeverInThem) {
  const std::string large(60'000, 'x');
  options_.tail_turns_max = 2;
  start();
  commit(put_fact(1, "stays"));
  commit(put_fact(2, large));
  commit(erase_turn(3, "main", StoredKind::fact, large));
  const std::size_t before = wal_bytes();

  follow();

  EXPECT_LT(wal_bytes() - before, large.size() / 2);
  start();
  EXPECT_EQ(sink_.state.difference(model_), "");
}

TEST_F(JournalTablesTest, AFullDiskLeavesTheTablesToFollowLater) {
  options_.tail_turns_max = 2;
  start();
  commit(put_fact(1, "the first is in the tables at once"));
  commit(put_turn(2, "orders", StoredKind::item, "2", "second"));
  commit(erase_turn(3, "main", StoredKind::fact, "the first is in the tables at once"));
  ASSERT_TRUE(journal_->maintain());
  ASSERT_TRUE(journal_->maintain());
  disk_.plan(test::Fault::full, 1);
  const auto refused = journal_->maintain();
  disk_.repair();

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "no-space");
  commit(put_fact(4, "it goes on"));
  follow();
  ASSERT_TRUE(journal_->close(4));
  start();
  EXPECT_EQ(sink_.state.difference(model_), "");
}

TEST_F(JournalTablesTest, TheDatabaseFileByItselfNeverLacksTurnsOfTheLog) {
  options_.checkpoint_bytes = 100'000;
  start();
  std::size_t checkpoints = 0;
  for (std::uint64_t seq = 1; seq <= 100; ++seq) {
    commit(put_turn(seq, "main", StoredKind::slot, "key", std::string(2'000, 'x')));
    const std::size_t before = disk_.image.files.at("/avow.db")->shown.size();
    ASSERT_TRUE(journal_->maintain());
    if (disk_.image.files.at("/avow.db")->shown.size() == before) continue;
    ++checkpoints;
    const auto file = open_at_rest(options_.file, options_.vfs);
    ASSERT_TRUE(file) << file.error().detail;
    const auto history = load_history(*file);
    ASSERT_TRUE(history) << history.error().detail;
    EXPECT_EQ(history->head, seq);
  }
  EXPECT_GT(checkpoints, 1u);
}

}  // namespace
}  // namespace avow::server
