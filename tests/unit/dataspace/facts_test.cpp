#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/dataspace_probe.hpp"
#include "tests/unit/dataspace/observers.hpp"

// Facts and their supports; what nets out within a turn.

namespace avow::test {
namespace {

using server::Cause;
using server::ChangeKind;
using server::FactId;
using testing::ElementsAre;
using testing::IsEmpty;

// A space in which alice observes the first field of `present`.
struct DataspaceFacts : testing::Test {
  void SetUp() override {
    (void)probe.publish(observe(rec("present", {bind()}), alice));
    probe.settle();
  }
  DataspaceProbe probe;
};

TEST_F(DataspaceFacts, AFactThatMatchesAppearsAndDisappears) {
  const FactId fact = probe.publish(record("present", "ann"));
  probe.settle();
  EXPECT_THAT(probe.told_to(alice), ElementsAre("+ [\"ann\"]"));

  probe.retract(fact);
  probe.settle();
  EXPECT_THAT(probe.told_to(alice), ElementsAre("- [\"ann\"]"));
}

TEST_F(DataspaceFacts, AFactThatDoesNotMatchIsToldToNobody) {
  (void)probe.publish(record("absent", "ann"));
  (void)probe.publish(record("present"));
  (void)probe.publish(Value::symbol("present"));
  (void)probe.publish(sequence("present", "ann"));
  probe.settle();

  EXPECT_THAT(probe.told(), IsEmpty());
  EXPECT_EQ(probe.space().fact_count(), 5U);
}

TEST_F(DataspaceFacts, EqualAssertionsAreOneFactUntilTheLastOfThemGoes) {
  const FactId first = probe.publish(record("present", "ann"));
  const FactId second = probe.publish(record("present", "ann"));
  probe.settle();
  EXPECT_EQ(first, second);
  EXPECT_THAT(probe.told_to(alice), ElementsAre("+ [\"ann\"]"));

  probe.retract(first);
  probe.settle();
  EXPECT_THAT(probe.told(), IsEmpty());

  probe.retract(second);
  probe.settle();
  EXPECT_THAT(probe.told_to(alice), ElementsAre("- [\"ann\"]"));
}

TEST_F(DataspaceFacts, AFactThatComesAndGoesWithinATurnIsToldToNobody) {
  probe.retract(probe.publish(record("present", "ann")));
  probe.settle();

  EXPECT_THAT(probe.told(), IsEmpty());
  EXPECT_EQ(probe.space().fact_count(), 1U);
}

TEST_F(DataspaceFacts, AFactReplacedByAnEqualOneIsToldToNobody) {
  const FactId fact = probe.publish(record("present", "ann"));
  probe.settle();

  probe.retract(fact);
  const FactId again = probe.publish(record("present", "ann"));
  probe.settle();

  EXPECT_THAT(probe.told(), IsEmpty());
  probe.retract(again);
  probe.settle();
  EXPECT_THAT(probe.told_to(alice), ElementsAre("- [\"ann\"]"));
}

TEST_F(DataspaceFacts, ACaptureStaysUntilTheLastFactBehindItGoes) {
  const FactId first = probe.publish(record("present", "ann", 1));
  const FactId second = probe.publish(record("present", "ann", 2));
  probe.settle();
  EXPECT_THAT(probe.told_to(alice), ElementsAre("+ [\"ann\"]"));

  probe.retract(first);
  probe.settle();
  EXPECT_THAT(probe.told(), IsEmpty());

  probe.retract(second);
  probe.settle();
  EXPECT_THAT(probe.told_to(alice), ElementsAre("- [\"ann\"]"));
}

TEST_F(DataspaceFacts, ACaptureHandedFromOneFactToAnotherIsToldToNobody) {
  const FactId first = probe.publish(record("present", "ann", 1));
  probe.settle();

  probe.retract(first);
  (void)probe.publish(record("present", "ann", 2));
  probe.settle();

  EXPECT_THAT(probe.told(), IsEmpty());
}

TEST_F(DataspaceFacts, AppearancesComeBeforeMessagesBeforeDisappearances) {
  const FactId gone = probe.publish(record("present", "ann"));
  const FactId also_gone = probe.publish(record("present", "bea"));
  probe.settle();

  probe.retract(also_gone);
  probe.send(record("present", "hello"));
  (void)probe.publish(record("present", "cid"));
  probe.retract(gone);
  probe.send(record("present", "bye"));
  (void)probe.publish(record("present", "abe"));
  probe.settle();

  EXPECT_THAT(probe.told_to(alice), ElementsAre("+ [\"cid\"]", "+ [\"abe\"]", "! [\"hello\"]",
                                                "! [\"bye\"]", "- [\"bea\"]", "- [\"ann\"]"));
}

TEST_F(DataspaceFacts, ADisappearanceHasTheNumberOfItsAppearanceAndACause) {
  const FactId fact = probe.publish(record("present", "ann"));
  probe.settle();
  const server::Change appeared = probe.told().front().change;

  probe.retract(fact, Cause::expired);
  probe.settle();

  const server::Change disappeared = probe.told().front().change;
  EXPECT_EQ(appeared.kind, ChangeKind::appear);
  EXPECT_EQ(appeared.cause, Cause::none);
  EXPECT_EQ(disappeared.capture, appeared.capture);
  EXPECT_EQ(disappeared.topic, appeared.topic);
  EXPECT_EQ(disappeared.cause, Cause::expired);
}

TEST_F(DataspaceFacts, WhoKnowsCapturesByTheirNumbersIsNotToldWhatWent) {
  probe.hears_what_went = false;
  const FactId fact = probe.publish(record("present", "ann"));
  probe.settle();
  const auto appeared = probe.told().at(0);
  EXPECT_EQ(appeared.captures, sequence("ann"));

  probe.retract(fact);
  probe.settle();
  ASSERT_EQ(probe.told().size(), 1u);
  EXPECT_EQ(probe.told().at(0).change.capture, appeared.change.capture);
  EXPECT_EQ(probe.told().at(0).captures, Value());
}

TEST_F(DataspaceFacts, ATopicHoldsAnotherCaptureBesideItsFirstAndKeepsEither) {
  const FactId ann = probe.publish(record("present", "ann"));
  probe.settle();
  const FactId bob = probe.publish(record("present", "bob"));
  const FactId other = probe.publish(record("present", "ann", 1));
  const FactId same = probe.publish(record("present", "bob"));
  probe.settle();
  EXPECT_THAT(probe.told_to(alice), ElementsAre("+ [\"bob\"]"));

  probe.retract(bob);
  probe.retract(other);
  probe.retract(ann);
  probe.settle();
  EXPECT_THAT(probe.told_to(alice), ElementsAre("- [\"ann\"]"));

  probe.retract(same);
  (void)probe.publish(record("present", "ann"));
  probe.settle();
  EXPECT_THAT(probe.told_to(alice), ElementsAre("+ [\"ann\"]", "- [\"bob\"]"));
}

TEST_F(DataspaceFacts, TheNumberOfACaptureIsNeverUsedAgain) {
  const FactId fact = probe.publish(record("present", "ann"));
  probe.settle();
  const server::CaptureId first = probe.told().front().change.capture;
  probe.retract(fact);
  probe.settle();

  (void)probe.publish(record("present", "ann"));
  probe.settle();

  EXPECT_NE(probe.told().front().change.capture, first);
}

TEST_F(DataspaceFacts, SettledStepByStepATurnTellsWhatWouldHaveNettedOut) {
  const FactId fact = probe.publish(record("present", "ann"));
  probe.settle();
  EXPECT_THAT(probe.told_to(alice), ElementsAre("+ [\"ann\"]"));

  probe.retract(fact);
  probe.settle();
  EXPECT_THAT(probe.told_to(alice), ElementsAre("- [\"ann\"]"));
}

TEST_F(DataspaceFacts, ReferencesInWhatIsToldAreMarked) {
  (void)probe.publish(record("present", ReferenceId{900}));
  (void)probe.publish(record("present", "ann", ReferenceId{900}));
  probe.settle();

  ASSERT_EQ(probe.told().size(), 2U);
  EXPECT_TRUE(probe.told()[0].change.holds_references);
  EXPECT_FALSE(probe.told()[1].change.holds_references) << "the reference was not captured";
}

TEST_F(DataspaceFacts, ReferencesAreConstantsLikeOthers) {
  (void)probe.publish(observe(rec("owns", {lit(Value::reference(ReferenceId{7})), bind()}), bob));
  (void)probe.publish(record("owns", ReferenceId{7}, "boat"));
  (void)probe.publish(record("owns", ReferenceId{8}, "car"));
  probe.settle();

  EXPECT_THAT(probe.told_to(bob), ElementsAre("+ [\"boat\"]"));
}

TEST_F(DataspaceFacts, VisitingShowsEachFactWithItsSupportsInOrder) {
  (void)probe.publish(record("light", 1));
  (void)probe.publish(record("light", 2));
  (void)probe.publish(record("light", 1));
  probe.settle();

  std::vector<std::string> seen;
  probe.space().visit_facts([&](ValueView fact, std::uint32_t supports) {
    if (fact.is_record("light")) seen.push_back(brief(fact) + " x" + std::to_string(supports));
  });
  EXPECT_THAT(seen, ElementsAre("<light 1> x2", "<light 2> x1"));
}

TEST(DataspaceEnd, WithItsLastFactASpaceIsEmpty) {
  DataspaceProbe probe;
  EXPECT_TRUE(probe.space().empty());
  const FactId interest = probe.publish(observe(any(), alice));
  EXPECT_FALSE(probe.space().empty());

  probe.retract(interest);
  probe.settle();

  EXPECT_TRUE(probe.space().empty());
  EXPECT_EQ(probe.space().topic_count(), 0U);
}

}  // namespace
}  // namespace avow::test
