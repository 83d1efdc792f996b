#include "avow/base/hash.hpp"

#include <gmock/gmock.h>
#include <set>

namespace avow {
namespace {

// The key and the message of the vectors in the paper's appendix: bytes 0, 1, 2 …
constexpr HashKey counting_key{0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL};

Bytes counting(std::size_t size) {
  Bytes bytes;
  while (bytes.size() < size) bytes.push_back(static_cast<std::uint8_t>(bytes.size()));
  return bytes;
}

// The first vectors of SipHash-1-3 as Rust's standard library tests them.
TEST(KeyedHash, IsSipHash13) {
  EXPECT_EQ(keyed_hash(counting_key, counting(0)), 0xabac0158050fc4dcULL);
  EXPECT_EQ(keyed_hash(counting_key, counting(1)), 0xc9f49bf37d57ca93ULL);
  EXPECT_EQ(keyed_hash(counting_key, counting(2)), 0x82cb9b024dc7d44dULL);
  EXPECT_EQ(keyed_hash(counting_key, counting(7)), 0xd3927d989bb11140ULL);
  EXPECT_EQ(keyed_hash(counting_key, counting(8)), 0x369095118d299a8eULL);
}

TEST(KeyedHash, DependsOnTheKeyAndOnTheLength) {
  const Bytes zeros(3);

  EXPECT_NE(keyed_hash({1, 2}, zeros), keyed_hash({1, 3}, zeros));
  EXPECT_NE(keyed_hash({1, 2}, zeros), keyed_hash({1, 2}, Bytes(4)));
}

TEST(Scatter, GivesDifferentNumbersForDifferentOnes) {
  std::set<std::uint64_t> seen;
  for (std::uint64_t number = 0; number < 10'000; ++number) seen.insert(scatter(number));

  EXPECT_EQ(seen.size(), 10'000U);
}

}  // namespace
}  // namespace avow
