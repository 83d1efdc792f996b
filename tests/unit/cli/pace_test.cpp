#include "cli/bench/pace.hpp"

#include <gtest/gtest.h>

namespace avow::cli::bench {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

TEST(Pace, SpreadsEventsOverEachSecond) {
  const Pace pace(4, 100);

  EXPECT_EQ(pace.due_ns(0), 100U);
  EXPECT_EQ(pace.due_ns(1), 100U + second / 4);
  EXPECT_EQ(pace.due_ns(4), 100U + second);
}

TEST(Pace, IsExactAfterYears) {
  constexpr std::uint64_t years = 10ULL * 365 * 24 * 3600;

  EXPECT_EQ(Pace(3, 0).due_ns(3 * years + 1), years * second + second / 3);
}

TEST(Pace, CountsTheWaitingOfWhatWasDueEarlier) {
  const Pace pace(1, 0);

  EXPECT_EQ(pace.departure_ns(2, 5 * second), 2 * second);
}

TEST(Pace, WithoutARateEverythingIsDueAndLeavesWhenItIsSent) {
  const Pace pace(0, 100);

  EXPECT_FALSE(pace.is_given());
  EXPECT_EQ(pace.due_ns(7), 100U);
  EXPECT_EQ(pace.departure_ns(7, 5'000), 5'000U);
}

}  // namespace
}  // namespace avow::cli::bench
