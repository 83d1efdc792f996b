#include "cli/bench/numbered.hpp"

#include <gtest/gtest.h>

#include "avow/model/pattern.hpp"
#include "avow/model/text.hpp"
#include "avow/wire/preserves.hpp"

namespace avow::cli::bench {
namespace {

Value value_of(ByteView bytes) { return wire::decode_value(bytes).value(); }

TEST(Numbered, AreFactsInWhichOnlyKeyAndNumberChange) {
  Numbered numbered(7, 3, 2);

  const ByteView first = numbered.write(0, 5, 12);
  const ByteView second = numbered.write(1, 6, 99'999'999);

  EXPECT_EQ(to_text(value_of(first)), "<bench 1000000000007 1000000000005 1000000000012 \"xxx\">");
  EXPECT_EQ(to_text(value_of(second)), "<bench 1000000000007 1000000000006 1000099999999 \"xxx\">");
  EXPECT_EQ(first.size(), numbered.size());
}

TEST(Numbered, MatchThePatternsOfTheirRunAndKey) {
  Numbered numbered(7, 3, 1);
  const Value fact = value_of(numbered.write(0, 5, 12));
  const auto matches = [&](const Value& pattern) {
    return Pattern::parse(pattern).value().match(fact).has_value();
  };

  EXPECT_TRUE(matches(numbered.any()));
  EXPECT_TRUE(matches(numbered.of_key(5)));
  EXPECT_FALSE(matches(numbered.of_key(6)));
  EXPECT_FALSE(matches(Numbered(8, 3, 0).any()));
}

TEST(Numbered, AreReadBackFromTheirCaptures) {
  Numbered numbered(7, 200, 1);
  const Value fact = value_of(numbered.write(0, 5, 123'456'789));
  const Value captures = Pattern::parse(numbered.any()).value().match(fact).value();

  EXPECT_EQ(numbered.number_in(captures.bytes()), 123'456'789U);
  EXPECT_EQ(numbered.number_in(numbered.captures(3)), 3U);
}

TEST(Numbered, AreNotReadFromAnythingElse) {
  const Numbered numbered(7, 3, 0);
  Bytes longer = numbered.captures(1);
  longer.push_back(0);
  Bytes other = numbered.captures(1);
  other[1] = 0xB1;

  EXPECT_FALSE(numbered.number_in(ByteView()));
  EXPECT_FALSE(numbered.number_in(longer));
  EXPECT_FALSE(numbered.number_in(other));
  EXPECT_FALSE(numbered.number_in(Numbered(7, 4, 0).captures(1)));
}

}  // namespace
}  // namespace avow::cli::bench
