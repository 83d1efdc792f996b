#include <gmock/gmock.h>

#include "avow/model/builder.hpp"
#include "avow/model/pattern.hpp"
#include "avow/model/text.hpp"
#include "tests/support/from_text.hpp"

namespace avow {
namespace {

using test::from_text;

constexpr ReferenceId observer{5};

ParsedInterest interest_in(std::string_view pattern) {
  return parse_interest(record("Observe", from_text(pattern), observer));
}
ParsedInterest interest_in(std::string_view pattern, std::string_view options,
                           const PatternLimits& limits = {}) {
  return parse_interest(record("Observe", from_text(pattern), observer, from_text(options)),
                        limits);
}

void expect_just_a_fact(const ParsedInterest& parsed) {
  EXPECT_FALSE(parsed.interest.has_value());
  EXPECT_FALSE(parsed.failure.has_value());
}

constexpr std::string_view two_captures = "<group <rec r> {0: <bind <_>> 1: <bind <_>>}>";

TEST(Interest, IsReadFromAnObserve) {
  const ParsedInterest parsed = interest_in("<bind <_>>");

  ASSERT_TRUE(parsed.interest);
  EXPECT_EQ(parsed.interest->observer, observer);
  EXPECT_EQ(parsed.interest->pattern.capture_count(), 1U);
  EXPECT_FALSE(parsed.interest->has_options);
  EXPECT_FALSE(parsed.failure);
}

TEST(Interest, OtherFactsAskForNothing) {
  expect_just_a_fact(parse_interest(from_text("<observe <_> x>")));
  expect_just_a_fact(parse_interest(from_text("<Observe>")));
  expect_just_a_fact(parse_interest(from_text("<Observe <_>>")));
  expect_just_a_fact(parse_interest(from_text("<Observe <_> nobody>")));
  expect_just_a_fact(parse_interest(from_text("[Observe <_>]")));
  expect_just_a_fact(interest_in("<no-pattern>"));
}

TEST(Interest, AThirdFieldThatIsNoDictionaryIsIgnored) {
  const ParsedInterest parsed = interest_in("<_>", "extra");

  ASSERT_TRUE(parsed.interest);
  EXPECT_FALSE(parsed.interest->has_options);
}

TEST(Interest, NamesCapturesThatMustBeEqual) {
  const ParsedInterest parsed = interest_in(two_captures, "{same: [[0 1]]}");

  ASSERT_TRUE(parsed.interest);
  EXPECT_TRUE(parsed.interest->has_options);
  EXPECT_EQ(parsed.interest->same, (SamePairs{{0, 1}}));
}

TEST(Interest, OptionsMayBeNamedByStringsAsInJson) {
  const ParsedInterest parsed = interest_in(two_captures, R"({"same": [[1 0]]})");

  ASSERT_TRUE(parsed.interest);
  EXPECT_EQ(parsed.interest->same, (SamePairs{{1, 0}}));
}

TEST(Interest, MayCaptureTheWholeValueBeforeWhatItsPatternCaptures) {
  const ParsedInterest parsed = interest_in(two_captures, "{same: [[0 1]] whole: #t}");

  ASSERT_TRUE(parsed.interest);
  EXPECT_EQ(parsed.interest->pattern,
            capturing_whole(Pattern::parse(from_text(two_captures)).value()));
  EXPECT_EQ(parsed.interest->same, (SamePairs{{1, 2}})) << "by the numbers after the whole";
}

TEST(Interest, OptionsAreWrittenAsTheyAreRead) {
  EXPECT_EQ(to_text(interest_options({}, false)), "{}");
  EXPECT_EQ(to_text(interest_options({{0, 2}}, true)), "{same: [[0 2]] whole: #t}");
}

TEST(Interest, MaySayFromWhereItGoesOnAndHowItWantsToBeTold) {
  const DeliveryOptions delivery{
      .resume = ResumePoint{.revision = 41, .epoch = 0x5c1f0e62b7a94d38, .or_resync = true},
      .progress_ms = 5'000};
  const Value options = interest_options({}, false, delivery);
  EXPECT_EQ(to_text(options), "{else: resync epoch: \"5c1f0e62b7a94d38\" from: 41 progress: 5000}");

  const ParsedInterest parsed = interest_in(two_captures, to_text(options));

  ASSERT_TRUE(parsed.interest);
  EXPECT_EQ(parsed.interest->delivery, delivery);
  EXPECT_EQ(interest_in(two_captures, "{}").interest->delivery, DeliveryOptions());
}

TEST(Interest, MaySayHowMuchItWantsToBeTold) {
  const DeliveryOptions delivery{
      .policy = SlowPolicy::pause,
      .credit = DeliveryCredit{.turns = 10, .bytes = 65'536},
      .conflation = {.key = {1}, .every_ms = 250},
  };
  const Value options = interest_options({}, false, delivery);
  EXPECT_EQ(to_text(options),
            "{conflate: {every: 250 key: [1]} credit: {bytes: 65536 turns: 10} policy: pause}");

  const ParsedInterest parsed = interest_in(two_captures, to_text(options));
  const ParsedInterest whole =
      interest_in(two_captures, "{whole: #t conflate: {key: [0] every: 10}}");

  ASSERT_TRUE(parsed.interest);
  EXPECT_EQ(parsed.interest->delivery, delivery);
  ASSERT_TRUE(whole.interest);
  EXPECT_EQ(whole.interest->delivery.conflation.key, std::vector<std::uint32_t>{1})
      << "by the number after the whole";
}

TEST(Interest, WithOptionsTheObserverIsToldWhatIsWrong) {
  const std::vector<std::pair<ParsedInterest, std::string>> cases{
      {interest_in("<no-pattern>", "{}"), "bad-pattern"},
      {interest_in("<_>", "{speed: 3}"), "unknown-option"},
      {interest_in("<_>", "{[same]: 3}"), "unknown-option"},
      {interest_in(two_captures, "{same: 3}"), "bad-option"},
      {interest_in(two_captures, "{whole: 3}"), "bad-option"},
      {interest_in(two_captures, "{from: 3}"), "bad-option"},
      {interest_in(two_captures, "{from: -3 epoch: \"5c1f0e62b7a94d38\"}"), "bad-option"},
      {interest_in(two_captures, "{from: 3 epoch: \"5c1f0e62b7a94d3x\"}"), "bad-option"},
      {interest_in(two_captures, "{epoch: \"5c1f0e62b7a94d38\"}"), "bad-option"},
      {interest_in(two_captures, "{else: resync}"), "bad-option"},
      {interest_in(two_captures, "{progress: 99}"), "bad-option"},
      {interest_in(two_captures, "{policy: conflate}"), "bad-option"},
      {interest_in(two_captures, "{credit: {turns: 0}}"), "bad-option"},
      {interest_in(two_captures, "{credit: {bytes: 9223372036854775808}}"), "bad-option"},
      {interest_in(two_captures, "{conflate: {key: [2] every: 100}}"), "bad-option"},
      {interest_in(two_captures, "{conflate: {key: [0] every: 3600001}}"), "bad-option"},
      {interest_in(two_captures, "{same: [3]}"), "bad-option"},
      {interest_in(two_captures, "{same: [[0 1 1]]}"), "bad-option"},
      {interest_in(two_captures, "{same: [[0 2]]}"), "bad-option"},
      {interest_in(two_captures, "{same: [[-1 0]]}"), "bad-option"},
      {interest_in(two_captures, "{}", {.captures_max = 1}), "limit"},
      {interest_in(two_captures, "{same: [[0 1] [0 1] [0 1] [0 1]]}", {.nodes_max = 3}), "limit"},
  };
  for (const auto& [parsed, code] : cases) {
    EXPECT_FALSE(parsed.interest) << code;
    ASSERT_TRUE(parsed.failure) << code;
    EXPECT_EQ(parsed.failure->error.code, code);
    EXPECT_EQ(parsed.failure->tell, observer);
  }
}

TEST(Interest, OverALimitWithoutOptionsThereIsNobodyToTell) {
  const ParsedInterest parsed =
      parse_interest(record("Observe", from_text(two_captures), observer), {.captures_max = 1});

  ASSERT_TRUE(parsed.failure);
  EXPECT_EQ(parsed.failure->error.code, "limit");
  EXPECT_FALSE(parsed.failure->tell);
}

}  // namespace
}  // namespace avow
