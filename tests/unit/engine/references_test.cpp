#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>

#include "tests/unit/engine/test_client.hpp"

// References handed on from one session to another, and how long their numbers live.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::test_options;
using testing::TestClient;

constexpr std::string_view service = "<group <rec service> {0: <bind <_>>}>";

struct References : ::testing::Test {
  References() {
    owner.resolve();
    user.resolve();
    user.observe(9, service, 1);
    owner.say("[[% <A <service #:[0 5]> 50>]]");
    number = number_in(user.told.back().body);
    (void)user.heard();
  }

  // The server's number in `[#:[0 n]]`.
  static std::string number_in(const std::string& body) {
    const std::size_t at = body.find("#:[0 ") + 5;
    return body.substr(at, body.find(']', at) - at);
  }

  Engine engine{test_options()};
  TestClient owner{engine};
  TestClient user{engine};
  std::string number;
};

TEST_F(References, WhatIsAssertedAtAnothersEntityReachesItAndGoesWithItsHolder) {
  user.say("[[" + number + " <A <holding 1> 60>]]");
  EXPECT_THAT(owner.heard(), ElementsAre("5 + <holding 1>"));

  user.close(Cause::closed);

  EXPECT_THAT(owner.heard(), ElementsAre("5 -"));
  EXPECT_EQ(owner.told.back().cause, Cause::closed);
}

TEST_F(References, AReferenceHandedBackIsTheOwnersOwn) {
  user.say("[[" + number + " <A <back #:[1 " + number + "]> 60>]]");

  EXPECT_THAT(owner.heard(), ElementsAre("5 + <back #:[1 5]>"));
}

TEST_F(References, AnEntityIsToldUnderItsNumberHoweverLargeThatIs) {
  for (const std::string oid : {"2147483647", "2147483648", "-2147483649", "9223372036854775807"}) {
    user.say("[[% <A <Observe <group <rec big> {0: <bind <_>>}> #:[0 " + oid + "]> 7>]]");
    owner.say("[[% <A <big 1> 70>]]");
    EXPECT_THAT(user.heard(), ElementsAre(oid + " + [1]"));

    owner.say("[[% <R 70>]]");
    user.say("[[% <R 7>]]");
    EXPECT_THAT(user.heard(), ElementsAre(oid + " -"));
  }
}

TEST_F(References, ASyncIsPassedOnAndOnlyTheOwnerAnswersIt) {
  user.say("[[" + number + " <M <before>>] [" + number + " <S #:[0 77]>]]");
  EXPECT_THAT(user.heard(), IsEmpty());
  const std::vector<std::string> asked = owner.heard();
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0], "5 ! <before>");
  const std::string reply = number_in(asked[1]);

  owner.say("[[" + reply + " <M #t>]]");
  EXPECT_THAT(user.heard(), ElementsAre("77 = #t"));

  owner.say("[[" + reply + " <M #t>]]");
  EXPECT_THAT(user.heard(), IsEmpty()) << "the number died with its use";
}

TEST_F(References, ASyncWhoseOwnerGoesIsNeverAnswered) {
  user.say("[[" + number + " <S #:[0 77]>]]");

  owner.close(Cause::closed);

  EXPECT_THAT(user.heard(), ElementsAre("9 -"));
}

TEST_F(References, ANumberDiesWithItsLastUseAndIsNotUsedAgain) {
  owner.say("[[% <R 50>]]");
  EXPECT_THAT(user.heard(), ElementsAre("9 -"));

  user.say("[[" + number + " <A <late> 60>] [" + number + " <M <late>>]]");
  EXPECT_THAT(owner.heard(), IsEmpty());

  owner.say("[[% <A <service #:[0 5]> 51>]]");
  EXPECT_NE(number_in(user.told.back().body), number);
}

TEST_F(References, ANumberLivesAsLongAsOneOfTwoMentions) {
  owner.say("[[% <A <service <second #:[0 5]>> 51>]]");
  owner.say("[[% <R 50>]]");
  (void)user.heard();

  user.say("[[" + number + " <M <still>>]]");

  EXPECT_THAT(owner.heard(), ElementsAre("5 ! <still>"));
}

