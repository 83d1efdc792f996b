#include "server/session/kept_output.hpp"

#include <gtest/gtest.h>
#include <memory>

namespace avow::server {
namespace {

std::vector<std::vector<Block>> bytes(std::size_t count) {
  return {{std::make_shared<const Bytes>(count)}};
}

class KeptOutputTest : public testing::Test {
 protected:
  bool tell(std::size_t size) { return kept.add(FrameType::text, bytes(size)); }

  KeptBudget budget{.bytes_max = 1'000};
  KeptOutput kept{3, 100, budget};
};

TEST_F(KeptOutputTest, NumbersGoOnWhereTheyWereAndWhatIsAcknowledgedGoes) {
  tell(10);
  tell(20);
  tell(30);

  EXPECT_TRUE(kept.acknowledge(5));

  EXPECT_EQ(kept.told(), 6U);
  ASSERT_EQ(kept.unacknowledged().size(), 1U);
  EXPECT_EQ(kept.unacknowledged().front().size, 30U);
  EXPECT_EQ(budget.bytes, 30U);
}

TEST_F(KeptOutputTest, AnAcknowledgementThatCameBeforeChangesNothing) {
  tell(10);
  EXPECT_TRUE(kept.acknowledge(4));
  EXPECT_TRUE(kept.acknowledge(1));

  EXPECT_EQ(kept.told(), 4U);
  EXPECT_TRUE(kept.unacknowledged().empty());
}

TEST_F(KeptOutputTest, WhatWasNeverToldCannotBeAcknowledged) {
  tell(10);

  EXPECT_EQ(kept.acknowledge(5).error().code, "bad-acknowledgement");
  EXPECT_EQ(kept.check_reach(5).error().code, "bad-acknowledgement");
  EXPECT_EQ(kept.unacknowledged().size(), 1U);
}

TEST_F(KeptOutputTest, BeyondTheLimitTheOldestGoesAndSaysSo) {
  EXPECT_TRUE(tell(60));
  EXPECT_FALSE(tell(60));

  EXPECT_EQ(kept.check_reach(3).error().code, "session-gone");
  EXPECT_TRUE(kept.has_lost_after(3));
  EXPECT_TRUE(kept.check_reach(4));
  EXPECT_FALSE(kept.has_lost_after(4));
}

TEST_F(KeptOutputTest, TheNewestMayBeOfAnySize) {
  EXPECT_TRUE(tell(5'000));
  EXPECT_TRUE(kept.check_reach(3));

  EXPECT_FALSE(tell(1));
  EXPECT_TRUE(kept.check_reach(4));
}

TEST_F(KeptOutputTest, AllTogetherKeepNoMoreThanTheirBudget) {
  KeptOutput greedy(0, 5'000, budget);
  EXPECT_TRUE(greedy.add(FrameType::text, bytes(990)));
  EXPECT_TRUE(tell(5));

  EXPECT_FALSE(tell(6));
  EXPECT_EQ(kept.unacknowledged().size(), 1U);
}

TEST(KeptOutput, GivesItsShareBackInTheEnd) {
  KeptBudget budget;
  {
    KeptOutput kept(0, 100, budget);
    kept.add(FrameType::binary, bytes(7));
  }

  EXPECT_EQ(budget.bytes, 0U);
}

}  // namespace
}  // namespace avow::server
