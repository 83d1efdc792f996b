#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/keeper_world.hpp"

// Commits at a keeper: durable facts, slots, messages, guards; all or nothing.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::KeeperClient;
using testing::KeeperWorld;
using testing::numbers;
using testing::test_options;
using testing::TestClient;

struct Commits : ::testing::Test {
  Commits() {
    world.journal().commit_at_once();
    watcher.resolve();
    watcher.observe(9, numbers, 1);
  }

  KeeperWorld world;
  TestClient watcher{world.engine()};
  KeeperClient client{world.engine()};
};

TEST_F(Commits, APutFactStaysWhenItsSessionEnds) {
  EXPECT_EQ(client.done("<put <n 1>>"), "[#t]");
  client->close(Cause::closed);

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]"));
}

TEST_F(Commits, PuttingTwiceIsOneSupportAndAnybodyDropsIt) {
  KeeperClient other(world.engine());

  EXPECT_EQ(client.done("<put <n 1>>"), "[#t]");
  EXPECT_EQ(other.done("<put <n 1>>"), "[#f]");
  EXPECT_EQ(other.done("<drop <n 1>>"), "[#t]");
  EXPECT_EQ(client.done("<drop <n 1>>"), "[#f]");

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]", "9 -"));
  EXPECT_EQ(watcher.told.back().cause, Cause::retracted);
}

TEST_F(Commits, ADroppedFactStaysAsLongAsASessionPublishesIt) {
  client->say("[[% <A <n 1> 5>]]");
  EXPECT_EQ(client.done("<put <n 1>> "), "[#t]");
  EXPECT_EQ(client.done("<drop <n 1>>"), "[#t]");
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]"));

  client->say("[[% <R 5>]]");

  EXPECT_THAT(watcher.heard(), ElementsAre("9 -"));
}

TEST_F(Commits, TheAnswerTellsRevisionTurnEpochAndLevel) {
  const int first = client.commit("<put <n 1>>");
  const int second = client.commit("<put <n 2>>");

  EXPECT_EQ(client.entry(first, "epoch"), "7");
  EXPECT_EQ(client.entry(first, "level"), "durable");
  EXPECT_EQ(std::stoull(client.entry(second, "rev")), std::stoull(client.entry(first, "rev")) + 1);
  EXPECT_EQ(std::stoull(client.entry(second, "seq")), std::stoull(client.entry(first, "seq")) + 1);
}

TEST_F(Commits, ACommitIsPartOfTheTurnInWhichItIsAsserted) {
  const std::string keeper =
      std::to_string(world.engine().open_keeper(client->session(), client->space).value());

  const Receipt& receipt =
      client->ask("[[% <A <n 1> 5>] [" + keeper + " <A <commit [<put <n 2>>] {} #:[0 77]> 6>]]");

  ASSERT_EQ(receipt.revisions.size(), 1U);
  EXPECT_EQ(client.entry(77, "rev"), std::to_string(receipt.revisions[0].revision));
  EXPECT_EQ(watcher.turn_sizes.back(), 2U);
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]", "9 + [2]"));
}

TEST_F(Commits, WhatIsPutAndDroppedInOneCommitIsToldToNobody) {
  EXPECT_EQ(client.done("<put <n 1>> <drop <n 1>>"), "[#t #t]");

  EXPECT_THAT(watcher.heard(), IsEmpty());
  EXPECT_EQ(world.journal().row_count(), 0U);
}

TEST_F(Commits, ASlotSupersedesItsValueInOneTurn) {
  EXPECT_EQ(client.done("<slot \"k\" <n 1>>"), "[#t]");
  EXPECT_EQ(client.done("<slot \"k\" <n 2>>"), "[#t]");
  EXPECT_EQ(client.done("<slot \"k\" <n 2>>"), "[#f]");

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]", "9 + [2]", "9 -"));
  EXPECT_EQ(watcher.told.back().cause, Cause::superseded);
  EXPECT_EQ(watcher.turn_sizes.back(), 2U);
}

TEST_F(Commits, TheLastOfSeveralWritesToASlotWins) {
  EXPECT_EQ(client.done("<slot \"k\" <n 1>> <slot \"k\" <n 2>> <slot \"k\" <n 3>>"), "[#t #t #t]");

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [3]"));
}

TEST_F(Commits, ASlotWithoutAValueIsCleared) {
  (void)client.done("<slot \"k\" <n 1>>");

  EXPECT_EQ(client.done("<slot \"k\">"), "[#t]");
  EXPECT_EQ(client.done("<slot \"k\">"), "[#f]");

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]", "9 -"));
  EXPECT_EQ(world.journal().row_count(), 0U);
}

TEST_F(Commits, SlotsWithEqualValuesAreTwoSupports) {
  (void)client.done("<slot 1 <n 1>> <slot 2 <n 1>> <put <n 1>>");
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]"));

  (void)client.done("<slot 1>");
  (void)client.done("<drop <n 1>>");
  EXPECT_THAT(watcher.heard(), IsEmpty());

  (void)client.done("<slot 2>");
  EXPECT_THAT(watcher.heard(), ElementsAre("9 -"));
}

