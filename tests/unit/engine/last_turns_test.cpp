#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/keeper_world.hpp"

// Last turns: what a session wants to be done when it is lost is done then, once, and not
// otherwise.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using testing::identity;
using ::testing::IsEmpty;
using testing::KeeperClient;
using testing::KeeperWorld;
using testing::numbers;
using testing::orders;
using testing::standing_numbers;
using ::testing::StartsWith;
using testing::TestClient;
using testing::turn_id;

struct LastTurnsOfASession : ::testing::Test {
  LastTurnsOfASession() {
    world.journal().commit_at_once();
    watcher.resolve();
    watcher.observe(9, numbers, 1);
  }

  std::string answer_to(int request) { return client.answer(request); }

  KeeperWorld world;
  TestClient watcher{world.engine()};
  KeeperClient client{world.engine()};
};

TEST_F(LastTurnsOfASession, ALossRunsItInTheTurnInWhichTheFactsOfTheSessionGo) {
  client->say("[[% <A <n 1> 1>]]");
  EXPECT_THAT(answer_to(client.last_turn("<put <n 2>> <send <n 3>>")), StartsWith("<ok {"));
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]"));
  watcher.turn_sizes.clear();

  client->close(Cause::session_lost);

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [2]", "9 ! [3]", "9 -"));
  EXPECT_THAT(watcher.turn_sizes, ElementsAre(3U));
  EXPECT_EQ(watcher.told.back().cause, Cause::session_lost);
}

TEST_F(LastTurnsOfASession, ACleanCloseForgetsIt) {
  (void)client.last_turn("<put <n 2>>");

  client->close(Cause::closed);

  EXPECT_THAT(watcher.heard(), IsEmpty());
  EXPECT_EQ(world.journal().row_count(), 0U);
}

TEST_F(LastTurnsOfASession, ItsRetractionForgetsIt) {
  const int asked = client.last_turn("<put <n 2>>");

  client.retract(asked);
  client->close(Cause::session_lost);

  EXPECT_THAT(watcher.heard(), IsEmpty());
  EXPECT_EQ(world.journal().row_count(), 0U);
}

TEST_F(LastTurnsOfASession, ASessionThatBreaksTheRulesIsLost) {
  (void)client.last_turn("<put <n 2>>");

  client->say("[[% <A <n 1> 7>] [% <A <n 1> 7>]]");

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [2]"));
}

TEST_F(LastTurnsOfASession, SeveralAreRunInTheOrderOfTheirHandles) {
  (void)client.last_turn("<slot \"k\" <n 1>>");
  (void)client.last_turn("<slot \"k\" <n 2>>");

  client->close(Cause::session_lost);

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [2]")) << "what comes and goes is not told";
}

TEST_F(LastTurnsOfASession, ItsMessagesReachNobodyWhoIsLostWithIt) {
  client->observe(8, numbers, 8);
  (void)client.last_turn("<send <n 3>>", "{" + turn_id('c', 1) + "}");

  client->close(Cause::session_lost);

  EXPECT_THAT(watcher.heard(), ElementsAre("9 ! [3]"));
  KeeperClient other(world.engine());
  const int again = other.commit("<send <n 3>>", "{" + turn_id('c', 1) + "}");
  EXPECT_EQ(other.outcome(again), "[1]") << "the answer of the turn of that name";
}

// ---- guards, delay -----------------------------------------------------------------------------

TEST_F(LastTurnsOfASession, GuardsSeeWhatIsLeftWithoutTheSession) {
  client->say("[[% <A <n 1> 1>]]");
  (void)client.last_turn("<put <n 2>>", "{require: [<group <rec n> {0: <lit 1>}>]}");
  (void)client.last_turn("<put <n 3>>", "{absent: [<group <rec n> {0: <lit 1>}>]}");
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]"));

  client->close(Cause::session_lost);

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [3]", "9 -"));
  EXPECT_EQ(world.journal().row_count(), 1U) << "what could not be done is gone too";
}

