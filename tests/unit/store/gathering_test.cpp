#include "server/store/gathering.hpp"

#include <gtest/gtest.h>

namespace avow::server {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr CommitTime usual{.all = milliseconds(3), .flush = milliseconds(1)};
constexpr milliseconds short_wait{1};

// A commit of `turns`, in whose time `waiting` have come.
Gathering after_commit(std::size_t turns, std::size_t waiting) {
  Gathering gathering;
  gathering.committed(turns, waiting, usual);
  return gathering;
}

// The next commit waits, and all that comes is one turn.
void wait_in_vain(Gathering& gathering) {
  ASSERT_GT(gathering.wanted(1), 1u);
  gathering.ended(1, short_wait);
  gathering.committed(1, 9, usual);
}

// How many commits go without a wait from here on.
std::size_t skipped(Gathering& gathering) {
  std::size_t count = 0;
  while (gathering.wanted(1) == 1) ++count;
  return count;
}

TEST(GatheringTest, TheFirstCommitWaitsForNobody) {
  Gathering gathering;
  EXPECT_EQ(gathering.wanted(1), 1u);
}

TEST(GatheringTest, WhoIsAloneWaitsForNobody) {
  Gathering gathering = after_commit(1, 0);
  EXPECT_EQ(gathering.wanted(1), 1u);
}

TEST(GatheringTest, ThoseWhoWereAnsweredAreWaitedForWithThoseWhoAreThere) {
  Gathering gathering = after_commit(40, 24);
  EXPECT_EQ(gathering.wanted(24), 64u);
}

TEST(GatheringTest, IfAllHaveComeNobodyIsWaitedFor) {
  Gathering gathering = after_commit(40, 24);
  EXPECT_EQ(gathering.wanted(70), 70u);
}

TEST(GatheringTest, AStepIsAPartOfWhatTheCommitTook) {
  Gathering gathering;
  gathering.committed(2, 0, {.all = microseconds(400)});
  EXPECT_EQ(gathering.step(), microseconds(100));
}

TEST(GatheringTest, AStepIsShortHoweverLongTheCommitTook) {
  Gathering gathering;
  gathering.committed(2, 0, {.all = std::chrono::seconds(10)});
  EXPECT_EQ(gathering.step(), Gathering::step_max);
}

TEST(GatheringTest, AfterAWaitInVainCommitsGoWithoutOneEverMoreOften) {
  Gathering gathering = after_commit(1, 9);
  for (std::size_t expected = 1; expected < 1'000; expected *= 2) {
    wait_in_vain(gathering);
    EXPECT_EQ(skipped(gathering), std::min(expected, Gathering::skipped_max));
  }
}

TEST(GatheringTest, AfterAWaitThatBroughtHalfOfWhatMissedNoneIsSkipped) {
  Gathering gathering = after_commit(1, 9);
  wait_in_vain(gathering);
  ASSERT_EQ(skipped(gathering), 1u);

  gathering.ended(6, short_wait);

  EXPECT_EQ(gathering.wanted(1), 10u);
  gathering.ended(5, short_wait);
  EXPECT_EQ(skipped(gathering), 1u);
}

TEST(GatheringTest, AWaitThatTookLongerThanAFlushWasInVainThoughAllCame) {
  Gathering gathering = after_commit(1, 9);
  ASSERT_EQ(gathering.wanted(1), 10u);

  gathering.ended(10, usual.flush + microseconds(1));

  EXPECT_EQ(skipped(gathering), 1u);
}

}  // namespace
}  // namespace avow::server
