#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/dataspace_probe.hpp"
#include "tests/unit/dataspace/observers.hpp"

// Interests: when they come into force, what they are told, and that they are facts themselves.

namespace avow::test {
namespace {

using server::Cause;
using server::FactId;
using testing::ElementsAre;
using testing::IsEmpty;

Value observe_t(ReferenceId observer) { return observe(rec("t", {bind()}), observer); }

TEST(DataspaceInterests, ALateObserverIsToldWhatIsThereInItsFirstTurn) {
  DataspaceProbe probe;
  (void)probe.publish(record("t", 1));
  (void)probe.publish(record("t", 2));
  probe.settle();

  (void)probe.publish(observe_t(alice));
  probe.settle();

  EXPECT_THAT(probe.told_to(alice), ElementsAre("+ [1]", "+ [2]"));
}

TEST(DataspaceInterests, WithinATurnItDoesNotMatterWhetherTheFactOrTheInterestComesFirst) {
  DataspaceProbe probe;

  (void)probe.publish(record("t", 1));
  (void)probe.publish(observe_t(alice));
  (void)probe.publish(record("t", 2));
  probe.settle();

  EXPECT_THAT(probe.told_to(alice), ElementsAre("+ [1]", "+ [2]"));
}

TEST(DataspaceInterests, AFactThatGoesInTheTurnOfTheInterestIsNotTold) {
  DataspaceProbe probe;
  const FactId one = probe.publish(record("t", 1));
  const FactId two = probe.publish(record("t", 2));
  probe.settle();

  probe.retract(one);
  (void)probe.publish(observe_t(alice));
  probe.retract(two);
  probe.settle();

  EXPECT_THAT(probe.told(), IsEmpty());
}

TEST(DataspaceInterests, AnInterestThatEndsIsToldTheEndOfAllItHeld) {
  DataspaceProbe probe;
  (void)probe.publish(record("t", 1));
  (void)probe.publish(record("t", 2));
  const FactId interest = probe.publish(observe_t(alice));
  probe.settle();

  probe.retract(interest, Cause::closed);
  probe.settle();

  EXPECT_THAT(probe.told_to(alice), ElementsAre("- [1]", "- [2]"));
  EXPECT_EQ(probe.told().front().change.cause, Cause::closed);
  EXPECT_EQ(probe.live_observers(), 0U);
  EXPECT_EQ(probe.live_topics(), 0U);
}

TEST(DataspaceInterests, AnInterestReplacedByAnEqualOneGoesOnUndisturbed) {
  DataspaceProbe probe;
  (void)probe.publish(record("t", 1));
  const FactId interest = probe.publish(observe_t(alice));
  probe.settle();

  probe.retract(interest);
  (void)probe.publish(record("t", 2));
  (void)probe.publish(observe_t(alice));
  probe.settle();

  EXPECT_THAT(probe.told_to(alice), ElementsAre("+ [2]"));
  EXPECT_EQ(probe.live_observers(), 1U);
}

TEST(DataspaceInterests, AnInterestThatComesAndGoesWithinATurnIsToldOfNoFact) {
  DataspaceProbe probe;
  (void)probe.publish(record("t", 1));
  probe.settle();

  const FactId interest = probe.publish(observe_t(alice));
  (void)probe.publish(record("t", 2));
  probe.retract(interest);
  probe.settle();

  EXPECT_THAT(probe.told(), IsEmpty());
  EXPECT_EQ(probe.live_observers(), 0U);
  EXPECT_EQ(probe.live_topics(), 0U);
}

TEST(DataspaceInterests, OneInterestSupportedTwiceIsOneObserver) {
  DataspaceProbe probe;
  const FactId first = probe.publish(observe_t(alice));
  const FactId second = probe.publish(observe_t(alice));
  (void)probe.publish(record("t", 1));
  probe.settle();
  EXPECT_THAT(probe.told_to(alice), ElementsAre("+ [1]"));

  probe.retract(first);
  probe.settle();
  EXPECT_THAT(probe.told(), IsEmpty());

  probe.retract(second);
  probe.settle();
  EXPECT_THAT(probe.told_to(alice), ElementsAre("- [1]"));
}

TEST(DataspaceInterests, TwoObserversOfOnePatternShareATopicAndItsCaptures) {
  DataspaceProbe probe;
  (void)probe.publish(observe_t(alice));
  (void)probe.publish(observe_t(bob));

  (void)probe.publish(record("t", 1));
  probe.settle();

  ASSERT_EQ(probe.told().size(), 2U);
  EXPECT_EQ(probe.told()[0].observer, alice);
  EXPECT_EQ(probe.told()[1].observer, bob);
  EXPECT_EQ(probe.told()[0].change.capture, probe.told()[1].change.capture);
  EXPECT_EQ(probe.space().topic_count(), 1U);
}

TEST(DataspaceInterests, TheSameReferenceTwiceIsToldTwice) {
  // The empty options make it another fact, which asks for the same.
  DataspaceProbe probe;
  Builder options;
  const Value none = options.begin_dictionary().end().finish().value();
  (void)probe.publish(observe_t(alice));
  (void)probe.publish(record("Observe", rec("t", {bind()}), alice, none));

  (void)probe.publish(record("t", 1));
  probe.settle();

  EXPECT_THAT(probe.told_to(alice), ElementsAre("+ [1]", "+ [1]"));
  EXPECT_NE(probe.told()[0].token, probe.told()[1].token);
}

TEST(DataspaceInterests, WhenOneOfManyObserversLeavesTheOthersStay) {
  DataspaceProbe probe;
  (void)probe.publish(observe_t(alice));
  const FactId interest_of_bob = probe.publish(observe_t(bob));
  (void)probe.publish(observe_t(carol));
  probe.settle();

  probe.retract(interest_of_bob);
  (void)probe.publish(record("t", 1));
  probe.settle();

  EXPECT_THAT(probe.told_to(alice), ElementsAre("+ [1]"));
  EXPECT_THAT(probe.told_to(bob), IsEmpty());
  EXPECT_THAT(probe.told_to(carol), ElementsAre("+ [1]"));
}

TEST(DataspaceInterests, InterestsCanBeObserved) {
  // Who watches prices, and of what?
  DataspaceProbe probe;
  const Value price = rec("group", {rec("rec", {lit(Value::symbol("Price"))}), bind()});
  (void)probe.publish(observe(rec("Observe", {price}), alice));
  probe.settle();

  const FactId interest = probe.publish(observe(rec("Price", {lit("tea"), bind()}), bob));
  (void)probe.publish(observe(rec("Cost", {lit("tea"), bind()}), bob));
  probe.settle();
  ASSERT_EQ(probe.told_to(alice).size(), 1U);

  probe.retract(interest);
  probe.settle();
  EXPECT_EQ(probe.told_to(alice).size(), 1U);
}

TEST(DataspaceInterests, WhoObservesEverythingSeesItsOwnInterest) {
  DataspaceProbe probe;

  const FactId interest = probe.publish(observe(any(), alice));
  probe.settle();
  EXPECT_THAT(probe.told_to(alice), ElementsAre("+ []"));

  probe.retract(interest);
  probe.settle();
  EXPECT_THAT(probe.told_to(alice), ElementsAre("- []"));
}

TEST(DataspaceInterests, SameDemandsEqualCaptures) {
  DataspaceProbe probe;
  (void)probe.publish(observe_same(rec("pair", {bind(), bind()}), alice, 0, 1));
  (void)probe.publish(observe(rec("pair", {bind(), bind()}), bob));

  (void)probe.publish(record("pair", 1, 2));
  (void)probe.publish(record("pair", 3, 3));
  (void)probe.publish(record("pair", 4, 4.0));
  probe.settle();

  EXPECT_THAT(probe.told_to(alice), ElementsAre("+ [3 3]"));
  EXPECT_EQ(probe.told_to(bob).size(), 3U);
}

TEST(DataspaceInterests, AMessageIsForThoseInterestedAtItsPlace) {
  DataspaceProbe probe;
  probe.send(record("t", 1));
  const FactId interest = probe.publish(observe_t(alice));
  probe.send(record("t", 2));
  probe.retract(interest);
  probe.send(record("t", 3));
  (void)probe.publish(observe_t(alice));
  probe.send(record("t", 4));
  probe.settle();

  EXPECT_THAT(probe.told_to(alice), ElementsAre("! [2]", "! [4]"));
}

TEST(DataspaceInterests, AMessageLeavesNothingBehind) {
  DataspaceProbe probe;
  (void)probe.publish(observe_t(alice));
  probe.send(record("t", 1));
  probe.send(record("t", 1));
  probe.settle();
  EXPECT_THAT(probe.told_to(alice), ElementsAre("! [1]", "! [1]"));

  (void)probe.publish(observe_t(bob));
  probe.settle();
  EXPECT_THAT(probe.told(), IsEmpty());
}

TEST(DataspaceInterests, AKeyThatIsNoIndexMatchesNoRecordAndNoSequence) {
  DataspaceProbe probe;
  for (const Value& key : {Value::integer(std::int64_t{-1}), Value::string("0")}) {
    Builder pattern;
    pattern.begin_record("group").value(record("arr")).begin_dictionary();
    pattern.integer(std::int64_t{0}).value(any()).value(key).value(any()).end().end();
    (void)probe.publish(observe(pattern.finish().value(), alice));
  }

  (void)probe.publish(sequence(1, 2));
  probe.settle();

  EXPECT_THAT(probe.told(), IsEmpty());
}

TEST(DataspaceInterests, AnEndedTopicLeavesNothingToTheNextOneWithItsPattern) {
  DataspaceProbe probe;
  const FactId fact = probe.publish(record("t", 1));
  for (int i = 0; i < 10; ++i) {
    const FactId interest = probe.publish(observe_t(alice));
    probe.settle();
    EXPECT_THAT(probe.told_to(alice), ElementsAre("+ [1]"));
    probe.retract(interest);
    probe.settle();
  }

  (void)probe.publish(observe_t(bob));
  probe.retract(fact);
  probe.settle();

  EXPECT_THAT(probe.told(), IsEmpty());
}

TEST(DataspaceLimitsOfShapes, MoreShapesThanALabelMayHaveAreRefusedOthersAreNot) {
  DataspaceProbe probe({.shapes_per_label_max = 2, .directories = {}});
  (void)probe.publish(observe(rec("t", {lit(1), any()}), alice));
  (void)probe.publish(observe(rec("t", {any(), lit(1)}), alice));
  const auto check = [&](const Value& pattern) {
    return probe.space().check_interest(*parse_interest(observe(pattern, bob)).interest);
  };

  const auto refused = check(rec("t", {lit(1), lit(1)}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "limit");
  EXPECT_TRUE(check(rec("t", {lit(2), bind()}))) << "other constants and captures, the same shape";
  EXPECT_TRUE(check(rec("u", {lit(1), lit(1)}))) << "another label";
  EXPECT_TRUE(check(bind()));
}

TEST(DataspaceLimitsOfShapes, AShapeEndsWithItsLastInterest) {
  DataspaceProbe probe({.shapes_per_label_max = 1, .directories = {}});
  const FactId interest = probe.publish(observe(rec("t", {lit(1)}), alice));
  probe.settle();
  const Interest other = *parse_interest(observe(rec("t", {bind()}), bob)).interest;
  EXPECT_FALSE(probe.space().check_interest(other));

  probe.retract(interest);
  probe.settle();

  EXPECT_TRUE(probe.space().check_interest(other));
}

}  // namespace
}  // namespace avow::test
