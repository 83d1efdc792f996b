#include "server/base/few_map.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <map>

#include "server/base/hash.hpp"

namespace avow::server {
namespace {

struct NumberHash {
  using is_avalanching = void;
  std::size_t operator()(std::uint64_t number) const { return scatter(number); }
};
using Map = FewMap<std::uint64_t, std::uint64_t, NumberHash>;

// Ten times each of `count` numbers.
void fill(Map& map, std::uint64_t count) {
  for (std::uint64_t number = 1; number <= count; ++number) map.add(number, 10 * number);
}

std::map<std::uint64_t, std::uint64_t> all_of(const Map& map) {
  std::map<std::uint64_t, std::uint64_t> all;
  map.for_each([&](std::uint64_t key, std::uint64_t value) { all.emplace(key, value); });
  return all;
}

class FewMapOf : public testing::TestWithParam<std::size_t> {
 protected:
  FewMapOf() { fill(map, GetParam()); }

  Map map;
};

TEST_P(FewMapOf, FindsWhatWasAdded) {
  EXPECT_EQ(map.size(), GetParam());
  for (std::uint64_t number = 1; number <= GetParam(); ++number) {
    ASSERT_TRUE(map.contains(number));
    EXPECT_EQ(*map.find(number), 10 * number);
  }
  EXPECT_EQ(map.find(0), nullptr);
  EXPECT_EQ(map.find(GetParam() + 1), nullptr);
}

TEST_P(FewMapOf, ForgetsWhatWasErased) {
  map.erase(1);
  map.erase(1);

  EXPECT_FALSE(map.contains(1));
  EXPECT_EQ(map.size(), GetParam() - 1);
  for (std::uint64_t number = 2; number <= GetParam(); ++number) EXPECT_TRUE(map.contains(number));
}

TEST_P(FewMapOf, VisitsEachOnce) {
  const auto all = all_of(map);
  EXPECT_EQ(all.size(), GetParam());
  for (const auto& [key, value] : all) EXPECT_EQ(value, 10 * key);
}

TEST_P(FewMapOf, AddsOnlyWhatIsNotThere) {
  EXPECT_EQ(map.find_or_add(1), 10u);
  EXPECT_EQ(map.find_or_add(GetParam() + 1), 0u);
  EXPECT_EQ(map.size(), GetParam() + 1);
}

TEST_P(FewMapOf, IsEmptyWhenCleared) {
  map.clear();
  EXPECT_TRUE(map.empty());
  EXPECT_TRUE(all_of(map).empty());
  EXPECT_EQ(map.find(1), nullptr);
}

INSTANTIATE_TEST_SUITE_P(Sizes, FewMapOf,
                         testing::Values(1, Map::few - 1, Map::few, Map::few + 1, 1'000));

}  // namespace
}  // namespace avow::server