TEST_F(References, ANumberLivesAsLongAsAnAssertionMadeAtIt) {
  user.say("[[" + number + " <A <holding> 60>]]");
  owner.say("[[% <R 50>]]");
  (void)owner.heard();

  user.say("[[" + number + " <M <still>>]]");
  user.say("[[" + number + " <R 60>]]");
  user.say("[[" + number + " <M <dead>>]]");

  EXPECT_THAT(owner.heard(), ElementsAre("5 ! <still>", "5 -"));
}

TEST_F(References, ARetractionGoesByItsHandleWhateverItsOid) {
  user.say("[[" + number + " <A <holding> 60>]]");
  owner.say("[[% <R 50>]]");
  (void)owner.heard();

  user.say("[[4711 <R 60>]]");

  EXPECT_THAT(owner.heard(), ElementsAre("5 -"));
}

TEST_F(References, AttenuatedReferencesFilterAndHaveNumbersOfTheirOwn) {
  TestClient third(engine);
  third.resolve();
  third.observe(9, service, 1);
  (void)third.heard();
  user.say("[[% <A <service <narrow #:[1 " + number + " <reject <rec secret [<_>]>>]>> 60>]]");
  const std::string narrow = number_in(third.told.back().body);

  third.say("[[" + narrow + " <A <secret 1> 61>] [" + narrow + " <M <secret 2>>] [" + narrow +
            " <A <open 3> 62>]]");
  third.say("[[" + narrow + " <R 61>]]");

  EXPECT_THAT(owner.heard(), ElementsAre("5 + <open 3>"));
}

TEST_F(References, AMessageMayNotIntroduceAReference) {
  user.say("[[% <A <planted> 60>] [% <M <hello #:[0 78]>>]]");

  ASSERT_TRUE(user.end);
  EXPECT_EQ(user.end->code, "transient-reference");
  EXPECT_EQ(engine.spaces()[0].facts, 1U) << "only the owner's";
}

TEST_F(References, AMessageMayCarryWhatWasAssertedEarlierInItsTurn) {
  user.observe(8, "<group <rec hello> {0: <bind <_>>}>", 2);

  user.say("[[% <A <held #:[0 78]> 60>] [% <M <hello #:[0 78]>>]]");

  EXPECT_THAT(user.heard(), ElementsAre("8 ! [#:[1 78]]"));
}

TEST_F(References, AMessageMayNotCarryWhatWasRetractedEarlierInItsTurn) {
  user.say("[[% <A <held #:[0 78]> 60>]]");

  user.say("[[% <R 60>] [% <M <hello #:[0 78]>>]]");

  EXPECT_TRUE(user.end);
}

TEST_F(References, ATurnWhoseMessageCarriesAReferenceIsToldStepByStep) {
  user.observe(8, "<group <rec hello> {0: <bind <_>>}>", 2);

  owner.say("[[% <A <service <x #:[0 6]>> 51>] [% <M <hello #:[0 6]>>] [% <R 51>]]");

  const std::vector<std::string> heard = user.heard();
  ASSERT_EQ(heard.size(), 3U);
  const std::string six = number_in(heard[0]);
  EXPECT_THAT(heard, ElementsAre("9 + [<x #:[0 " + six + "]>]", "8 ! [#:[0 " + six + "]]", "9 -"));
  EXPECT_EQ(user.turn_sizes.back(), 3U);
}

TEST_F(References, AMessageWithAReferenceThatTheReceiverDoesNotHoldIsDroppedAndCounted) {
  TestClient third(engine);
  third.resolve();
  third.observe(8, "<group <rec hello> {0: <bind <_>>}>", 2);

  owner.say("[[% <M <hello #:[0 5]>>]]");

  EXPECT_THAT(third.heard(), IsEmpty());
  EXPECT_EQ(engine.counters().messages_dropped, 1U);
}

TEST_F(References, ARefusedTurnLeavesNoReferenceBehind) {
  owner.say("[[% <A <service <y #:[0 7]>> 52>] [% <A <x> 52>]]");

  ASSERT_TRUE(owner.end);
  EXPECT_THAT(user.heard(), ElementsAre("9 -")) << "only what was there before has gone";
}

