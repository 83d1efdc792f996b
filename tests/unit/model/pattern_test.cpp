#include "avow/model/pattern.hpp"

#include <gmock/gmock.h>

#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"
#include "tests/support/from_text.hpp"
#include "tests/support/random_values.hpp"

namespace avow {
namespace {

using test::from_text;

Pattern pattern(std::string_view wire) { return Pattern::parse(from_text(wire)).value(); }

// The captures as text, or "no match".
std::string match(std::string_view wire, std::string_view value) {
  const std::optional<Value> captures = pattern(wire).match(from_text(value));
  EXPECT_EQ(pattern(wire).matches(from_text(value)), captures.has_value());
  return captures ? to_text(*captures) : "no match";
}

std::string error_of(std::string_view wire, const PatternLimits& limits = {}) {
  const Result<Pattern> parsed = Pattern::parse(from_text(wire), limits);
  return parsed ? "none" : parsed.error().code;
}

std::string nested_binds(std::size_t count) {
  std::string wire = "<_>";
  for (; count > 0; --count) wire.insert(0, "<bind ").push_back('>');
  return wire;
}

TEST(Pattern, MatchesAnythingFromTheStart) {
  EXPECT_EQ(to_text(*Pattern().match(from_text("<a 1>"))), "[]");
}

TEST(Pattern, CapturesTheOuterBeforeTheInner) {
  EXPECT_EQ(match("<bind <group <rec a> {0: <bind <_>>}>>", "<a 1>"), "[<a 1> 1]");
}

TEST(Pattern, CapturesInTheTotalOrderOfKeysHoweverTheyAreWritten) {
  EXPECT_EQ(match("<group <arr> {1: <bind <_>> 0: <bind <_>>}>", "[a b]"), "[a b]");
  EXPECT_EQ(match("<group <dict> {b: <bind <_>> aa: <bind <_>> 1: <bind <_>> -1: <bind <_>>}>",
                  "{aa: x b: y 1: one -1: minus}"),
            "[minus one x y]");
}

TEST(Pattern, GroupsIgnoreWhatTheyDoNotList) {
  EXPECT_EQ(match("<group <rec a> {}>", "<a 1 2>"), "[]");
  EXPECT_EQ(match("<group <dict> {}>", "{k: v}"), "[]");
  EXPECT_EQ(match("<group <rec a> {1: <_>}>", "<a 1>"), "no match");
}

TEST(Pattern, AGroupMatchesItsOwnKindOnly) {
  EXPECT_EQ(match("<group <arr> {0: <_>}>", "#{1}"), "no match");
  EXPECT_EQ(match("<group <arr> {0: <_>}>", "<a 1>"), "no match");
  EXPECT_EQ(match("<group <rec a> {0: <_>}>", "<b 1>"), "no match");
  EXPECT_EQ(match("<group <dict> {0: <_>}>", "[1]"), "no match");
}

TEST(Pattern, AKeyThatIsNoIndexNeverMatchesARecordOrSequence) {
  EXPECT_EQ(match("<group <arr> {-1: <_>}>", "[1]"), "no match");
  EXPECT_EQ(match("<group <arr> {a: <_>}>", "[1]"), "no match");
  EXPECT_EQ(match("<group <rec a> {18446744073709551616: <_>}>", "<a 1>"), "no match");
}

TEST(Pattern, NothingIsCapturedOfAValueThatDoesNotMatchInTheEnd) {
  EXPECT_EQ(match("<group <arr> {0: <bind <_>> 1: <lit 3>}>", "[1 2]"), "no match");
}

TEST(Pattern, ACapturedReferenceIsKept) {
  const std::optional<Value> captures =
      pattern("<group <rec a> {0: <bind <_>>}>").match(record("a", ReferenceId{4}));

  ASSERT_TRUE(captures);
  EXPECT_TRUE(captures->holds_references());
}

TEST(Pattern, WhatIsNoPatternIsRefused) {
  for (const char* wire : {"_", "<bind>", "<bind 1>", "<lit>", "<lit [1]>", "<group <arr>>",
                           "<group <arr> [<_>]>", "<group <rec> {}>", "<group <set> {}>",
                           "<group arr {}>", "<group <arr> {0: 1}>", "<<_>>"}) {
    EXPECT_EQ(error_of(wire), "bad-pattern") << wire;
  }
}

TEST(Pattern, LimitsAreHitExactly) {
  const PatternLimits limits{.nodes_max = 4, .depth_max = 3, .captures_max = 2};

  EXPECT_EQ(error_of(nested_binds(2), limits), "none");
  EXPECT_EQ(error_of(nested_binds(3), limits), "limit");
  EXPECT_EQ(error_of("<group <arr> {0: <_> 1: <_> 2: <_>}>", limits), "none");
  EXPECT_EQ(error_of("<group <arr> {0: <_> 1: <_> 2: <_> 3: <_>}>", limits), "limit");
  EXPECT_EQ(
      error_of("<group <arr> {0: <bind <_>> 1: <bind <_>> 2: <bind <_>>}>", {.captures_max = 2}),
      "limit");
}

TEST(Pattern, RandomPatternsAreReadBackFromTheirWireForm) {
  test::Random random(test::test_seed());
  std::size_t matched = 0;
  for (int i = 0; i < 5'000; ++i) {
    const Value value =
        test::random_value(random, {.depth_max = 3, .references = {ReferenceId{1}}});
    const Pattern made = test::random_pattern(random, value);

    const Result<Pattern> again = Pattern::parse(made.to_value(), {.captures_max = 1'000});

    ASSERT_TRUE(again) << again.error().detail;
    ASSERT_EQ(*again, made);
    ASSERT_EQ(again->capture_count(), made.capture_count());
    const std::optional<Value> captures = made.match(value);
    if (!captures) continue;
    ASSERT_EQ(captures->view().element_count(), made.capture_count());
    ++matched;
  }
  // The maker is meant to make patterns that match as well as such that do not.
  EXPECT_GT(matched, 500U);
  EXPECT_LT(matched, 4'990U);
}

TEST(SamePairs, DemandThatCapturesAreEqual) {
  EXPECT_TRUE(satisfies({}, from_text("[1 2]")));
  EXPECT_TRUE(satisfies({{0, 2}}, from_text("[1 2 1]")));
  EXPECT_FALSE(satisfies({{0, 1}, {0, 2}}, from_text("[1 2 1]")));
  EXPECT_FALSE(satisfies({{0, 1}}, from_text("[1 1.0]")));
}

}  // namespace
}  // namespace avow