TEST_F(LastTurnsOfASession, ADelayBeginsWithTheLoss) {
  client->say("[[% <A <n 1> 1>]]");
  (void)client.last_turn("<put <n 2>>", "{delay: 400}");
  world.pass(Milliseconds{1'000});
  client->close(Cause::session_lost);
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]", "9 -"));
  world.pass(Milliseconds{0});

  world.pass(Milliseconds{399});
  EXPECT_THAT(watcher.heard(), IsEmpty());
  EXPECT_EQ(world.engine().next_deadline(), world.now() + Milliseconds{1});
  world.pass(Milliseconds{1});

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [2]"));
}

TEST_F(LastTurnsOfASession, ADelayedOneIsGuardedWhenItIsRun) {
  (void)client.last_turn("<put <n 2>>", "{delay: 400, absent: [<group <rec n> {0: <lit 1>}>]}");
  client->close(Cause::session_lost);
  world.pass(Milliseconds{0});
  KeeperClient other(world.engine());
  (void)other.done("<put <n 1>>");
  (void)watcher.heard();

  world.pass(Milliseconds{400});

  EXPECT_THAT(watcher.heard(), IsEmpty());
}

// ---- names -------------------------------------------------------------------------------------

TEST_F(LastTurnsOfASession, ANewOneOfTheSameNameTakesThePlaceOfTheOld) {
  const int first = client.last_turn("<put <n 1>>", "{" + turn_id('c', 1) + "}");
  const int second = client.last_turn("<put <n 2>>", "{" + turn_id('c', 1) + "}");
  EXPECT_THAT(client.answer(first), StartsWith("<withdrawn "));
  EXPECT_THAT(client.answer(second), StartsWith("<ok {"));

  client.retract(first);
  client->close(Cause::session_lost);

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [2]"));
}

TEST_F(LastTurnsOfASession, AnotherSessionTakesItOverWhereverItIs) {
  KeeperClient heir(world.engine(), orders);
  const int first = client.last_turn("<put <n 1>>", "{" + turn_id('c', 1) + "}");
  (void)heir.last_turn("<put <n 2>>", "{" + turn_id('c', 1) + "}");
  EXPECT_THAT(client.answer(first), StartsWith("<withdrawn "));

  client->close(Cause::session_lost);
  EXPECT_THAT(watcher.heard(), IsEmpty());
  EXPECT_EQ(world.journal().row_count(), 1U);
  heir->close(Cause::closed);
  EXPECT_EQ(world.journal().row_count(), 0U);
}

TEST_F(LastTurnsOfASession, WhoAsksForItsOutcomeWithdrawsItOrLearnsThatItIsDone) {
  KeeperClient other(world.engine());
  const int asked = client.last_turn("<put <n 1>>", "{" + turn_id('c', 1) + "}");
  (void)client.last_turn("<put <n 2>>", "{" + turn_id('c', 2) + "}");

  EXPECT_EQ(other.done("<outcome " + identity('c', 1) + ">"), "[<impossible>]");
  EXPECT_THAT(client.answer(asked), StartsWith("<withdrawn "));
  client->close(Cause::session_lost);

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [2]"));
  EXPECT_THAT(other.done("<outcome " + identity('c', 2) + ">"), StartsWith("[<committed "));
  EXPECT_EQ(world.journal().row_count(), 1U);
}

TEST_F(LastTurnsOfASession, ACommitOfItsNameIsThatTurn) {
  const int asked = client.last_turn("<put <n 1>>", "{" + turn_id('c', 1) + "}");

  EXPECT_EQ(client.done("<put <n 2>>", "{" + turn_id('c', 1) + "}"), "[#t]");
  EXPECT_THAT(client.answer(asked), StartsWith("<withdrawn "));
  client->close(Cause::session_lost);

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [2]"));
}

TEST_F(LastTurnsOfASession, ANameThatIsUsedUpIsRefused) {
  (void)client.done("<put <n 1>>", "{" + turn_id('c', 1) + "}");
  (void)client.done("<outcome " + identity('c', 2) + ">");

  const int done = client.last_turn("<put <n 2>>", "{" + turn_id('c', 1) + "}");
  EXPECT_EQ(client.entry(done, "code"), "already-done");
  const int never = client.last_turn("<put <n 2>>", "{" + turn_id('c', 2) + "}");
  EXPECT_EQ(client.entry(never, "code"), "impossible");
}

TEST_F(LastTurnsOfASession, WhatNeedsSomebodyToBeToldIsRefused) {
  const auto code = [&](std::string_view ops, std::string_view options = "{}") {
    return client.entry(client.last_turn(ops, options), "code");
  };
  EXPECT_EQ(code("<take <_>>"), "unsupported");
  EXPECT_EQ(code("<ack 1>"), "unsupported");
  EXPECT_EQ(code("<outcome " + identity('c', 2) + ">"), "unsupported");
  EXPECT_EQ(code("<put <n 1>>", "{timeout: 5}"), "unsupported");
  EXPECT_EQ(code("<put <n 1>>", "{ack: #t}"), "unsupported");
  EXPECT_EQ(code("<put <n 1>>", "{delay: -1}"), "bad-request");
  EXPECT_EQ(code("<put <n #:[0 5]>>"), "reference-not-durable");
  EXPECT_EQ(code("<put <n 1>>", "{require: [<lit #:[0 5]>]}"), "reference-not-durable");
  EXPECT_EQ(client.done("<put <n 1>>", "{delay: 5}"), "unsupported");
  EXPECT_EQ(world.journal().row_count(), 0U);
}

TEST_F(LastTurnsOfASession, WhatItIsKeptWithCountsForTheSpace) {
  EngineOptions small = testing::test_options();
  small.limits.space_durable_bytes_max = 40;
  KeeperWorld tight(small);
  tight.journal().commit_at_once();
  KeeperClient one(tight.engine());

  const int first = one.last_turn("<put <n 1>>");
  EXPECT_THAT(one.answer(first), StartsWith("<ok {"));
  EXPECT_EQ(one.entry(one.last_turn("<put <n 1>>"), "code"), "quota");
  one.retract(first);
  EXPECT_THAT(one.answer(one.last_turn("<put <n 1>>")), StartsWith("<ok {"));
}

// ---- the disk ----------------------------------------------------------------------------------

TEST(LastTurnsOnTheDisk, AreAnsweredAfterTheFlushAndSoIsTheirEnd) {
  KeeperWorld world;
  KeeperClient client(world.engine());
  const int asked = client.last_turn("<put <n 1>>");
  EXPECT_EQ(client.answer(asked), "");
  world.commit();
  EXPECT_THAT(client.answer(asked), StartsWith("<ok {"));

  (void)client->heard();
  client->ask("[[% <R 1>]]");
  client.retract(asked);
  EXPECT_THAT(client->heard(), IsEmpty()) << "it might still be run";
  world.commit();

  EXPECT_THAT(client->heard(), ElementsAre(std::to_string(asked) + " -"));
}

TEST(LastTurnsOnTheDisk, NobodySeesTheLossBeforeItIsCertain) {
  KeeperWorld world;
  TestClient watcher(world.engine());
  watcher.resolve();
  watcher.observe(9, numbers, 1);
  KeeperClient client(world.engine());
  (void)client.last_turn("<put <n 1>>");
  world.commit();

  client->close(Cause::session_lost);
  EXPECT_THAT(watcher.heard(), IsEmpty());
  EXPECT_EQ(world.journal().appended().size(), 1U) << "all of it is one turn";
  world.commit();

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]"));
}

