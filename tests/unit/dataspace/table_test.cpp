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

TEST(Table, AMarkIsThereAsLongAsAnythingWithItsHashIs) {
  Regions memory;
  Table table(memory, Table::Marks::kept);
  for (std::uint32_t id = 1; id <= 10; ++id) table.insert(42ULL << 32, id);
  for (std::uint32_t id = 1; id < 10; ++id) table.erase(42ULL << 32, id);
  EXPECT_TRUE(table.may_have(42ULL << 32));
  table.replace(42ULL << 32, 10, 11);
  EXPECT_TRUE(table.may_have(42ULL << 32));
  table.erase(42ULL << 32, 11);
  EXPECT_FALSE(table.may_have(42ULL << 32));
}

TEST(Table, MarksRuleOutMostOfWhatIsNotThere) {
  Regions memory;
  Table table(memory, Table::Marks::kept);
  constexpr std::uint32_t count = 100'000;
  for (std::uint32_t id = 1; id <= count; ++id) table.insert(scatter(id), id);

  std::uint32_t missed = 0;
  for (std::uint32_t id = count + 1; id <= 2 * count; ++id) missed += table.may_have(scatter(id));

  // A place has as many slots as the load says, 0.81 at most, and each sets one of eight bits.
  EXPECT_LT(missed, count / 8);
}

TEST(Table, ComesToTheSameAsAMapWhateverIsDoneToIt) {
  test::Random random(test::test_seed());
  Regions memory;
  Table table(memory, Table::Marks::kept);
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
    if (held == model.end()) continue;
    ASSERT_EQ(find(table, held->second, id), id);
    ASSERT_TRUE(table.may_have(held->second));
  }
  for (const auto& [id, hash] : model) table.erase(hash, id);
  for (const auto& [id, hash] : model) ASSERT_FALSE(table.may_have(hash));
}

}  // namespace
}  // namespace avow::server
