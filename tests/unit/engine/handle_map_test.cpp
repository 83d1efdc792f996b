#include "server/engine/handle_map.hpp"

#include <gtest/gtest.h>
#include <numeric>

namespace avow::server {
namespace {

// Enough to be spread over several tables.
constexpr std::uint64_t many = 20'000;

TEST(HandleMap, FindsWhatWasAddedHoweverManyThereAre) {
  HandleMap map;
  for (std::uint64_t i = 0; i < many; ++i) EXPECT_EQ(map.add(i, 7 * i), 7 * i);
  EXPECT_EQ(map.size(), many);
  for (std::uint64_t i = 0; i < many; ++i) ASSERT_EQ(map.take(i), 7 * i);
  EXPECT_EQ(map.size(), 0U);
}

TEST(HandleMap, KeepsTheHandleThatWasThereFirst) {
  HandleMap map;
  map.add(1, 10);
  EXPECT_EQ(map.add(1, 20), 10U);
  EXPECT_EQ(map.size(), 1U);
}

TEST(HandleMap, ForgetsWhatWasTaken) {
  HandleMap map;
  for (std::uint64_t i = 0; i < many; ++i) map.add(i, i);
  for (std::uint64_t i = 0; i < many; i += 2) ASSERT_EQ(map.take(i), i);
  EXPECT_EQ(map.take(0), std::nullopt);
  EXPECT_EQ(map.size(), many / 2);
  for (std::uint64_t i = 0; i < many; ++i) ASSERT_EQ(map.take(i).has_value(), i % 2 == 1);
}

TEST(HandleMap, ListsHandlesByTheirSize) {
  HandleMap map;
  std::vector<std::uint64_t> expected(many);
  std::iota(expected.begin(), expected.end(), 1);
  for (std::uint64_t i = 0; i < many; ++i) map.add(i, many - i);
  EXPECT_EQ(map.handles(), expected);
}

}  // namespace
}  // namespace avow::server
