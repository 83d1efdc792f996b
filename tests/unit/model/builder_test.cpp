#include "avow/model/builder.hpp"

#include <gmock/gmock.h>

#include "tests/support/vectors.hpp"

namespace avow {
namespace {

std::string hex(const Value& value) { return test::to_hex(value.bytes()); }

TEST(Builder, SetsComeOutTheSameInWhateverOrderTheyAreGiven) {
  Builder one;
  one.begin_set().string("b").string("aa").string("").end();
  Builder other;
  other.begin_set().string("").string("b").string("aa").end();

  const Value value = one.finish().value();

  EXPECT_EQ(value, other.finish().value());
  // Ordered by their bytes: the length of "b" comes before that of "aa".
  EXPECT_EQ(hex(value), "b6b100b10162b102616184");
}

TEST(Builder, DictionariesKeepEachValueWithItsKey) {
  Builder builder;
  builder.begin_dictionary();
  builder.integer(std::int64_t{2}).symbol("two").integer(std::int64_t{1}).symbol("one").end();

  const Value value = builder.finish().value();

  EXPECT_EQ(value.view().entry(Value::integer(std::int64_t{1}))->as_symbol(), "one");
  EXPECT_EQ(value.view().entry(Value::integer(std::int64_t{2}))->as_symbol(), "two");
}

TEST(Builder, SortsSetsInsideSetsFromTheInside) {
  Builder builder;
  builder.begin_set();
  builder.begin_set().integer(std::int64_t{2}).integer(std::int64_t{1}).end();
  builder.begin_set().integer(std::int64_t{1}).integer(std::int64_t{2}).end();
  builder.end();

  EXPECT_TRUE(builder.has_duplicate());
  EXPECT_EQ(builder.finish().error().code, "duplicate");
}

TEST(Builder, ADuplicateKeyIsAnErrorEvenWithAnotherValue) {
  Builder builder;
  builder.begin_dictionary().symbol("a").integer(std::int64_t{1});
  builder.symbol("a").integer(std::int64_t{2}).end();

  EXPECT_EQ(builder.finish().error().code, "duplicate");
}

TEST(Builder, EqualValuesUnderDifferentKeysAreNoDuplicate) {
  Builder builder;
  builder.begin_dictionary().symbol("a").boolean(true).symbol("b").boolean(true).end();

  EXPECT_TRUE(builder.finish().has_value());
}

TEST(Builder, TextThatIsNotUtf8IsAnError) {
  Builder builder;
  builder.begin_sequence().string("fine").symbol("\xff").end();

  EXPECT_EQ(builder.finish().error().code, "bad-utf8");
}

TEST(Builder, IsAsNewAfterAnErrorAndAfterAValue) {
  Builder builder;
  builder.string("\xff");
  EXPECT_FALSE(builder.finish().has_value());

  builder.reference(ReferenceId{1});
  EXPECT_TRUE(builder.finish()->holds_references());

  builder.string("fine");
  EXPECT_FALSE(builder.finish()->holds_references());
}

TEST(Builder, IntegersAreShortenedToTheirCanonicalForm) {
  Builder builder;
  builder.begin_sequence();
  builder.integer_bytes(Bytes{0x00, 0x00, 0x7F}).integer_bytes(Bytes{0xFF, 0xFF, 0x80});
  builder.integer_bytes(Bytes{0x00, 0x80}).integer_bytes(Bytes{0x00}).integer_bytes(Bytes{}).end();

  EXPECT_EQ(hex(builder.finish().value()), "b5b0017fb00180b0020080b000b00084");
}

TEST(Builder, WhatIsEmbeddedBelongsToItsMark) {
  Builder builder;
  builder.begin_set();
  builder.begin_embedded().string("b");
  builder.begin_embedded().begin_sequence().integer(std::int64_t{0}).end();
  builder.string("a").end();

  const Value value = builder.finish().value();

  EXPECT_EQ(hex(value), "b686b1016286b5b00084b1016184");
  EXPECT_TRUE(value.holds_references());
}

TEST(Builder, WholeValuesKeepTheirReferences) {
  const Value inner = record("r", ReferenceId{3});

  EXPECT_TRUE(sequence(1, inner).holds_references());
  EXPECT_TRUE(sequence(1, inner.view()).holds_references());
  EXPECT_FALSE(sequence(1, record("r")).holds_references());
}

TEST(Builder, RecordsTakeEveryKindOfField) {
  const Value fact = record("r", true, -1, 2U, 1.5, "text", std::string("string"), ReferenceId{9});

  EXPECT_EQ(hex(fact),
            "b4b3017281b001ffb0010287083ff8000000000000b10474657874b106737472696e67"
            "86b208000000000000000984");
}

TEST(BuilderDeathTest, AnUnbalancedValueIsABugOfOurs) {
  Builder builder;
  builder.begin_sequence();

  EXPECT_DEATH((void)builder.finish(), "empty");
}

TEST(BuilderDeathTest, ADictionaryWithAnOddCountIsABugOfOurs) {
  Builder builder;
  builder.begin_dictionary().symbol("key");

  EXPECT_DEATH((void)builder.end(), "dictionary");
}

}  // namespace
}  // namespace avow
