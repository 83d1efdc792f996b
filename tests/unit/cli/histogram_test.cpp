#include "cli/bench/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <vector>

namespace avow::cli::bench {
namespace {

TEST(Histogram, HasNothingToTellBeforeAnythingWasRecorded) {
  const Histogram histogram;

  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.percentile(50), 0U);
  EXPECT_EQ(histogram.max(), 0U);
}

TEST(Histogram, TellsSmallNumbersExactly) {
  Histogram histogram;
  for (std::uint64_t number = 1; number <= 100; ++number) histogram.record(number);

  EXPECT_EQ(histogram.percentile(0), 1U);
  EXPECT_EQ(histogram.percentile(50), 50U);
  EXPECT_EQ(histogram.percentile(99), 99U);
  EXPECT_EQ(histogram.percentile(99.9), 100U);
  EXPECT_EQ(histogram.percentile(100), 100U);
}

TEST(Histogram, CountsANumberAsOftenAsItIsToldTo) {
  Histogram histogram;
  histogram.record(5, 9'999);
  histogram.record(7'000, 1);
  histogram.record(9'000, 0);

  EXPECT_EQ(histogram.count(), 10'000U);
  EXPECT_EQ(histogram.percentile(99.99), 5U);
  EXPECT_EQ(histogram.percentile(99.999), 7'000U);
  EXPECT_EQ(histogram.max(), 7'000U);
}

TEST(Histogram, TakesTheLargestNumbersThereAre) {
  constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
  Histogram histogram;
  histogram.record(largest);
  histogram.record(largest / 2);

  EXPECT_EQ(histogram.percentile(100), largest);
  EXPECT_EQ(histogram.percentile(50), largest / 2);
}

// Against sorting them all.
TEST(Histogram, IsTooLargeByOnePartIn64AtMostAndNeverTooSmall) {
  const char* given = std::getenv("AVOW_TEST_SEED");
  const std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  SCOPED_TRACE("AVOW_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> numbers;
  Histogram histogram;
  for (int i = 0; i < 20'000; ++i) {
    numbers.push_back(random() >> (random() % 64));
    histogram.record(numbers.back());
  }
  std::sort(numbers.begin(), numbers.end());

  for (const int per_hundred_thousand : {1, 1'000, 50'000, 90'000, 99'000, 99'900, 99'990}) {
    const auto rank =
        static_cast<std::size_t>((20'000LL * per_hundred_thousand + 99'999) / 100'000);
    const std::uint64_t exact = numbers[rank - 1];
    const std::uint64_t told = histogram.percentile(per_hundred_thousand / 1'000.0);

    EXPECT_GE(told, exact) << per_hundred_thousand;
    EXPECT_LE(told - exact, exact / 64) << per_hundred_thousand;
  }
}

}  // namespace
}  // namespace avow::cli::bench
