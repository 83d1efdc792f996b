#include "server/engine/handle_map.hpp"

#include <gtest/gtest.h>
#include <numeric>

namespace avow::server {
namespace {

// Enough to be spread over several tables.
constexpr std::uint64_t handle_count = 20'000;

TEST(HandleMap, FindsWhatWasAddedHoweverManyThereAre) {
  HandleMap map;
  for (std::uint64_t i = 0; i < handle_count; ++i) EXPECT_EQ(map.add(i, 7 * i), 7 * i);
  EXPECT_EQ(map.size(), handle_count);
  for (std::uint64_t i = 0; i < handle_count; ++i) ASSERT_EQ(map.take(i), 7 * i);
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
  for (std::uint64_t i = 0; i < handle_count; ++i) map.add(i, i);
  for (std::uint64_t i = 0; i < handle_count; i += 2) ASSERT_EQ(map.take(i), i);
  EXPECT_EQ(map.take(0), std::nullopt);
  EXPECT_EQ(map.size(), handle_count / 2);
  for (std::uint64_t i = 0; i < handle_count; ++i) ASSERT_EQ(map.take(i).has_value(), i % 2 == 1);
}

TEST(HandleMap, ListsHandlesByTheirSize) {
  HandleMap map;
  std::vector<std::uint64_t> expected(handle_count);
  std::iota(expected.begin(), expected.end(), 1);
  for (std::uint64_t i = 0; i < handle_count; ++i) map.add(i, handle_count - i);
  EXPECT_EQ(map.handles(), expected);
}

}  // namespace
}  // namespace avow::server
