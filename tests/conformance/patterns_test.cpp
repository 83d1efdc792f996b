#include <gmock/gmock.h>

#include "avow/model/pattern.hpp"
#include "tests/support/vectors.hpp"

// What existing Syndicate servers say about patterns: schemas/vectors/patterns.json.

namespace avow {
namespace {

using test::VectorCase;

Value value_of(const VectorCase& vector, std::string_view field) {
  return Value::from_canonical(vector.bytes(field));
}

TEST(PatternVectors, ExactlyTheValidPatternsAreRead) {
  for (const VectorCase& vector : test::read_vectors("patterns.json")) {
    const Result<Pattern> pattern = Pattern::parse(value_of(vector, "pattern_canonical"));

    EXPECT_EQ(pattern.has_value(), vector.boolean("valid")) << vector.name();
    if (!pattern) {
      EXPECT_EQ(pattern.error().code, "bad-pattern") << vector.name();
    }
  }
}

TEST(PatternVectors, PatternsMatchAndCaptureAsExistingServersDo) {
  for (const VectorCase& vector : test::read_vectors("patterns.json")) {
    if (!vector.boolean("valid")) continue;
    const Result<Pattern> pattern = Pattern::parse(value_of(vector, "pattern_canonical"));
    ASSERT_TRUE(pattern) << vector.name();

    const std::optional<Value> captures = pattern->match(value_of(vector, "value_canonical"));

    ASSERT_EQ(captures.has_value(), vector.boolean("match")) << vector.name();
    if (!captures) continue;
    std::vector<Bytes> found;
    for (const ValueView capture : captures->view().elements()) {
      found.emplace_back(capture.bytes().begin(), capture.bytes().end());
    }
    EXPECT_EQ(found, vector.all_bytes("captures_canonical")) << vector.name();
  }
}

TEST(PatternVectors, WritingAPatternAndReadingItAgainGivesTheSamePattern) {
  for (const VectorCase& vector : test::read_vectors("patterns.json")) {
    if (!vector.boolean("valid")) continue;
    const Value wire = value_of(vector, "pattern_canonical");
    const Result<Pattern> pattern = Pattern::parse(wire);
    ASSERT_TRUE(pattern) << vector.name();

    const Value written = pattern->to_value();

    // Fields that a pattern does not need are not kept.
    if (vector.group() != "extra-fields") {
      EXPECT_EQ(written, wire) << vector.name();
    }
    const Result<Pattern> again = Pattern::parse(written);
    ASSERT_TRUE(again) << vector.name();
    EXPECT_EQ(*again, *pattern) << vector.name();
  }
}

}  // namespace
}  // namespace avow
