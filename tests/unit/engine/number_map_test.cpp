#include "server/engine/number_map.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <vector>

#include "tests/support/random.hpp"

namespace avow::server {
namespace {

struct Held {
  std::int64_t is = 0;
  std::uint32_t is_live = 0;
};

constexpr std::int64_t number_count = 20'000;

class NumberMapTest : public ::testing::Test {
 protected:
  void add(std::int64_t number) { map.add(number, {.is = number}); }
  [[nodiscard]] bool holds(std::int64_t number) {
    const Held* const found = map.find(number);
    return found != nullptr && found->is == number;
  }

  NumberMap<Held> map{HashKey{1, 2}};
};

TEST_F(NumberMapTest, FindsWhatWasAddedHoweverManyThereAre) {
  for (std::int64_t number = -number_count; number < number_count; ++number) add(number);

  EXPECT_EQ(map.size(), 2 * number_count);
  for (std::int64_t number = -number_count; number < number_count; ++number)
    ASSERT_TRUE(holds(number));
  EXPECT_EQ(map.find(number_count), nullptr);
}

TEST_F(NumberMapTest, ANeighbourOfWhatWasAddedIsNotThere) {
  add(16);

  for (const std::int64_t number : {15, 17, 23, 24}) {
    EXPECT_EQ(map.find(number), nullptr);
    EXPECT_FALSE(map.take(number).has_value());
  }
  EXPECT_EQ(map.size(), 1U);
}

TEST_F(NumberMapTest, WhatIsAddedStaysWhereItIs) {
  std::vector<const Held*> places;
  for (std::int64_t number = 0; number < number_count; ++number) {
    places.push_back(&map.add(number, {.is = number}));
  }

  for (std::int64_t number = 0; number < number_count; ++number) {
    ASSERT_EQ(map.find(number), places[static_cast<std::size_t>(number)]);
  }
}

TEST_F(NumberMapTest, NumbersAtTheEndsAndBeyondAreNumbersLikeOthers) {
  constexpr std::int64_t first = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max();
  add(first);
  add(last);

  EXPECT_TRUE(holds(first));
  EXPECT_TRUE(holds(last));
  EXPECT_TRUE(map.take(first).has_value());
  EXPECT_FALSE(holds(first));
  EXPECT_TRUE(holds(last));
}

TEST_F(NumberMapTest, WhatIsTakenAtOnceComesByItsNumber) {
  for (const std::int64_t number : {70, -9, 3, 500, 4, -1'000}) add(number);

  const std::vector<Held> taken = map.take_all([](const Held& held) { return held.is != 4; });

  std::vector<std::int64_t> numbers;
  numbers.reserve(taken.size());
  for (const Held& held : taken) numbers.push_back(held.is);
  EXPECT_EQ(numbers, (std::vector<std::int64_t>{-1'000, -9, 3, 70, 500}));
  EXPECT_EQ(map.size(), 1U);
  EXPECT_TRUE(holds(4));
}

TEST_F(NumberMapTest, ComesToTheSameAsAMapWhateverIsDoneToIt) {
  test::Random random(test::test_seed());
  std::map<std::int64_t, bool> model;
  for (int i = 0; i < 100'000; ++i) {
    // Dense ones and sparse ones.
    const auto near = static_cast<std::int64_t>(random.below(300));
    const std::int64_t number = random.chance(1, 2) ? near : near * 1'000;
    if (model.erase(number) != 0) {
      const std::optional<Held> taken = map.take(number);
      ASSERT_TRUE(taken.has_value());
      ASSERT_EQ(taken->is, number);
    } else {
      ASSERT_EQ(map.find(number), nullptr);
      add(number);
      model.emplace(number, true);
    }
  }

  EXPECT_EQ(map.size(), model.size());
  std::vector<std::int64_t> visited;
  map.for_each_in_order([&](const Held& held) { visited.push_back(held.is); });
  std::vector<std::int64_t> expected;
  expected.reserve(model.size());
  for (const auto& [number, is_there] : model) expected.push_back(number);
  EXPECT_EQ(visited, expected);
}

}  // namespace
}  // namespace avow::server
