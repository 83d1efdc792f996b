#include "server/transport/steps.hpp"

#include <gtest/gtest.h>

namespace avow::server {
namespace {

using namespace std::chrono_literals;

/// Steps that take 2 ms each, by a clock of the test's own.
class StepsTest : public testing::Test {
 protected:
  Moment now_{1s};
  int left_ = 100;
  int done_ = 0;
  Steps steps_{[this] { return left_ > 0; },
               [this](Moment) {
                 --left_;
                 ++done_;
                 now_ += 2ms;
               },
               [this] { return now_; }};
};

TEST_F(StepsTest, AreDoneOneAfterAnotherWhileNobodyWantsAnythingElse) {
  for (int i = 0; i < 10; ++i) steps_.go_on(true);
  EXPECT_EQ(done_, 10);
}

TEST_F(StepsTest, TakeAQuarterOfTheTimeBesideOthers) {
  const Moment begin = now_;
  while (now_ < begin + 800ms) {
    now_ += 100us;  // What somebody else wants.
    steps_.go_on(false);
  }
  EXPECT_EQ(done_, 100);
}

TEST_F(StepsTest, WaitForNobodyOnceTheOthersHaveHadTheirTime) {
  steps_.go_on(false);
  steps_.go_on(false);
  EXPECT_EQ(done_, 1);
  now_ += 6ms;
  steps_.go_on(false);
  EXPECT_EQ(done_, 2);
}

TEST_F(StepsTest, AreLeftAsLongAsTheirOwnerSaysSo) {
  EXPECT_FALSE(Steps().are_left());
  EXPECT_TRUE(steps_.are_left());
  left_ = 0;
  EXPECT_FALSE(steps_.are_left());
}

}  // namespace
}  // namespace avow::server
