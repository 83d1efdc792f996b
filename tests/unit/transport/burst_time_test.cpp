#include "server/transport/burst_time.hpp"

#include <gtest/gtest.h>
#include <limits>

namespace avow::server {
namespace {

using namespace std::chrono_literals;

TEST(BurstTime, IsShortWhileFewAreToBeWrittenTo) {
  EXPECT_EQ(burst_time(0), 4ms);
  EXPECT_EQ(burst_time(100), 4ms);
}

TEST(BurstTime, GrowsWithTheWritesThatItLeadsTo) { EXPECT_EQ(burst_time(500), 12ms); }

TEST(BurstTime, HasAnEndHoweverManyAreToBeWrittenTo) {
  EXPECT_EQ(burst_time(1'000), 24ms);
  EXPECT_EQ(burst_time(std::numeric_limits<std::size_t>::max()), 24ms);
}

}  // namespace
}  // namespace avow::server
