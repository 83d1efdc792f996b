#include "avow/model/pattern_text.hpp"

#include <gmock/gmock.h>

#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"

namespace avow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

NamedPattern parse(std::string_view text, const PatternConstants& constants = {}) {
  return parse_pattern_text(text, constants).value();
}

std::string wire(std::string_view text, const PatternConstants& constants = {}) {
  const Result<NamedPattern> parsed = parse_pattern_text(text, constants);
  return parsed ? to_text(parsed->pattern.to_value())
                : parsed.error().code + ": " + parsed.error().detail;
}

std::string refusal_of(std::string_view text, const PatternConstants& constants = {},
                       const PatternLimits& limits = {}) {
  const Result<NamedPattern> parsed = parse_pattern_text(text, constants, limits);
  return parsed ? "none" : parsed.error().code;
}

TEST(PatternText, StandsForTheWireForm) {
  EXPECT_EQ(wire("_"), "<_>");
  EXPECT_EQ(wire("$"), "<bind <_>>");
  EXPECT_EQ(wire("<temperature $room _ 3>"),
            "<group <rec temperature> {0: <bind <_>> 1: <_> 2: <lit 3>}>");
  EXPECT_EQ(wire("[1, $x]"), "<group <arr> {0: <lit 1> 1: <bind <_>>}>");
  EXPECT_EQ(wire("{k: $v b: #t}"), "<group <dict> {b: <lit #t> k: <bind <_>>}>");
  EXPECT_EQ(wire("<<l 1> _>"), "<group <rec <l 1>> {0: <_>}>");
  EXPECT_EQ(wire("\"text\""), "<lit \"text\">");
  EXPECT_EQ(wire("@note <a> # note"), "<group <rec a> {}>");
}

TEST(PatternText, QuotedSymbolsAreThemselves) {
  EXPECT_EQ(wire("<a '_' '$x' _x x$>"),
            "<group <rec a> {0: <lit _> 1: <lit $x> 2: <lit _x> 3: <lit x$>}>");
  EXPECT_EQ(wire("<'$x' {'_': 1}>"), "<group <rec $x> {0: <group <dict> {_: <lit 1>}>}>");
}

TEST(PatternText, NamesStandInPatternOrderWhichIsNotThatOfTheText) {
  EXPECT_THAT(parse("<r $b [$a $]>").names, ElementsAre("b", "a", ""));
  EXPECT_THAT(parse("{b: $first aa: [$second] -1: $third 1: $fourth}").names,
              ElementsAre("third", "fourth", "second", "first"));
}

TEST(PatternText, ANameUsedTwiceDemandsEqualCaptures) {
  EXPECT_EQ(parse("<pair $x $y $x [$x]>").same, (SamePairs{{0, 2}, {0, 3}}));
  EXPECT_THAT(parse("<pair $ $ _ _>").same, IsEmpty());
  // In pattern order, the key a comes first.
  EXPECT_EQ(parse("{b: $x a: [$y $x]}").same, (SamePairs{{1, 2}}));
}

TEST(PatternText, VariablesStandForWholePartsOnly) {
  for (const char* text : {"<$label 1>", "<_ 1>", "<<l $x> 1>", "{$key: 1}", "{[_]: 1}", "#{$x}",
                           "#{1}", "<a #{}>", "#:$x", "#:[0 _]"}) {
    EXPECT_EQ(refusal_of(text), "bad-pattern") << text;
  }
  EXPECT_THAT(wire("<a\n <$l>>"), HasSubstr("Line 2, column 3"));
}

TEST(PatternText, WhatIsNoTextIsRefusedWithItsPlace) {
  EXPECT_THAT(wire("<a $x"), HasSubstr("bad-text: Line 1, column 6"));
  EXPECT_THAT(wire("<a> b"), HasSubstr("bad-text: Line 1, column 5"));
  for (const char* text : {"", "<>", "{a 1}", "{a: 1 a: 2}", "<a,>", "]", "#x\"0\"", "[1}"}) {
    EXPECT_EQ(refusal_of(text), "bad-text") << text;
  }
}