TEST_F(Commits, EachMessageTellsHowManyItReached) {
  TestClient second(world.engine());
  second.resolve();
  second.observe(9, numbers, 1);
  second.observe(10, "<group <rec m> {}>", 2);

  EXPECT_EQ(client.done("<send <n 1>> <send <nobody>> <send <m>> <put <n 5>>"), "[2 0 1 #t]");

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [5]", "9 ! [1]"));
}

TEST_F(Commits, MessagesOfOthersInTheTurnAreNotCounted) {
  const std::string keeper =
      std::to_string(world.engine().open_keeper(client->session(), client->space).value());

  client->say("[[% <M <n 0>>] [" + keeper +
              " <A <commit [<send <n 1>>] {} #:[0 77]> 6>] [% <M <n 2>>]]");

  EXPECT_EQ(client.outcome(77), "[1]");
}

// ---- guards ---------------------------------------------------------------------------------

TEST_F(Commits, RequiredFactsMustBeThereAndAbsentOnesNot) {
  (void)client.done("<put <n 1>>");

  EXPECT_EQ(client.done("<put <n 2>>", "{require: [<group <rec n> {0: <lit 1>}>]}"), "[#t]");
  EXPECT_EQ(client.done("<put <n 3>>", "{require: [<group <rec n> {0: <lit 9>}>]}"),
            "guard-failed");
  EXPECT_EQ(client.done("<put <n 3>>", "{absent: [<group <rec n> {0: <lit 9>}>]}"), "[#t]");
  EXPECT_EQ(client.done("<put <n 4>>", "{absent: [<group <rec n> {0: <lit 1>}>]}"), "guard-failed");

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]", "9 + [2]", "9 + [3]"));
}

TEST_F(Commits, GuardsAreHeldAgainstWhatIsThereBeforeTheCommit) {
  EXPECT_EQ(client.done("<put <n 1>>", "{absent: [<group <rec n> {0: <lit 1>}>]}"), "[#t]");
  EXPECT_EQ(client.done("<drop <n 1>>", "{require: [<group <rec n> {0: <lit 1>}>]}"), "[#t]");
}

TEST_F(Commits, OfTwoCommitsInOneTurnTheSecondSeesTheFirst) {
  const std::string keeper =
      std::to_string(world.engine().open_keeper(client->session(), client->space).value());
  const std::string lock = "<commit [<put <n 1>>] {absent: [<group <rec n> {}>]} ";

  client->say("[[" + keeper + " <A " + lock + "#:[0 77]> 6>] [" + keeper + " <A " + lock +
              "#:[0 78]> 7>]]");

  EXPECT_EQ(client.outcome(77), "[#t]");
  EXPECT_EQ(client.outcome(78), "guard-failed");
}

TEST_F(Commits, ACommitWaitsUntilItsGuardsHold) {
  const int waiting =
      client.commit("<put <n 2>>", "{require: [<group <rec go> {}>] timeout: 1000}");
  EXPECT_EQ(client.answer(waiting), "");

  watcher.say("[[% <A <other> 50>]]");
  EXPECT_EQ(client.answer(waiting), "");
  watcher.say("[[% <A <go> 51>]]");

  EXPECT_EQ(client.outcome(waiting), "[#t]");
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [2]"));
}

TEST_F(Commits, WhoWaitsForALockGetsItOneAfterAnotherInTheOrderOfArrival) {
  constexpr std::string_view free = "{absent: [<group <rec lock> {}>] timeout: 60000}";
  (void)client.done("<put <lock 0>>");
  KeeperClient others[] = {KeeperClient(world.engine()), KeeperClient(world.engine()),
                           KeeperClient(world.engine())};
  int asked[3];
  for (int i = 0; i < 3; ++i) {
    asked[i] = others[i].commit("<put <lock " + std::to_string(i + 1) + ">>", free);
  }

  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.done("<drop <lock " + std::to_string(i) + ">>"), "[#t]");
    for (int j = 0; j < 3; ++j) EXPECT_EQ(others[j].answer(asked[j]).empty(), j > i) << i << j;
  }
}

TEST_F(Commits, AfterItsTimeoutAWaitingCommitIsRefusedAndLeavesNoTrace) {
  world.pass(Milliseconds{1});
  const int waiting = client.commit("<put <n 2>>", "{require: [<group <rec go> {}>] timeout: 100}");
  world.pass(Milliseconds{1});
  world.pass(Milliseconds{99});
  EXPECT_EQ(client.answer(waiting), "");
  world.pass(Milliseconds{1});
  EXPECT_EQ(client.outcome(waiting), "guard-failed");

  watcher.say("[[% <A <go> 51>]]");

  EXPECT_EQ(client.outcome(waiting), "guard-failed");
  EXPECT_THAT(watcher.heard(), IsEmpty());
}

TEST_F(Commits, ARetractedRequestWaitsNoMore) {
  const int waiting = client.commit("<put <n 2>>", "{require: [<group <rec go> {}>] timeout: 100}");

  client.retract(waiting);
  watcher.say("[[% <A <go> 51>]]");

  EXPECT_THAT(watcher.heard(), IsEmpty());
  EXPECT_EQ(client.answer(waiting), "");
}