TEST(LastTurnsAcrossRestarts, AServerThatDiesRunsThemOnceAfterTheGrace) {
  KeeperWorld world;
  world.journal().commit_at_once();
  {
    KeeperClient client(world.engine());
    world.engine().set_grace(client->session(), Milliseconds{300});
    (void)client.last_turn("<put <n 1>>", "{delay: 100}");
    client->close(Cause::server_restart);  // To the journal it looks like a death.
  }
  world.restart();
  world.pass(Milliseconds{0});
  world.pass(Milliseconds{399});
  EXPECT_THAT(standing_numbers(world.engine()), IsEmpty());

  world.pass(Milliseconds{1});
  EXPECT_THAT(standing_numbers(world.engine()), ElementsAre("9 + [1]"));
  {
    KeeperClient client(world.engine());
    (void)client.done("<drop <n 1>>");
  }
  world.restart();
  world.pass(Milliseconds{0});
  world.pass(Milliseconds{1'000});

  EXPECT_THAT(standing_numbers(world.engine()), IsEmpty());
}

TEST(LastTurnsAcrossRestarts, AServerThatDiesInTheTurnOfTheLossRunsItAfterwards) {
  KeeperWorld world;
  {
    KeeperClient client(world.engine());
    (void)client.last_turn("<put <n 1>>", "{" + turn_id('c', 1) + "}");
    world.commit();
    client->close(Cause::session_lost);
  }
  world.journal().commit_at_once();

  world.restart();

  EXPECT_THAT(standing_numbers(world.engine()), ElementsAre("9 + [1]"));
  EXPECT_EQ(world.journal().row_count(), 1U);
}

TEST(LastTurnsAcrossRestarts, ADelayThatHasBegunNeedsNoGraceAnyMore) {
  KeeperWorld world;
  world.journal().commit_at_once();
  {
    KeeperClient client(world.engine());
    world.engine().set_grace(client->session(), Milliseconds{10'000});
    (void)client.last_turn("<put <n 1>>", "{delay: 100}");
    client->close(Cause::session_lost);
  }
  world.restart();
  world.pass(Milliseconds{0});

  world.pass(Milliseconds{100});

  EXPECT_THAT(standing_numbers(world.engine()), ElementsAre("9 + [1]"));
}

TEST(LastTurnsAcrossRestarts, AnOwnerWhoComesBackInTimeTakesItOver) {
  KeeperWorld world;
  world.journal().commit_at_once();
  {
    KeeperClient client(world.engine());
    world.engine().set_grace(client->session(), Milliseconds{300});
    (void)client.last_turn("<put <n 1>>", "{" + turn_id('c', 1) + "}");
    (void)client.last_turn("<put <n 2>>", "{" + turn_id('c', 2) + "}");
    client->close(Cause::server_restart);  // To the journal it looks like a death.
  }
  world.restart();
  KeeperClient client(world.engine());
  EXPECT_THAT(client.answer(client.last_turn("<put <n 3>>", "{" + turn_id('c', 1) + "}")),
              StartsWith("<ok {"));
  EXPECT_EQ(client.done("<outcome " + identity('c', 2) + ">"), "[<impossible>]");
  world.pass(Milliseconds{0});
  world.pass(Milliseconds{1'000});
  EXPECT_THAT(standing_numbers(world.engine()), IsEmpty());

  client->close(Cause::session_lost);

  EXPECT_THAT(standing_numbers(world.engine()), ElementsAre("9 + [3]"));
}

TEST(LastTurnsAcrossRestarts, ACleanEndOfTheServerKeepsThem) {
  KeeperWorld world;
  world.journal().commit_at_once();
  {
    KeeperClient client(world.engine());
    (void)client.last_turn("<put <n 1>>");
    client->close(Cause::server_restart);
  }
  EXPECT_THAT(standing_numbers(world.engine()), IsEmpty());
  world.end_and_start();

  world.pass(Milliseconds{0});

  EXPECT_THAT(standing_numbers(world.engine()), ElementsAre("9 + [1]"));
}

TEST(LastTurnsAcrossRestarts, ASpaceWithNothingElseStaysForThem) {
  KeeperWorld world;
  world.journal().commit_at_once();
  {
    KeeperClient client(world.engine());
    (void)client.last_turn("<send <n 1>>", "{delay: 50}");
    client->close(Cause::session_lost);
  }
  EXPECT_EQ(world.engine().spaces().size(), 1U);

  world.pass(Milliseconds{0});
  world.pass(Milliseconds{50});

  EXPECT_EQ(world.engine().spaces().size(), 0U);
}

}  // namespace
}  // namespace avow::server
