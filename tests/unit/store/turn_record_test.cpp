#include "server/store/turn_record.hpp"

#include <gtest/gtest.h>

#include "tests/support/store/random_turns.hpp"
#include "tests/support/store/stored_state.hpp"

namespace avow::server {
namespace {

using test::StoredState;

StoredState effect_of(const JournalTurn& turn) {
  StoredState state;
  state.apply(turn);
  return state;
}

TEST(TurnRecord, IsReadAsItWasWritten) {
  test::Random random(test::test_seed());
  test::RandomTurns turns(random);
  Bytes record;
  for (std::uint64_t seq = 1; seq <= 2'000; ++seq) {
    const JournalTurn turn = turns.next(seq);

    write_turn_record(record, turn);
    const Result<JournalTurn> read = read_turn_record(record);

    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(read->seq, seq);
    ASSERT_EQ(read->changes.size(), turn.changes.size());
    for (std::size_t i = 0; i < turn.changes.size(); ++i) {
      EXPECT_EQ(read->changes[i].act, turn.changes[i].act);
      EXPECT_EQ(read->changes[i].key, turn.changes[i].key);
    }
    EXPECT_EQ(effect_of(*read), effect_of(turn));
  }
}

TEST(TurnRecord, ThatIsCutOffIsRefused) {
  Bytes record;
  write_turn_record(record, test::put_fact(7, "a fact"));
  for (std::size_t size = 0; size < record.size(); ++size) {
    const Result<JournalTurn> read = read_turn_record(ByteView(record).first(size));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, "store-corrupt");
  }
}

TEST(TurnRecord, WithAnyFlippedBitIsReadOrRefusedAndDoesNoHarm) {
  JournalTurn turn = test::put_turn(7, "main", StoredKind::slot, "key", "value");
  turn.outcomes.push_back(test::outcome_of(1, 2, 3, "answer"));
  Bytes record;
  write_turn_record(record, turn);
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
    Bytes damaged = record;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    if (!read_turn_record(damaged)) ++refused;
  }
  EXPECT_GT(refused, record.size());
}

TEST(TurnRecord, WithAKindOfALaterVersionIsRefused) {
  JournalTurn turn = test::put_fact(7, "a fact");
  turn.changes[0].kind = static_cast<StoredKind>(stored_kind_max + 1);
  Bytes record;
  write_turn_record(record, turn);

  EXPECT_FALSE(read_turn_record(record));
}

}  // namespace
}  // namespace avow::server
