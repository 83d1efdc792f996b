#include "avow/model/text.hpp"

#include <gtest/gtest.h>

#include "tests/support/random_values.hpp"
#include "tests/support/vectors.hpp"

// Text as other programs read and write it.

namespace avow {
namespace {

std::string canonical_hex(const Value& value) { return test::to_hex(value.bytes()); }

// All bytes at once, and in pieces of `piece` bytes: where the scanner sees the first value end.
std::optional<std::size_t> first_end(std::string_view stream, std::size_t piece) {
  TextScanner scanner;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    const std::optional<std::size_t> end = scanner.feed(stream.substr(at, piece));
    if (end) return at + *end;
  }
  return std::nullopt;
}

TEST(TextConformance, EveryTextOfAValueReadsAsItsCanonicalBytes) {
  for (const test::VectorCase& example : test::read_vectors("values.json")) {
    for (const std::string& text : example.texts("text")) {
      const Result<Value> value = parse_text(text);

      ASSERT_TRUE(value.has_value()) << example.name() << ": " << value.error().detail;
      EXPECT_EQ(canonical_hex(*value), test::to_hex(example.bytes("canonical"))) << example.name();
    }
  }
}

TEST(TextConformance, WhatIsPrintedReadsBackAsTheSameValue) {
  for (const test::VectorCase& example : test::read_vectors("values.json")) {
    const Value value = Value::from_canonical(example.bytes("canonical"));

    const Result<Value> again = parse_text(to_text(value));

    ASSERT_TRUE(again.has_value()) << to_text(value) << ": " << again.error().detail;
    EXPECT_EQ(*again, value) << to_text(value);
  }
}

TEST(TextConformance, RandomValuesPrintAndReadBack) {
  test::Random random(test::test_seed());
  for (int i = 0; i < 20'000; ++i) {
    const Value value = test::random_value(random);

    const Result<Value> again = parse_text(to_text(value));

    ASSERT_TRUE(again.has_value()) << to_text(value) << ": " << again.error().detail;
    ASSERT_EQ(*again, value) << to_text(value);
  }
}

TEST(TextConformance, WhatIsNotOneWholeValueIsRefused) {
  for (const test::VectorCase& example : test::read_vectors("invalid.json")) {
    if (example.text("kind") != "text") continue;
    const Result<Value> value = parse_text(example.text("input"));

    if (example.text("verdict") == "reject") {
      EXPECT_FALSE(value.has_value()) << example.name() << " reads as " << to_text(*value);
    } else if (value.has_value() && example.has("canonical_if_accepted")) {
      EXPECT_EQ(canonical_hex(*value), test::to_hex(example.bytes("canonical_if_accepted")));
    }
  }
}

TEST(TextScanner, FindsTheSameEndHoweverTheStreamIsCut) {
  for (const test::VectorCase& example : test::read_vectors("values.json")) {
    for (const std::string& text : example.texts("text")) {
      // A space ends a bare atom; the bracket shows that no more than the value is taken.
      const std::string stream = text + "\n [";

      const std::optional<std::size_t> whole = first_end(stream, stream.size());

      ASSERT_TRUE(whole.has_value()) << text;
      EXPECT_LE(*whole, text.size() + 1) << text;
      const Result<Value> value = parse_text(stream.substr(0, *whole));
      ASSERT_TRUE(value.has_value()) << text << ": " << value.error().detail;
      EXPECT_EQ(canonical_hex(*value), test::to_hex(example.bytes("canonical"))) << text;
      for (const std::size_t piece : {1U, 3U, 7U}) {
        EXPECT_EQ(first_end(stream, piece), whole) << text << " in pieces of " << piece;
      }
    }
  }
}

}  // namespace
}  // namespace avow