TEST_F(References, OfTwoInterestsOfOneEntityEachHoldsIt) {
  const std::size_t before = engine.reference_count();
  user.observe(7, "<group <rec a> {0: <bind <_>>}>", 2);
  user.observe(7, "<group <rec b> {0: <bind <_>>}>", 3);
  EXPECT_EQ(engine.reference_count(), before + 1);

  user.say("[[% <R 2>]]");
  owner.say("[[% <A <a 1> 60>] [% <A <b 2> 61>]]");
  EXPECT_THAT(user.heard(), ElementsAre("7 + [2]"));

  user.say("[[% <R 3>]]");
  EXPECT_EQ(engine.reference_count(), before);
}

TEST(ReferencesOfAFullSession, ARefusedTurnTakesNoInterestBack) {
  EngineOptions options = test_options();
  options.limits.session_facts_max = 2;
  Engine engine(options);
  TestClient full(engine);
  full.resolve();
  full.observe(7, "<group <rec a> {0: <bind <_>>}>", 2);
  const std::size_t before = engine.reference_count();

  const Receipt refused = full.ask("[[% <R 2>] [% <A <x> 3>] [% <A <y> 4>]]");
  EXPECT_TRUE(refused.error);
  EXPECT_FALSE(full.end);
  EXPECT_EQ(engine.reference_count(), before);

  TestClient other(engine);
  other.resolve();
  other.say("[[% <A <a 1> 60>]]");
  EXPECT_THAT(full.heard(), ElementsAre("7 + [1]"));
}

TEST_F(References, AnInterestMayEndInTheTurnInWhichItBegan) {
  const std::size_t before = engine.reference_count();

  user.say("[[% <A <Observe <group <rec a> {0: <bind <_>>}> #:[0 7]> 2>] [% <R 2>]]");

  EXPECT_EQ(engine.reference_count(), before);
  EXPECT_THAT(user.heard(), IsEmpty());
}

TEST_F(References, AFactThatNamesItsHoldersEntityHoldsItTillTheSessionEnds) {
  const std::size_t before = engine.reference_count();
  auto holder = std::make_unique<TestClient>(engine);
  holder->resolve();
  holder->say("[[% <A <pair #:[0 1] #:[0 2] #:[0 1]> 2>] [% <A <pair #:[0 1]> 3>]]");
  holder->say("[[% <R 2>]]");

  holder->close(Cause::closed);

  EXPECT_EQ(engine.reference_count(), before);
}

TEST_F(References, AnUnknownNumberOfOursIsNobody) {
  user.say("[[% <A <service #:[1 4711]> 60>]]");

  const std::string nobody = number_in(user.told.back().body);
  user.say("[[" + nobody + " <A <x> 61>] [" + nobody + " <M <x>>] [" + nobody + " <S #:[0 77]>]]");
  EXPECT_EQ(user.heard().back(), "77 = #t");
}

TEST_F(References, ACaveatThatCannotWorkEndsTheSession) {
  user.say("[[% <A <x #:[1 " + number + " <rewrite <_> <ref 0>>]> 60>]]");

  EXPECT_TRUE(user.end);
}

TEST_F(References, AnObserverMayBeAnothersEntity) {
  user.say("[[% <A <Observe <group <rec n> {0: <bind <_>>}> #:[1 " + number + "]> 60>]]");

  owner.say("[[% <A <n 1> 51>]]");
  user.say("[[% <R 60>]]");

  EXPECT_THAT(owner.heard(), ElementsAre("5 + [1]", "5 -"));
}

TEST_F(References, AnAttenuatedObserverIsToldWhatItsCaveatsLetThrough) {
  user.say("[[% <A <Observe <group <rec n> {0: <bind <_>>}> #:[1 " + number +
           " <rewrite <arr [<bind Symbol>]> <rec got [<ref 0>]>>]> 60>]]");

  owner.say("[[% <A <n 1> 51>] [% <A <n a> 52>]]");
  owner.say("[[% <R 51>] [% <R 52>]]");

  EXPECT_THAT(owner.heard(), ElementsAre("5 + <got a>", "5 -"));
}

}  // namespace
}  // namespace avow::server
