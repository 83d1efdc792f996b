#include "avow/model/integer.hpp"

#include <gmock/gmock.h>

#include "tests/support/random.hpp"
#include "tests/support/vectors.hpp"

namespace avow {
namespace {

Bytes from_decimal(std::string_view digits) { return integer_from_decimal(digits).value(); }

TEST(Integer, DecimalDigitsBecomeTheShortestTwosComplement) {
  EXPECT_EQ(from_decimal("0"), Bytes{});
  EXPECT_EQ(from_decimal("-0"), Bytes{});
  EXPECT_EQ(from_decimal("127"), Bytes{0x7F});
  EXPECT_EQ(from_decimal("128"), (Bytes{0x00, 0x80}));
  EXPECT_EQ(from_decimal("-128"), Bytes{0x80});
  EXPECT_EQ(from_decimal("-129"), (Bytes{0xFF, 0x7F}));
  EXPECT_EQ(from_decimal("+0007"), Bytes{0x07});
  EXPECT_EQ(test::to_hex(from_decimal("18446744073709551616")), "010000000000000000");
  EXPECT_EQ(test::to_hex(from_decimal("-18446744073709551616")), "ff0000000000000000");
}

TEST(Integer, WhatIsNoDecimalNumberIsRefused) {
  for (const char* text : {"", "+", "-", "1a", "1 ", "--1", "0x1"}) {
    EXPECT_EQ(integer_from_decimal(text).error().code, "bad-text") << text;
  }
}

TEST(Integer, TheLimitIsOnTheBitsNotOnTheDigits) {
  const ValueLimits limits{.integer_bits_max = 16};

  EXPECT_TRUE(integer_from_decimal("32767", limits).has_value());
  EXPECT_TRUE(integer_from_decimal("-32768", limits).has_value());
  EXPECT_TRUE(integer_from_decimal("0000000000000000000000000000000001", limits).has_value());
  EXPECT_EQ(integer_from_decimal("32768", limits).error().code, "limit");
  EXPECT_EQ(integer_from_decimal("-32769", limits).error().code, "limit");
}

TEST(Integer, AMillionDigitsAreRefusedBeforeAnyWork) {
  EXPECT_EQ(integer_from_decimal(std::string(1'000'000, '9')).error().code, "limit");
}

TEST(Integer, NumbersOfAnySizeReadBackFromTheirDecimals) {
  test::Random random(test::test_seed());
  for (int i = 0; i < 1'000; ++i) {
    Bytes number(random.below(64));
    for (std::uint8_t& byte : number) byte = static_cast<std::uint8_t>(random.bits());
    const ByteView shortest = shortest_integer(number);

    const Bytes again = from_decimal(integer_to_decimal(number));

    EXPECT_EQ(test::to_hex(again), test::to_hex(shortest));
  }
}

TEST(Integer, AreOrderedByTheirNumber) {
  const std::vector<const char*> rising{"-18446744073709551616",
                                        "-32769",
                                        "-32768",
                                        "-129",
                                        "-128",
                                        "-1",
                                        "0",
                                        "1",
                                        "127",
                                        "128",
                                        "255",
                                        "256",
                                        "32768",
                                        "18446744073709551616"};
  for (std::size_t i = 0; i < rising.size(); ++i) {
    for (std::size_t j = 0; j < rising.size(); ++j) {
      const int order = compare_integers(from_decimal(rising[i]), from_decimal(rising[j]));
      EXPECT_EQ(order < 0, i < j) << rising[i] << " and " << rising[j];
      EXPECT_EQ(order > 0, i > j) << rising[i] << " and " << rising[j];
    }
  }
}

}  // namespace
}  // namespace avow
