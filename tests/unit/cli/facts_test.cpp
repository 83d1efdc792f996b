#include "cli/facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/from_text.hpp"

namespace avow::cli {
namespace {

using test::from_text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(Facts, AreReadAsTheyStand) {
  const Result<Value> fact = read_fact("<present \"ann\">", Bare::refused, "publish");

  EXPECT_EQ(fact.value(), from_text("<present \"ann\">"));
}

TEST(Facts, AnAtomIsRefusedWithAHintThatWouldWork) {
  for (const char* text : {"hello", "\"hello\"", "5", "#t"}) {
    const Result<Value> fact = read_fact(text, Bare::refused, "send");

    ASSERT_FALSE(fact.has_value()) << text;
    EXPECT_EQ(fact.error().code, "usage");
    EXPECT_THAT(fact.error().detail, HasSubstr("a fact is a record: avow send '<"));
    EXPECT_THAT(fact.error().detail, HasSubstr("--bare"));
  }
}

TEST(Facts, AnAtomMayBeInsistedUpon) {
  EXPECT_EQ(read_fact("hello", Bare::taken, "send").value(), from_text("hello"));
}

TEST(Facts, OtherCompoundsThanRecordsAreTaken) {
  EXPECT_TRUE(read_fact("[1 2]", Bare::refused, "send").has_value());
  EXPECT_TRUE(read_fact("{a: 1}", Bare::refused, "send").has_value());
}

TEST(Facts, TextThatDoesNotParseIsNamed) {
  const Result<Value> fact = read_fact("<present", Bare::refused, "send");

  EXPECT_EQ(fact.error().code, "usage");
  EXPECT_THAT(fact.error().detail, HasSubstr("<present"));
}

TEST(Doubts, TheBooleansOfOtherLanguagesAreSymbolsHere) {
  EXPECT_THAT(doubts_about(from_text("<light [true]>")), ElementsAre(HasSubstr("#t")));
  EXPECT_THAT(doubts_about(from_text("<light {on: false}>")), ElementsAre(HasSubstr("#f")));
  EXPECT_THAT(doubts_about(from_text("<light #t \"true\">")), IsEmpty());
}

TEST(Doubts, VariablesOutsideOfPatternsAreNamed) {
  EXPECT_THAT(doubts_about(from_text("<present $who>")), ElementsAre(HasSubstr("only patterns")));
  EXPECT_THAT(doubts_about(from_text("<present _>")), ElementsAre(HasSubstr("only patterns")));
  EXPECT_THAT(doubts_about(from_text("<present \"$who\">")), IsEmpty());
}

TEST(Everything, IsMatchedByAWildcardAtTheTopAlone) {
  EXPECT_TRUE(matches_everything(read_pattern("_").value()));
  EXPECT_TRUE(matches_everything(read_pattern("$").value()));
  EXPECT_TRUE(matches_everything(read_pattern("$x").value()));
  EXPECT_FALSE(matches_everything(read_pattern("<n $x>").value()));
  EXPECT_FALSE(matches_everything(read_pattern("'$x'").value()));
}

TEST(Housekeeping, IsInterestsAndFactsAboutTheServer) {
  EXPECT_TRUE(is_housekeeping(from_text("<Observe <_> x>")));
  EXPECT_TRUE(is_housekeeping(from_text("<avow-service keeper x>")));
  EXPECT_FALSE(is_housekeeping(from_text("<avow>")));
  EXPECT_FALSE(is_housekeeping(from_text("<\"Observe\" 1>")));
  EXPECT_FALSE(is_housekeeping(from_text("[Observe]")));
}

TEST(Doubts, APatternThatIsAnAtomAloneIsSeldomMeant) {
  EXPECT_THAT(*doubt_about("hello", read_pattern("hello").value()), HasSubstr("'<hello _>'"));
  EXPECT_FALSE(doubt_about("<hello>", read_pattern("<hello>").value()).has_value());
  EXPECT_FALSE(doubt_about("_", read_pattern("_").value()).has_value());
}

TEST(Understanding, BeginsWithThePatternAsItWasTyped) {
  EXPECT_THAT(understanding("<n $x>", read_pattern("<n $x>").value()),
              StartsWith("watching <n $x>"));
  EXPECT_THAT(understanding("<n   $x>", read_pattern("<n   $x>").value()),
              StartsWith("watching <n   $x>, that is <n $x>"));
}

}  // namespace
}  // namespace avow::cli
