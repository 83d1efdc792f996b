#include "server/transport/steps.hpp"

#include <gtest/gtest.h>

namespace avow::server {
namespace {

using namespace std::chrono_literals;

/// Steps that take 2 ms each, by a clock of the test's own.
class StepsTest : public testing::Test {
 protected:
  Moment now{1s};
  int left = 100;
  int done = 0;
  Steps steps{[this] { return left > 0; },
              [this](Moment) {
                --left;
                ++done;
                now += 2ms;
              },
              [this] { return now; }};
};

TEST_F(StepsTest, AreDoneOneAfterAnotherWhileNobodyWantsAnythingElse) {
  for (int i = 0; i < 10; ++i) steps.go_on(true);
  EXPECT_EQ(done, 10);
}

TEST_F(StepsTest, TakeAQuarterOfTheTimeBesideOthers) {
  const Moment begin = now;
  while (now < begin + 800ms) {
    now += 100us;  // What somebody else wants.
    steps.go_on(false);
  }
  EXPECT_EQ(done, 100);
}

TEST_F(StepsTest, WaitForNobodyOnceTheOthersHaveHadTheirTime) {
  steps.go_on(false);
  steps.go_on(false);
  EXPECT_EQ(done, 1);
  now += 6ms;
  steps.go_on(false);
  EXPECT_EQ(done, 2);
}

TEST_F(StepsTest, AreLeftAsLongAsTheirOwnerSaysSo) {
  EXPECT_FALSE(Steps().are_left());
  EXPECT_TRUE(steps.are_left());
  left = 0;
  EXPECT_FALSE(steps.are_left());
}

}  // namespace
}  // namespace avow::server
