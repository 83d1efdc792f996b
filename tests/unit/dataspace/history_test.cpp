#include "server/dataspace/history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class HistoryTest : public ::testing::Test {
 protected:
  void turn(SpaceHistory& history, std::uint64_t revision, std::int64_t number) {
    StoredBytes* const fact = bytes.add(record("n", number).bytes(), false);
    history.begin_turn(revision);
    history.add({fact, Cause::none, true});
    bytes.release(fact);
    history.trim();
  }
  [[nodiscard]] static std::vector<std::string> above(const SpaceHistory& history,
                                                      std::uint64_t revision) {
    std::vector<std::string> all;
    history.visit_above(revision, [&](const SpaceHistory::Item& item) {
      all.push_back(to_text(Value(item.fact->value())));
      return true;
    });
    return all;
  }

  Regions memory;
  ByteStore bytes{memory};
  HistoryBudget budget;
};

TEST_F(HistoryTest, TellsWhatHasChangedAboveARevisionInOrder) {
  SpaceHistory history(bytes, {}, budget);
  turn(history, 4, 1);
  turn(history, 4, 2);
  turn(history, 7, 3);

  EXPECT_THAT(above(history, 0), ElementsAre("<n 1>", "<n 2>", "<n 3>"));
  EXPECT_THAT(above(history, 4), ElementsAre("<n 3>"));
  EXPECT_THAT(above(history, 5), ElementsAre("<n 3>"));
  EXPECT_THAT(above(history, 7), IsEmpty());
  EXPECT_EQ(history.turns(), 2u);
}

TEST_F(HistoryTest, RemembersWhyAFactWent) {
  SpaceHistory history(bytes, {}, budget);
  StoredBytes* const fact = bytes.add(record("n", std::int64_t{1}).bytes(), false);
  history.begin_turn(1);
  history.add({fact, Cause::none, true});
  history.add({fact, Cause::quota, false});
  bytes.release(fact);

  std::vector<SpaceHistory::Item> items;
  history.visit_above(0, [&](const SpaceHistory::Item& item) {
    items.push_back(item);
    return true;
  });

  ASSERT_THAT(items, SizeIs(2));
  EXPECT_TRUE(items[0].came);
  EXPECT_EQ(items[0].fact, fact);
  EXPECT_FALSE(items[1].came);
  EXPECT_EQ(items[1].fact, fact);
  EXPECT_EQ(items[1].cause, Cause::quota);
}

TEST_F(HistoryTest, ForgetsWholeTurnsFromTheFirstOnAndNamesTheLastThatItForgot) {
  SpaceHistory history(bytes, {.bytes_max = 1 << 20, .turns_max = 2}, budget);
  EXPECT_EQ(history.floor(), 0u);

  turn(history, 4, 1);
  turn(history, 4, 2);
  turn(history, 7, 3);
  turn(history, 9, 4);

  EXPECT_EQ(history.floor(), 4u);
  EXPECT_THAT(above(history, 4), ElementsAre("<n 3>", "<n 4>"));
}

TEST_F(HistoryTest, IsBoundedInBytes) {
  SpaceHistory history(bytes, {.bytes_max = 300, .turns_max = 100}, budget);
  for (std::uint64_t revision = 1; revision <= 50; ++revision) turn(history, revision, 1);

  EXPECT_LE(history.bytes(), 300u);
  EXPECT_GT(history.turns(), 2u);
  EXPECT_EQ(history.floor(), 50 - history.turns());
}

TEST_F(HistoryTest, SharesABudgetWithOthersAndGivesItBack) {
  budget.bytes_max = 300;
  {
    SpaceHistory first(bytes, {}, budget);
    SpaceHistory second(bytes, {}, budget);
    for (std::uint64_t revision = 1; revision <= 50; ++revision) {
      turn(first, revision, 1);
      turn(second, revision, 1);
      EXPECT_LE(first.bytes() + second.bytes(), 300u);
      EXPECT_EQ(budget.bytes, first.bytes() + second.bytes());
    }
  }
  EXPECT_EQ(budget.bytes, 0u);
}

TEST_F(HistoryTest, CanBeBegunAnew) {
  SpaceHistory history(bytes, {}, budget);
  turn(history, 4, 1);

  history.begin_above(100);

  EXPECT_EQ(history.floor(), 100u);
  EXPECT_THAT(above(history, 100), IsEmpty());
  EXPECT_EQ(budget.bytes, 0u);
}

TEST_F(HistoryTest, WithoutRevisionsNothingIsRemembered) {
  SpaceHistory history(bytes, {}, budget);
  turn(history, 0, 1);

  EXPECT_EQ(history.turns(), 0u);
}

TEST_F(HistoryTest, RemembersWhatIsAboveAPinBeyondItsLimits) {
  SpaceHistory history(bytes, {.bytes_max = 1 << 20, .turns_max = 2}, budget);
  turn(history, 4, 1);
  history.pin(4);
  for (std::uint64_t revision = 5; revision < 10; ++revision) turn(history, revision, 2);

  EXPECT_EQ(history.floor(), 4u);
  EXPECT_THAT(above(history, 4), SizeIs(5));
  history.unpin(4);
  history.trim();
  EXPECT_EQ(history.floor(), 7u);
}

TEST_F(HistoryTest, KeepsToTheLimitOfPinsAndForgetsAPinThatWasLost) {
  SpaceHistory history(bytes, {.bytes_max = 1 << 20, .turns_max = 2, .pinned_bytes_max = 300},
                       budget);
  history.pin(0);
  for (std::uint64_t revision = 1; revision < 50; ++revision) turn(history, revision, 2);

  EXPECT_GT(history.floor(), 0u);
  EXPECT_EQ(history.turns(), 2u) << "the pin is below the floor";
  history.pin(48);
  for (std::uint64_t revision = 50; revision < 53; ++revision) turn(history, revision, 2);
  EXPECT_EQ(history.floor(), 48u);
}

TEST_F(HistoryTest, PinsKeepNothingBeyondWhatAllSpacesMayRemember) {
  budget.bytes_max = 300;
  SpaceHistory history(bytes, {}, budget);
  history.pin(0);
  for (std::uint64_t revision = 1; revision < 50; ++revision) turn(history, revision, 2);

  EXPECT_GT(history.floor(), 0u);
  EXPECT_LE(budget.bytes, 300u);
}

}  // namespace
}  // namespace avow::server
