#include "server/base/hash.hpp"

#include <gtest/gtest.h>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace avow::server {
namespace {

Bytes counting(std::size_t size) {
  Bytes bytes;
  while (bytes.size() < size) bytes.push_back(static_cast<std::uint8_t>(bytes.size()));
  return bytes;
}

Bytes bytes_of_number(std::uint32_t number) {
  Bytes bytes = counting(20);
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return bytes;
}

TEST(KeyedHash, IsTheSameForTheSameKey) {
  EXPECT_EQ(KeyedHash({1, 2})(counting(100)), KeyedHash({1, 2})(counting(100)));
}

TEST(KeyedHash, DependsOnEachHalfOfTheKeyAndOnTheLength) {
  const Bytes zeros(3);
  const std::uint64_t hash = KeyedHash({1, 2})(zeros);

  EXPECT_NE(hash, KeyedHash({1, 3})(zeros));
  EXPECT_NE(hash, KeyedHash({2, 2})(zeros));
  EXPECT_NE(hash, KeyedHash({1, 2})(Bytes(4)));
}

// Lengths of each way that XXH3 goes: to 16 bytes, to 128, to 240, in stripes beyond.
TEST(KeyedHash, DependsOnEveryBit) {
  const KeyedHash keyed({1, 2});
  for (const std::size_t size : {1U, 8U, 16U, 17U, 128U, 129U, 240U, 241U, 600U}) {
    std::set<std::uint64_t> seen{keyed(counting(size))};
    for (std::size_t bit = 0; bit < 8 * size; ++bit) {
      Bytes changed = counting(size);
      changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      seen.insert(keyed(changed));
    }
    EXPECT_EQ(seen.size(), 8 * size + 1) << size << " bytes";
  }
}

// What an attacker learns from one process is of no use against the next. Places in a table of
// 65,536 are compared: of the pairs that share one under a key, about one in 65,536 does again.
TEST(KeyedHash, LetsNobodyPrepareCollisionsForAnotherKey) {
  const KeyedHash known({1, 2});
  const KeyedHash other({3, 4});
  constexpr std::uint64_t places = 65'536;
  std::map<std::uint64_t, std::uint32_t> at_place;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> collisions;
  for (std::uint32_t number = 0; number < 20'000; ++number) {
    const auto [found, is_new] = at_place.emplace(known(bytes_of_number(number)) % places, number);
    if (!is_new) collisions.emplace_back(found->second, number);
  }
  ASSERT_GT(collisions.size(), 1'000U);

  std::size_t again = 0;
  for (const auto& [one, two] : collisions) {
    const bool same = other(bytes_of_number(one)) % places == other(bytes_of_number(two)) % places;
    again += same ? 1 : 0;
  }

  EXPECT_LT(again, 5U);
}

TEST(Scatter, GivesDifferentNumbersForDifferentOnes) {
  std::set<std::uint64_t> seen;
  for (std::uint64_t number = 0; number < 10'000; ++number) seen.insert(scatter(number));

  EXPECT_EQ(seen.size(), 10'000U);
}

}  // namespace
}  // namespace avow::server
