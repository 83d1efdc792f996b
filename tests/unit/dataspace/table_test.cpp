#include "server/dataspace/table.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <vector>

#include "server/base/hash.hpp"
#include "tests/support/random.hpp"

namespace avow::server {
namespace {

std::uint32_t find(const Table& table, std::uint64_t hash, std::uint32_t id) {
  return table.find(hash, [&](std::uint32_t candidate) { return candidate == id; });
}

TEST(Table, WhatWasInsertedIsFoundUntilItIsErased) {
  Regions memory;
  Table table(memory);
  constexpr std::uint32_t count = 100'000;
  for (std::uint32_t id = 1; id <= count; ++id) table.insert(scatter(id), id);
  EXPECT_EQ(table.size(), count);
  for (std::uint32_t id = 1; id <= count; ++id) ASSERT_EQ(find(table, scatter(id), id), id);

  for (std::uint32_t id = 1; id <= count; id += 2) table.erase(scatter(id), id);

  EXPECT_EQ(table.size(), count / 2);
  for (std::uint32_t id = 1; id <= count; ++id) {
    ASSERT_EQ(find(table, scatter(id), id), id % 2 == 0 ? id : 0);
  }
}

TEST(Table, WhatIsNotThereIsNotFoundHoweverFullAPageIs) {
  Regions memory;
  Table table(memory);
  // Up to one page's room, all at once and then one by one less.
  constexpr std::uint32_t count = 3'300;
  for (std::uint32_t id = 1; id <= count; ++id) table.insert(scatter(id), id);
  for (std::uint32_t id = 1; id <= count; ++id) {
    ASSERT_EQ(find(table, scatter(id + count), id), 0U);
    table.erase(scatter(id), id);
    ASSERT_EQ(find(table, scatter(id), id), 0U);
  }
  EXPECT_EQ(table.size(), 0U);
}

TEST(Table, HashesThatAgreeAreToldApartByTheCaller) {
  Regions memory;
  Table table(memory);
  for (std::uint32_t id = 1; id <= 50; ++id) table.insert(42ULL << 32, id);

  table.erase(42ULL << 32, 17);
  table.replace(42ULL << 32, 30, 99);

  EXPECT_EQ(find(table, 42ULL << 32, 17), 0U);
  EXPECT_EQ(find(table, 42ULL << 32, 30), 0U);
  EXPECT_EQ(find(table, 42ULL << 32, 99), 99U);
  EXPECT_EQ(find(table, 42ULL << 32, 50), 50U);
  EXPECT_EQ(find(table, 43ULL << 32, 50), 0U);
}

TEST(Table, ComesToTheSameAsAMapWhateverIsDoneToIt) {
  test::Random random(test::test_seed());
  Regions memory;
  Table table(memory);
  std::map<std::uint32_t, std::uint64_t> model;
  for (int i = 0; i < 200'000; ++i) {
    const auto id = static_cast<std::uint32_t>(1 + random.below(20'000));
    const auto held = model.find(id);
    if (held == model.end()) {
      // Few distinct hashes now and then, so that places are contended.
      const std::uint64_t hash = scatter(random.chance(1, 4) ? random.below(300) : random.bits());
      table.insert(hash, id);
      model.emplace(id, hash);
    } else {
      table.erase(held->second, id);
      model.erase(held);
    }
  }

  EXPECT_EQ(table.size(), model.size());
  for (std::uint32_t id = 1; id <= 20'000; ++id) {
    const auto held = model.find(id);
    ASSERT_TRUE(held == model.end() || find(table, held->second, id) == id);
  }
}

}  // namespace
}  // namespace avow::server