TEST(PatternText, ConstantsTakeThePlaceOfTheirNames) {
  const PatternConstants constants{{"room", Value::string("> 'kitchen")},
                                   {"at", parse_text("[1 <a {k: v}>]").value()}};

  EXPECT_EQ(wire("<t $room $room $x $at>", constants),
            "<group <rec t> {0: <lit \"> 'kitchen\"> 1: <lit \"> 'kitchen\"> 2: <bind <_>> "
            "3: <group <arr> {0: <lit 1> 1: <group <rec a> {0: <group <dict> {k: <lit v>}>}>}>}>");
  EXPECT_THAT(parse("<t $room $at $x>", constants).names, ElementsAre("x"));
}

TEST(PatternText, ConstantsAreNeverReadAsVariables) {
  EXPECT_EQ(wire("<t $x>", {{"x", Value::symbol("_")}}), "<group <rec t> {0: <lit _>}>");
  EXPECT_EQ(wire("<t $x>", {{"x", Value::symbol("$y")}}), "<group <rec t> {0: <lit $y>}>");
}

TEST(PatternText, ConstantsMayBeReferencesLabelsAndKeys) {
  const PatternConstants constants{{"r", Value::reference(ReferenceId{3})},
                                   {"k", Value::symbol("kind")}};

  EXPECT_TRUE(parse("<t $r _>", {{"r", Value::reference(ReferenceId{3})}})
                  .pattern.match(record("t", ReferenceId{3}, 1)));
  EXPECT_EQ(wire("<$k {$k: _}>", {{"k", Value::symbol("kind")}}),
            "<group <rec kind> {0: <group <dict> {kind: <_>}>}>");
}

TEST(PatternText, AConstantThatTheTextLacksIsAMistake) {
  EXPECT_EQ(refusal_of("<t $room>", {{"rom", Value::string("kitchen")}}), "unknown-name");
  EXPECT_EQ(refusal_of("<t '$rom'>", {{"rom", Value::string("kitchen")}}), "unknown-name");
}

TEST(PatternText, AConstantWithASetCannotBeMatched) {
  EXPECT_EQ(refusal_of("<t $s>", {{"s", parse_text("[#{1}]").value()}}), "bad-pattern");
}

TEST(PatternText, LimitsAreThoseOfPatterns) {
  EXPECT_EQ(refusal_of("[[[_]]]", {}, {.depth_max = 4}), "none");
  EXPECT_EQ(refusal_of("[[[_]]]", {}, {.depth_max = 3}), "limit");
  EXPECT_EQ(refusal_of("[$a $b]", {}, {.captures_max = 1}), "limit");
  EXPECT_EQ(refusal_of("[1 2 3]", {}, {.nodes_max = 3}), "limit");
  EXPECT_EQ(refusal_of(std::string(100'000, '[')), "limit");
  EXPECT_EQ(refusal_of("<" + std::string(100'000, '<')), "limit");
}

TEST(PatternText, PrintsSoThatItReadsAsTheSamePattern) {
  for (const char* text :
       {"_", "$", "$x", "<temperature $room _ 3>", "[1 $x [$x $ '_']]", "{a: $v 'b c': \"text\"}",
        "<<l '$x' '_'> <'$a'>>", "<r {['$k']: _}>", "#x\"00ff\"", "#:[0 5]", "'$'", "[]", "{}"}) {
    const NamedPattern pattern = parse(text);

    const NamedPattern again = parse(to_pattern_text(pattern));

    EXPECT_EQ(to_pattern_text(pattern), text);
    EXPECT_EQ(again.pattern, pattern.pattern) << text;
    EXPECT_EQ(again.names, pattern.names) << text;
    EXPECT_EQ(again.same, pattern.same) << text;
  }
}

TEST(PatternText, IsDescribedWithWhatItCaptures) {
  EXPECT_EQ(describe(parse("<temperature $room _>")), "<temperature $room _>, capturing $room");
  EXPECT_EQ(describe(parse("<pair $x $x>")),
            "<pair $x $x>, capturing $x, equal where a name stands twice");
  EXPECT_EQ(describe(parse("<a>")), "<a>, capturing nothing");
}

}  // namespace
}  // namespace avow
