#include "server/store/checksum.hpp"

#include <gtest/gtest.h>
#include <numeric>

#include "tests/support/vectors.hpp"

namespace avow::server {
namespace {

TEST(Crc32c, IsTheOneOfRfc3720) {
  // RFC 3720, B.4.
  Bytes rising(32);
  std::iota(rising.begin(), rising.end(), std::uint8_t{0});

  EXPECT_EQ(crc32c(Bytes(32, 0)), 0x8A9136AAu);
  EXPECT_EQ(crc32c(Bytes(32, 0xFF)), 0x62A8AB43u);
  EXPECT_EQ(crc32c(rising), 0x46DD794Eu);
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xE3069283u);
}

TEST(Crc32c, OfPartsIsThatOfTheWhole) {
  const std::string text = "a text that is longer than a word, and of an odd length";
  for (std::size_t at = 0; at <= text.size(); ++at) {
    const std::uint32_t first = crc32c(bytes_of(text.substr(0, at)));
    EXPECT_EQ(crc32c(bytes_of(text.substr(at)), first), crc32c(bytes_of(text)));
  }
}

TEST(RowCrc, TellsWhereOneFieldEndsAndTheNextBegins) {
  const auto crc = [](std::string_view a, std::string_view b) {
    return RowCrc().bytes(bytes_of(a)).bytes(bytes_of(b)).value();
  };

  EXPECT_NE(crc("ab", "c"), crc("a", "bc"));
  EXPECT_NE(crc("", "abc"), crc("abc", ""));
}

TEST(Hasher, MakesBlake2s) {
  // RFC 7693, appendix B.
  Hasher hasher;
  hasher.add(bytes_of("abc"));
  EXPECT_EQ(test::to_hex(hasher.finish()),
            "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982");
}

TEST(Hasher, LinksDependOnWhatWasBefore) {
  Hasher hasher;
  const ChainHash first = hasher.link({}, 1, bytes_of("record"));

  EXPECT_EQ(hasher.link({}, 1, bytes_of("record")), first);
  EXPECT_NE(hasher.link(first, 1, bytes_of("record")), first);
  EXPECT_NE(hasher.link({}, 2, bytes_of("record")), first);
  EXPECT_NE(hasher.link({}, 1, bytes_of("recorD")), first);
}

}  // namespace
}  // namespace avow::server
