#include "avow/model/value.hpp"

#include <gmock/gmock.h>
#include <limits>

#include "avow/model/builder.hpp"

namespace avow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<Value> elements_of(ValueView compound) {
  std::vector<Value> all;
  for (const ValueView element : compound.elements()) all.emplace_back(element);
  return all;
}

Value small_dictionary() {
  Builder builder;
  builder.begin_dictionary().symbol("b").integer(std::int64_t{2}).symbol("a").string("one").end();
  return builder.finish().value();
}

TEST(Value, IsFalseFromTheStart) {
  EXPECT_EQ(Value(), Value::boolean(false));
  EXPECT_EQ(Value().view().as_boolean(), false);
}

TEST(Value, AnswersOnlyAsTheKindThatItIs) {
  const Value number = Value::integer(std::int64_t{1});

  EXPECT_EQ(number.view().kind(), Kind::integer);
  EXPECT_EQ(number.view().as_int64(), 1);
  EXPECT_EQ(number.view().as_boolean(), std::nullopt);
  EXPECT_EQ(number.view().as_double(), std::nullopt);
  EXPECT_EQ(number.view().as_string(), std::nullopt);
  EXPECT_EQ(number.view().as_reference(), std::nullopt);
  EXPECT_EQ(number.view().embedded_payload(), std::nullopt);
  EXPECT_EQ(number.view().element(0), std::nullopt);
  EXPECT_EQ(number.view().entry("a"), std::nullopt);
  EXPECT_TRUE(number.view().elements().empty());
}

TEST(Value, StringsSymbolsAndBytesOfTheSameContentDiffer) {
  const Value string = Value::string("x");
  const Value symbol = Value::symbol("x");
  const Value bytes = Value::bytes(bytes_of("x"));

  EXPECT_NE(string, symbol);
  EXPECT_NE(string, bytes);
  EXPECT_NE(symbol, bytes);
  EXPECT_EQ(string.view().as_symbol(), std::nullopt);
  EXPECT_TRUE(symbol.view().is_symbol("x"));
  EXPECT_EQ(text_of(*bytes.view().as_bytes()), "x");
}

TEST(Value, NumbersOfDifferentKindsAreNeverEqual) {
  EXPECT_NE(Value::number(1), Value::integer(std::int64_t{1}));
  EXPECT_NE(Value::number(0.0), Value::number(-0.0));
}

TEST(Value, IntegersReadBackWhereTheyFit) {
  using Signed = std::numeric_limits<std::int64_t>;
  using Unsigned = std::numeric_limits<std::uint64_t>;
  for (const std::int64_t number :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{127}, std::int64_t{128}, std::int64_t{-128},
        std::int64_t{-129}, Signed::max(), Signed::min()}) {
    EXPECT_EQ(Value::integer(number).view().as_int64(), number);
  }
  const Value large = Value::integer(Unsigned::max());
  EXPECT_EQ(large.view().as_uint64(), Unsigned::max());
  EXPECT_EQ(large.view().as_int64(), std::nullopt);
  EXPECT_EQ(Value::integer(std::int64_t{-1}).view().as_uint64(), std::nullopt);
}

TEST(Value, ARecordHasALabelAndFields) {
  const Value fact = record("present", "ann", 3);

  EXPECT_TRUE(fact.view().is_record("present"));
  EXPECT_FALSE(fact.view().is_record("presen"));
  EXPECT_EQ(fact.view().element_count(), 2U);
  EXPECT_EQ(fact.view().element(0)->as_string(), "ann");
  EXPECT_EQ(fact.view().element(1)->as_int64(), 3);
  EXPECT_EQ(fact.view().element(2), std::nullopt);
  EXPECT_FALSE(sequence("present", "ann").view().is_record("present"));
}

TEST(Value, ADictionaryIsAskedByKey) {
  const Value dictionary = small_dictionary();

  EXPECT_EQ(dictionary.view().entry("a")->as_string(), "one");
  EXPECT_EQ(dictionary.view().entry(Value::symbol("b"))->as_int64(), 2);
  EXPECT_EQ(dictionary.view().entry(Value::string("a")), std::nullopt);
  EXPECT_EQ(dictionary.view().element(0), std::nullopt);
}

TEST(Value, ElementsOfADictionaryAreKeysAndValuesInTurn) {
  EXPECT_THAT(elements_of(small_dictionary()),
              ElementsAre(Value::symbol("a"), Value::string("one"), Value::symbol("b"),
                          Value::integer(std::int64_t{2})));
  EXPECT_THAT(elements_of(sequence()), IsEmpty());
}

TEST(Value, AReferenceIsEqualToItselfOnly) {
  const Value reference = Value::reference(ReferenceId{7});

  EXPECT_EQ(reference.view().as_reference(), ReferenceId{7});
  EXPECT_EQ(reference, Value::reference(ReferenceId{7}));
  EXPECT_NE(reference, Value::reference(ReferenceId{8}));
}

TEST(Value, KnowsWhetherAReferenceStandsAnywhereInside) {
  const Value deep = record("a", sequence(1, record("b", ReferenceId{1})));

  EXPECT_TRUE(deep.holds_references());
  EXPECT_TRUE(Value(deep.view()).holds_references());
  EXPECT_FALSE(record("a", sequence(1, "\x06")).holds_references());
}

TEST(Value, BytesThatLookLikeTagsInsideAtomsAreNoReferences) {
  const Bytes tags{0x86, 0xB4, 0x84};

  EXPECT_FALSE(sequence(Value::bytes(tags)).holds_references());
  EXPECT_FALSE(contains_embedded(sequence(Value::bytes(tags), 1.5).bytes()));
}

TEST(Value, ACopySharesTheBytesAndAMoveTakesThem) {
  const Value original = record("a", "some text");

  Value copy = original;
  const Value moved = std::move(copy);

  EXPECT_EQ(moved.bytes().data(), original.bytes().data());
}

TEST(Value, LongAtomsAreReadWithTheirWholeLength) {
  for (const std::size_t size : {127U, 128U, 16'383U, 16'384U, 100'000U}) {
    const std::string text(size, 'x');

    const Value value = sequence(text, 1);

    EXPECT_EQ(value.view().element(0)->as_string(), text);
    EXPECT_EQ(value.view().element(1)->as_int64(), 1);
  }
}

TEST(Utf8, WellFormedTextIsTakenAndNothingElse) {
  EXPECT_TRUE(is_utf8(bytes_of("plain text that is longer than a word")));
  EXPECT_TRUE(is_utf8(bytes_of("é中😀\U0010ffff")));
  EXPECT_TRUE(is_utf8(Bytes{}));
  EXPECT_FALSE(is_utf8(Bytes{0xC0, 0x80}));              // Overlong.
  EXPECT_FALSE(is_utf8(Bytes{0xE0, 0x80, 0x80}));        // Overlong.
  EXPECT_FALSE(is_utf8(Bytes{0xED, 0xA0, 0x80}));        // A surrogate.
  EXPECT_FALSE(is_utf8(Bytes{0xF4, 0x90, 0x80, 0x80}));  // Beyond U+10FFFF.
  EXPECT_FALSE(is_utf8(Bytes{'a', 0xC3}));               // Cut off.
  EXPECT_FALSE(is_utf8(Bytes{0x80}));
}

}  // namespace
}  // namespace avow
