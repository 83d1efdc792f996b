#include "avow/wire/preserves_scanner.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "avow/wire/preserves.hpp"
#include "tests/support/random_values.hpp"
#include "tests/support/scrambled.hpp"
#include "tests/support/vectors.hpp"

namespace avow::wire {
namespace {

using test::from_hex;
using test::Random;
using test::random_value;

constexpr std::size_t bytes_max = 1'000;

// "ended at n", "more", or the code of the error.
std::string scan(std::string_view hex, const ValueLimits& limits = {}) {
  PreservesScanner scanner(limits, bytes_max);
  const auto end = scanner.feed(from_hex(hex));
  if (!end.has_value()) return end.error().code;
  return end.value() ? "ended at " + std::to_string(**end) : "more";
}

TEST(PreservesScanner, FindsTheEndOfTheFirstValue) {
  EXPECT_EQ(scan("8081"), "ended at 1");
  EXPECT_EQ(scan("b10161b10162"), "ended at 3");
  EXPECT_EQ(scan("b10080"), "ended at 2");
  EXPECT_EQ(scan("b5b5848084808484"), "ended at 5");
  EXPECT_EQ(scan("87083ff0000000000000ff"), "ended at 10");
}

TEST(PreservesScanner, AnAnnotationAndWhatItAnnotatesAreOneValue) {
  EXPECT_EQ(scan("85808180"), "ended at 3");
  EXPECT_EQ(scan("8580858081"
                 "80"),
            "ended at 5");
  EXPECT_EQ(scan("858580818080"), "ended at 5");
  EXPECT_EQ(scan("85b5808481"
                 "80"),
            "ended at 5");
  EXPECT_EQ(scan("8680"
                 "80"),
            "ended at 2");
}

TEST(PreservesScanner, RefusesAtOnceWhatIsTooLongOrTooDeep) {
  const ValueLimits limits{.depth_max = 2, .integer_bits_max = 16, .string_bytes_max = 2'000};

  EXPECT_EQ(scan("b2e507", limits), "more") << "997 bytes of content fit in behind the head";
  EXPECT_EQ(scan("b2e607", limits), "limit") << "one more does not";
  EXPECT_EQ(scan("b2d10f", limits), "limit");
  EXPECT_EQ(scan("b003", limits), "limit");
  EXPECT_EQ(scan("b5b5b5", limits), "limit");
  EXPECT_EQ(scan("858585", limits), "limit");
  EXPECT_EQ(scan("b2ffffffffffffffffffff", limits), "limit");
}

TEST(PreservesScanner, RefusesMoreBytesThanAValueMayTake) {
  PreservesScanner scanner({}, 3);

  const auto first = scanner.feed(from_hex("b58080"));
  const auto then = scanner.feed(from_hex("84"));

  EXPECT_TRUE(first.has_value() && !first->has_value());
  ASSERT_FALSE(then.has_value());
  EXPECT_EQ(then.error().code, "limit");
}

TEST(PreservesScanner, RefusesWhatNoValueBeginsOrEndsWith) {
  for (const char* const hex : {"00", "84", "b8", "8704", "b582", "858082"}) {
    EXPECT_EQ(scan(hex), "bad-binary") << hex;
  }
}

TEST(PreservesScanner, KnowsWhetherItIsBetweenValues) {
  PreservesScanner scanner({}, bytes_max);
  EXPECT_TRUE(scanner.at_boundary());

  (void)scanner.feed(from_hex("b5"));
  EXPECT_FALSE(scanner.at_boundary());

  (void)scanner.feed(from_hex("84"));
  EXPECT_TRUE(scanner.at_boundary());
}

TEST(PreservesScanner, FindsEveryEndHoweverTheStreamIsCut) {
  Random random(test::test_seed());
  for (int i = 0; i < 500; ++i) {
    Bytes stream;
    std::vector<std::size_t> ends;
    for (std::size_t left = 1 + random.below(5); left > 0; --left) {
      append(stream, test::scrambled(random, random_value(random)));
      ends.push_back(stream.size());
    }

    PreservesScanner scanner({}, 1 << 20);
    std::vector<std::size_t> found;
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t piece = std::min(1 + random.below(9), stream.size() - at);
      const auto end = scanner.feed(ByteView(stream).subspan(at, piece));
      ASSERT_TRUE(end.has_value()) << test::to_hex(stream);
      at += end->value_or(piece);
      if (end.value()) found.push_back(at);
    }

    ASSERT_EQ(found, ends) << test::to_hex(stream);
  }
}

}  // namespace
}  // namespace avow::wire
