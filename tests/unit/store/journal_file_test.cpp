#include "server/store/journal_file.hpp"

#include <gtest/gtest.h>

#include "tests/support/store/random_turns.hpp"
#include "tests/unit/store/journal_fixture.hpp"

namespace avow::server {
namespace {

using JournalFileTest = JournalFixture;
using test::erase_turn;
using test::put_fact;
using test::put_turn;
using test::StoredState;

TEST_F(JournalFileTest, ANewFileStartsAnEmptyHistory) {
  const HistoryStart start_ = start();

  EXPECT_EQ(start_.epoch, 77u);
  EXPECT_EQ(start_.above, 0u);
  EXPECT_EQ(start_.through, step);
  EXPECT_EQ(start_.floor, 0u);
  EXPECT_EQ(start_.head, 0u);
  EXPECT_EQ(sink_.state, StoredState());
}

TEST_F(JournalFileTest, WithoutAGivenEpochItIsDrawnAndNotZero) {
  options_.epoch = 0;

  const std::uint64_t epoch = start().epoch;

  EXPECT_NE(epoch, 0u);
  EXPECT_EQ(start().epoch, epoch);
}

TEST_F(JournalFileTest, WhatWasCommittedIsThereAfterACrash) {
  start();
  commit(put_fact(1, "a"));
  commit(put_fact(2, "b"));
  commit(put_turn(3, "orders", StoredKind::slot, "key", "old"));
  commit(put_turn(4, "orders", StoredKind::slot, "key", "new"));
  commit(erase_turn(5, "main", StoredKind::fact, "a"));

  const HistoryStart again = start();

  EXPECT_EQ(sink_.state.difference(model_), "");
  EXPECT_EQ(sink_.state.rows.size(), 2u);
  EXPECT_EQ(again.floor, 1u);
  EXPECT_EQ(again.head, 5u);
}

TEST_F(JournalFileTest, AfterACrashNumbersGoOnAboveAllThatWereReserved) {
  start();
  commit(put_fact(1, "a"));

  const HistoryStart again = start();

  EXPECT_EQ(again.above, step);
  EXPECT_EQ(again.through, 2 * step);
}

TEST_F(JournalFileTest, AfterACleanEndNumbersGoOnRightAboveTheLast) {
  start();
  commit(put_fact(1, "a"));
  ASSERT_TRUE(journal_->close(9));

  const HistoryStart again = start();

  EXPECT_EQ(again.above, 9u);
  EXPECT_EQ(again.through, 9u + step);
  EXPECT_EQ(again.head, 1u);
}

TEST_F(JournalFileTest, ACleanEndLeavesOneFile) {
  start();
  commit(put_fact(1, "a"));
  ASSERT_TRUE(journal_->close(1));

  EXPECT_EQ(disk_.image.files.size(), 1u);
}

TEST_F(JournalFileTest, MoreNumbersAreReservedInLargeSteps) {
  start();

  const auto reserved = journal_->reserve(step + 1);
  const auto enough = journal_->reserve(step);
  const auto far = journal_->reserve(9 * step);

  ASSERT_TRUE(reserved && enough && far);
  EXPECT_EQ(*reserved, 2 * step);
  EXPECT_EQ(*enough, 2 * step);
  EXPECT_EQ(*far, 9 * step);
  EXPECT_EQ(start().above, 9 * step);
}

TEST_F(JournalFileTest, ASpaceIsForgottenWithItsLastRow) {
  start();
  commit(put_turn(1, "orders", StoredKind::item, "1", "first"));
  commit(erase_turn(2, "orders", StoredKind::item, "1"));
  commit(put_fact(3, "a"));
  commit(put_turn(4, "orders", StoredKind::item, "2", "second"));
  commit(erase_turn(5, "orders", StoredKind::item, "2"));

  start();

  EXPECT_EQ(sink_.state.revisions, (std::map<std::string, std::uint64_t>{{"main", 3}}));
}

TEST_F(JournalFileTest, ToPutWhatIsThereAndToEraseWhatIsNotChangesNothing) {
  start();
  commit(put_fact(1, "a"));
  commit(put_fact(2, "a"));
  commit(erase_turn(3, "main", StoredKind::fact, "b"));
  commit(erase_turn(4, "orders", StoredKind::fact, "b"));

  start();

  EXPECT_EQ(sink_.state.difference(model_), "");
  EXPECT_EQ(sink_.state.rows.size(), 1u);
}

TEST_F(JournalFileTest, EmptyKeysAndLongOnesAreKept) {
  start();
  commit(put_fact(1, ""));
  commit(put_turn(2, "", StoredKind::slot, std::string(300'000, 'k'), std::string(1 << 20, 'v')));

  start();

  EXPECT_EQ(sink_.state.difference(model_), "");
}

TEST_F(JournalFileTest, TheLogKeepsAsManyTurnsAsItMay) {
  options_.log_turns_max = 10;
  options_.tail_turns_max = 1;
  start();
  for (std::uint64_t seq = 1; seq <= 50; ++seq) commit_and_follow(put_fact(seq, "a"));

  EXPECT_EQ(journal_->floor(), 41u);
  EXPECT_EQ(journal_->head(), 50u);
  const HistoryStart again = start();
  EXPECT_EQ(again.floor, 41u);
  EXPECT_EQ(again.head, 50u);
}

TEST_F(JournalFileTest, TheLogKeepsAsManyBytesAsItMayAndAlwaysTheLastTurn) {
  options_.log_bytes_max = 1;
  options_.tail_turns_max = 1;
  start();
  for (std::uint64_t seq = 1; seq <= 5; ++seq) commit_and_follow(put_fact(seq, "a"));

  EXPECT_EQ(journal_->floor(), 5u);
  EXPECT_EQ(start().floor, 5u);
}

TEST_F(JournalFileTest, ALogThatBecameTooLongShrinksByTwoTurnsForEach) {
  options_.tail_turns_max = 1;
  start();
  for (std::uint64_t seq = 1; seq <= 50; ++seq) commit_and_follow(put_fact(seq, "a"));
  options_.log_turns_max = 10;
  start();

  const std::uint64_t above = start().above;
  commit_and_follow(put_fact(above + 1, "a"));

  EXPECT_EQ(journal_->floor(), 3u);
}

TEST_F(JournalFileTest, OutcomesAreRecoveredInOrder) {
  start();
  JournalTurn turn = put_fact(1, "a");
  turn.outcomes = {test::outcome_of(2, 1, 1'000, "one"), test::outcome_of(1, 1, 1'000, "two"),
                   test::outcome_of(1, 1, 1'000, "the same identity once more")};
  commit(turn);
  turn = put_fact(2, "b");
  turn.outcomes = {test::outcome_of(2, 2, 1'001, "")};
  commit(turn);

  start();

  EXPECT_EQ(sink_.state.difference(model_), "");
  EXPECT_EQ(sink_.state.outcomes.size(), 3u);
}

TEST_F(JournalFileTest, AClientKeepsItsLastOutcomes) {
  options_.outcomes_per_client_max = 3;
  options_.tail_turns_max = 1;
  start();
  for (std::uint64_t seq = 1; seq <= 10; ++seq) {
    JournalTurn turn = put_fact(seq, "a");
    const std::uint8_t client = seq == 1 ? 1 : 2;
    turn.outcomes = {test::outcome_of(client, seq, 1'000, "answer")};
    commit_and_follow(turn);
  }

  start();

  std::vector<std::uint64_t> kept;
  for (const auto& [key, answer] : sink_.state.outcomes) kept.push_back(std::get<0>(key));
  EXPECT_EQ(kept, (std::vector<std::uint64_t>{1, 8, 9, 10}));
}

TEST_F(JournalFileTest, AWallClockThatJumpsAheadMakesTheLastOutcomesNoOlder) {
  start();
  const std::uint64_t year = 365 * options_.outcome_age_max_ms;
  for (std::uint64_t seq = 1; seq <= 5; ++seq) {
    JournalTurn turn = put_fact(seq, "a");
    turn.outcomes = {test::outcome_of(1, seq, seq < 3 ? 1'000 : 10 * year, "answer")};
    commit(turn);
  }

  start();

  EXPECT_EQ(sink_.state.difference(model_), "");
}

TEST_F(JournalFileTest, OutcomesOfTheDayBeforeGoWhenOthersCome) {
  options_.outcomes_kept_min = 1;
  options_.tail_turns_max = 1;
  start();
  const std::uint64_t day = options_.outcome_age_max_ms;
  const std::uint64_t times[] = {1'000, 2'000, 3'000, day + 1'500, day + 1'600};
  std::uint64_t seq = 0;
  for (const std::uint64_t time : times) {
    JournalTurn turn = put_fact(++seq, "a");
    turn.outcomes = {test::outcome_of(1, seq, time, "answer")};
    commit_and_follow(turn);
  }

  start();

  std::vector<std::uint64_t> kept;
  for (const auto& [key, answer] : sink_.state.outcomes) kept.push_back(std::get<0>(key));
  EXPECT_EQ(kept, (std::vector<std::uint64_t>{2, 3, 4, 5}));
}

TEST_F(JournalFileTest, RandomTurnsAreThereAfterEveryRestart) {
  options_.log_turns_max = 20;
  options_.tail_turns_max = 7;
  options_.follow_parts = 3;
  options_.checkpoint_bytes = 40'000;
  test::Random random(test::test_seed());
  test::RandomTurns turns(random);
  for (int restart = 0; restart < 40; ++restart) {
    std::uint64_t seq = start().above;
    ASSERT_EQ(sink_.state.difference(model_), "");
    for (int i = 0; i < 20; ++i) {
      const auto batch = turns.batch(seq + 1, 5);
      ASSERT_TRUE(journal_->commit(batch));
      for (const JournalTurn& turn : batch) model_.apply(turn);
      seq += batch.size();
      ASSERT_TRUE(journal_->maintain());
    }
    if (random.chance(1, 2)) {
      ASSERT_TRUE(journal_->close(seq + 3));
    }
  }
}

TEST_F(JournalFileTest, OneCommitIsOneFlush) {
  start();
  commit(put_fact(1, "a"));
  const std::uint64_t before = disk_.flushes;

  commit(put_fact(2, "b"));

  EXPECT_EQ(disk_.flushes, before + 1);
}

TEST_F(JournalFileTest, TheWriteAheadLogIsBegunAnewWhenItIsLarge) {
  options_.checkpoint_bytes = 100'000;
  start();
  for (std::uint64_t seq = 1; seq <= 200; ++seq) {
    commit(put_turn(seq, "main", StoredKind::slot, "key", std::string(2'000, 'x')));
    ASSERT_TRUE(journal_->maintain());
  }
  EXPECT_LT(wal_bytes(), 200'000u);
}

TEST_F(JournalFileTest, AVeryLargeWriteAheadLogIsCut) {
  options_.truncate_bytes = 8 << 20;
  start();
  commit(put_turn(1, "main", StoredKind::slot, "key", std::string(9 << 20, 'x')));
  ASSERT_GT(wal_bytes(), std::size_t{9} << 20);

  ASSERT_TRUE(journal_->maintain());

  EXPECT_EQ(wal_bytes(), 0u);
}

TEST_F(JournalFileTest, SpaceThatIsNoLongerUsedIsGivenBack) {
  options_.log_turns_max = 1;
  start();
  commit(put_turn(1, "main", StoredKind::slot, "key", std::string(12 << 20, 'x')));
  ASSERT_TRUE(journal_->maintain());
  const std::size_t before = disk_.image.files.at("/avow.db")->shown.size();
  commit(erase_turn(2, "main", StoredKind::slot, "key"));
  for (std::uint64_t seq = 3; seq < 100; ++seq) {
    commit(put_turn(seq, "main", StoredKind::slot, "other", std::string(1 << 20, 'y')));
    ASSERT_TRUE(journal_->maintain());
  }

  EXPECT_LT(disk_.image.files.at("/avow.db")->shown.size(), before / 2);
  start();
  EXPECT_EQ(sink_.state.difference(model_), "");
}

TEST_F(JournalFileTest, AFullDiskIsNoEndAndTheSameTurnCanBeTriedAgain) {
  start();
  commit(put_turn(1, "orders", StoredKind::fact, "before"));
  const JournalTurn turn = put_fact(2, "a");
  for (std::uint64_t n = 1; n <= 4; ++n) {
    disk_.plan(test::Fault::full, n);
    const auto refused = journal_->commit({&turn, 1});
    if (refused) break;
    ASSERT_EQ(refused.error().code, "no-space");
    disk_.repair();
  }
  disk_.repair();
  if (journal_->head() == 1) commit(turn);

  start();
  EXPECT_EQ(sink_.state.rows.size(), 2u);
}

TEST_F(JournalFileTest, AnyOtherErrorIsTheEnd) {
  start();
  disk_.plan(test::Fault::flush_error, 1);
  const JournalTurn turn = put_fact(1, "a");

  const auto failed = journal_->commit({&turn, 1});
  const std::uint64_t changes = disk_.changes;
  const auto later = journal_->commit({&turn, 1});

  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "store-failed");
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error(), failed.error());
  EXPECT_FALSE(journal_->reserve(2 * step));
  EXPECT_FALSE(journal_->maintain());
  EXPECT_FALSE(journal_->close(1));
  journal_.reset();
  EXPECT_EQ(disk_.changes, changes);
}

TEST_F(JournalFileTest, RecoveryReportsHowFarItIs) {
  start();
  JournalTurn turn;
  turn.seq = 1;
  turn.spaces = {{.name = "main", .revision = 1}};
  for (int i = 0; i < 40'000; ++i) {
    StoredChange& change = turn.changes.emplace_back();
    change.act = StoredChange::Act::put;
    change.kind = StoredKind::fact;
    append(change.key, bytes_of(std::to_string(i)));
  }
  commit(turn);

  start();

  EXPECT_GE(sink_.reports, 4u);
  EXPECT_EQ(sink_.last_progress, 40'000u);
}

}  // namespace
}  // namespace avow::server