TEST_F(Commits, RetractingAnAnsweredRequestWithdrawsOnlyTheAnswer) {
  const int asked = client.commit("<put <n 1>>");

  client.retract(asked);

  EXPECT_EQ(client.answer(asked), "");
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]"));
}

TEST_F(Commits, ARequestRetractedInItsOwnTurnIsDoneAndNotAnswered) {
  const std::string keeper =
      std::to_string(world.engine().open_keeper(client->session(), client->space).value());

  client->say("[[" + keeper + " <A <commit [<put <n 1>>] {} #:[0 77]> 6>] [" + keeper + " <R 6>]]");

  EXPECT_EQ(client.answer(77), "");
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]"));
}

// ---- refusals -------------------------------------------------------------------------------

TEST_F(Commits, NothingOfARefusedCommitIsDone) {
  EXPECT_EQ(client.done("<put <n 1>> <slot 1 <n 2>> <send <n 3>> <renew 99>"), "unknown-lease");
  EXPECT_EQ(client.done("<put <n 1>> <ack 99>"), "unknown-item");
  EXPECT_EQ(client.done("<put <n 1>> <take <_>>"), "empty");
  EXPECT_EQ(client.done("<put <n 1>> <item <n #:[0 5]>>"), "reference-not-durable");
  EXPECT_EQ(client.done("<put <n 1>> <fly>"), "unsupported");

  EXPECT_THAT(watcher.heard(), IsEmpty());
  EXPECT_EQ(world.journal().row_count(), 0U);
}

TEST_F(Commits, UnknownOperationsAndOptionsAreNamed) {
  EXPECT_THAT(client.answer(client.commit("<fly 1>")), HasSubstr("<fly …>"));
  EXPECT_THAT(client.answer(client.commit("", "{speed: 1}")), HasSubstr("`speed`"));
  EXPECT_EQ(client.done("<put>"), "bad-request");
  EXPECT_EQ(client.done("<put 1 2>"), "bad-request");
  EXPECT_EQ(client.done("<take 1>"), "bad-pattern");
  EXPECT_EQ(client.done("", "{timeout: -1}"), "bad-request");
  EXPECT_EQ(client.done("", "{level: sometime}"), "bad-request");
  EXPECT_EQ(client.done("", "{turn-id: 1}"), "bad-request");
}

TEST_F(Commits, ReferencesCannotLast) {
  EXPECT_EQ(client.done("<put <n #:[0 5]>>"), "reference-not-durable");
  EXPECT_EQ(client.done("<slot #:[0 5] <n 1>>"), "reference-not-durable");
  EXPECT_EQ(client.done("<slot 1 [#:[0 5]]>"), "reference-not-durable");
  EXPECT_EQ(client.done("<send <n #:[0 5]>>"), "reference-not-durable");
}

TEST(CommitLimits, ASpaceKeepsOnlySoMuchAndShrinkingWorks) {
  EngineOptions options = test_options();
  options.limits.space_durable_bytes_max = 100;
  KeeperWorld world(options);
  world.journal().commit_at_once();
  KeeperClient client(world.engine());
  const std::string half(50, 'x');

  EXPECT_EQ(client.done("<put <n \"" + half + "\">>"), "[#t]");
  EXPECT_EQ(client.done("<put <n \"" + half + "y\">>"), "quota");
  EXPECT_EQ(client.done("<put <n \"" + half + "\">>"), "[#f]");
  EXPECT_EQ(client.done("<drop <n \"" + half + "\">>"), "[#t]");
  EXPECT_EQ(client.done("<put <n \"" + half + "y\">>"), "[#t]");
}

TEST(CommitLimits, ACommitHasOnlySoManyOperations) {
  EngineOptions options = test_options();
  options.limits.commit_ops_max = 2;
  KeeperWorld world(options);
  world.journal().commit_at_once();
  KeeperClient client(world.engine());

  EXPECT_EQ(client.done("<put 1> <put 2>"), "[#t #t]");
  EXPECT_EQ(client.done("<put 3> <put 4> <put 5>"), "limit");
}

TEST_F(Commits, ANearlyFullDiskRefusesWhatLastsAndNothingElse) {
  world.engine().room(false);

  EXPECT_EQ(client.done("<put <n 1>>"), "no-space");
  EXPECT_EQ(client.done("<drop <n 1>>"), "no-space");
  EXPECT_EQ(client.done("<outcome " + testing::identity('a', 1) + ">"), "no-space");
  EXPECT_EQ(client.entry(client.lease(Milliseconds{100}), "code"), "no-space");
  EXPECT_EQ(client.done("<send <n 1>>"), "[1]");
  client->say("[[% <A <n 2> 5>]]");
  client->say("[[% <R 5>]]");
  EXPECT_THAT(watcher.heard(), ElementsAre("9 ! [1]", "9 + [2]", "9 -"));

  world.engine().room(true);
  EXPECT_EQ(client.done("<put <n 1>>"), "[#t]");
}

}  // namespace
}  // namespace avow::server
