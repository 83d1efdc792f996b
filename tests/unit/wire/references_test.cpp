#include <gtest/gtest.h>

#include "avow/model/builder.hpp"
#include "avow/wire/packet.hpp"
#include "tests/support/random_values.hpp"
#include "tests/support/vectors.hpp"

namespace avow::wire {
namespace {

using test::Random;
using test::random_value;
using Replace = std::function<Result<Value>(ValueView)>;

Value reference(std::uint64_t id) { return Value::reference(ReferenceId{id}); }

// Memory form to wire form: reference n is the sender's entity n.
Result<Value> export_it(ValueView embedded) {
  const auto id = static_cast<std::int64_t>(embedded.as_reference().value());
  return wire_reference_to_value(
      {.owner = WireReference::Owner::sender, .oid = Number(id), .caveats = {}});
}

Result<Value> import_it(ValueView embedded) {
  AVOW_TRY(const WireReference wire, parse_wire_reference(embedded));
  return reference(static_cast<std::uint64_t>(wire.oid.small().value()));
}

TEST(WireReference, IsReadAsItWasWritten) {
  const WireReference mine{.owner = WireReference::Owner::sender, .oid = 5, .caveats = {}};
  const WireReference yours{.owner = WireReference::Owner::receiver,
                            .oid = Number(Value::integer(~std::uint64_t{0})),
                            .caveats = {record("reject", Value::symbol("String")), record("x")}};

  EXPECT_EQ(parse_wire_reference(wire_reference_to_value(mine)).value(), mine);
  EXPECT_EQ(parse_wire_reference(wire_reference_to_value(yours)).value(), yours);
}

TEST(WireReference, WhatIsNotEmbeddedIsNone) {
  EXPECT_FALSE(parse_wire_reference(sequence(0, 5)).has_value());
  EXPECT_FALSE(parse_wire_reference(Value()).has_value());
  EXPECT_FALSE(parse_wire_reference(reference(5)).has_value()) << "memory form";
}

TEST(ReplaceReferences, AValueWithoutReferencesStaysTheSame) {
  const Value value = record("a", 1, sequence("b"));

  const Result<Value> replaced = replace_references(value, [](ValueView) -> Result<Value> {
    ADD_FAILURE() << "there is nothing to replace";
    return Value();
  });

  EXPECT_EQ(replaced.value().bytes().data(), value.bytes().data()) << "not even copied";
}

TEST(ReplaceReferences, EachReferenceIsReplacedInOrderAndOnlyOnce) {
  const Value value = record("pair", reference(1), sequence(reference(2), "x"), reference(3));
  std::vector<std::uint64_t> seen;

  const Result<Value> replaced = replace_references(value, [&](ValueView each) -> Result<Value> {
    seen.push_back(static_cast<std::uint64_t>(each.as_reference().value()));
    return Value::symbol("gone");
  });

  const Value gone = Value::symbol("gone");
  EXPECT_EQ(replaced.value(), record("pair", gone, sequence(gone, "x"), gone));
  EXPECT_FALSE(replaced->holds_references());
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST(ReplaceReferences, SetsAndDictionariesAreSortedAnew) {
  Builder builder;
  builder.begin_dictionary();
  builder.reference(ReferenceId{1}).integer(std::int64_t{10});
  builder.reference(ReferenceId{2}).integer(std::int64_t{20});
  const Value value = builder.end().finish().value();

  const Result<Value> turned = replace_references(value, [](ValueView each) -> Result<Value> {
    return reference(3 - static_cast<std::uint64_t>(each.as_reference().value()));
  });

  ASSERT_TRUE(turned.has_value());
  EXPECT_EQ(turned->view().entry(reference(2).view())->as_int64(), 10);
  EXPECT_TRUE(contains_embedded(turned->bytes()) && turned->holds_references());
  EXPECT_EQ(*turned->view().elements().begin(), reference(1).view()) << "the smaller one is first";
}

TEST(ReplaceReferences, ElementsThatBecomeEqualAreAnError) {
  Builder builder;
  builder.begin_set().reference(ReferenceId{1}).reference(ReferenceId{2}).end();
  const Value value = builder.finish().value();

  const Result<Value> merged =
      replace_references(value, [](ValueView) -> Result<Value> { return reference(9); });

  ASSERT_FALSE(merged.has_value());
  EXPECT_EQ(merged.error().code, "duplicate");
}

TEST(ReplaceReferences, TheErrorOfAReplacementIsTheErrorOfTheWhole) {
  const Error refused{"bad-reference", "No."};
  const Replace refuse = [&](ValueView) -> Result<Value> { return refused; };
  Builder in_a_set;
  in_a_set.begin_set().reference(ReferenceId{1}).end();

  EXPECT_EQ(replace_references(record("a", reference(1)), refuse).error(), refused);
  EXPECT_EQ(replace_references(in_a_set.finish().value(), refuse).error(), refused);
}

TEST(ReplaceReferences, WireFormAndBackGivesTheSameValue) {
  Random random(test::test_seed());
  for (int i = 0; i < 2'000; ++i) {
    const Value value =
        random_value(random, {.references = {ReferenceId{0}, ReferenceId{1}, ReferenceId{255},
                                             ReferenceId{256}, ReferenceId{1'000'000}}});

    const Result<Value> outside = replace_references(value, export_it);
    ASSERT_TRUE(outside.has_value()) << test::to_hex(value.bytes());
    const Result<Value> back = replace_references(outside.value(), import_it);

    ASSERT_TRUE(back.has_value()) << test::to_hex(outside->bytes());
    ASSERT_EQ(back.value(), value);
    ASSERT_EQ(back->holds_references(), value.holds_references());
  }
}

}  // namespace
}  // namespace avow::wire
