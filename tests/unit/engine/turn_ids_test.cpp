#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/engine/keeper/outcomes.hpp"
#include "tests/unit/engine/keeper_world.hpp"

// Turn ids: sending a turn again is harmless, and what came of one can be asked.

namespace avow::server {
namespace {

using ::testing::HasSubstr;
using testing::identity;
using testing::KeeperClient;
using testing::KeeperWorld;
using testing::orders;
using testing::test_options;
using testing::turn_id;

const std::string first_turn = "{" + turn_id('a', 1) + "}";

std::string outcome_op(char client, int number) {
  return "<outcome " + identity(client, number) + ">";
}

TEST(TurnIds, AReplayIsAnsweredAsTheFirstTimeAndDoesNothing) {
  KeeperWorld world;
  world.journal().commit_at_once();
  KeeperClient client(world.engine());
  KeeperClient other(world.engine());
  const int put = client.commit("<item <n 1>>", first_turn);

  const int again = other.commit("<item <n 1>>", first_turn);

  EXPECT_EQ(other.outcome(again), client.outcome(put));
  EXPECT_EQ(other.entry(again, "seq"), client.entry(put, "seq"));
  EXPECT_EQ(other.entry(again, "replayed"), "#t");
  EXPECT_EQ(client.entry(put, "replayed"), "");
  EXPECT_EQ(world.journal().row_count(), 1U);
}

TEST(TurnIds, AReplayWaitsUntilTheFirstIsCommitted) {
  KeeperWorld world;
  KeeperClient client(world.engine());
  (void)client.commit("<put <n 1>>", first_turn);
  client->close(Cause::session_lost);
  KeeperClient again(world.engine());
  const int replay = again.commit("<put <n 1>>", first_turn);
  EXPECT_EQ(again.answer(replay), "");

  world.commit();

  EXPECT_EQ(again.outcome(replay), "[#t]");
}

TEST(TurnIds, AReplayAfterARestartIsAnsweredAsTheFirstTime) {
  KeeperWorld world;
  world.journal().commit_at_once();
  std::string first;
  {
    KeeperClient client(world.engine());
    first = client.answer(client.commit("<put <n 1>>", first_turn));
  }
  world.restart();
  KeeperClient client(world.engine());

  const int again = client.commit("<drop <n 1>>", first_turn);

  EXPECT_EQ(client.outcome(again), "[#t]");
  EXPECT_THAT(first, HasSubstr(client.entry(again, "seq")));
  EXPECT_EQ(client.entry(again, "replayed"), "#t");
  EXPECT_EQ(world.journal().row_count(), 1U);
}

TEST(TurnIds, WhatWasNotCommittedBeforeACrashIsDoneWhenItIsSentAgain) {
  KeeperWorld world;
  {
    KeeperClient client(world.engine());
    (void)client.commit("<put <n 1>>", first_turn);
  }
  world.restart();
  world.journal().commit_at_once();
  KeeperClient client(world.engine());

  const int again = client.commit("<put <n 1>>", first_turn);

  EXPECT_EQ(client.outcome(again), "[#t]");
  EXPECT_EQ(client.entry(again, "replayed"), "");
}

TEST(TurnIds, TwiceInOneTurnIsDoneOnce) {
  KeeperWorld world;
  world.journal().commit_at_once();
  KeeperClient client(world.engine());
  const std::string keeper =
      std::to_string(world.engine().open_keeper(client->session(), client->space).value());
  const std::string commit = "<commit [<item <n 1>> <send <m>>] " + first_turn;

  client->say("[[" + keeper + " <A " + commit + " #:[0 77]> 6>] [" + keeper + " <A " + commit +
              " #:[0 78]> 7>]]");

  EXPECT_EQ(client.outcome(77), client.outcome(78));
  EXPECT_EQ(client.entry(78, "replayed"), "#t");
  EXPECT_EQ(world.journal().row_count(), 1U);
}

TEST(TurnIds, ARefusedTurnMayBeSentAgain) {
  KeeperWorld world;
  world.journal().commit_at_once();
  KeeperClient client(world.engine());

  EXPECT_EQ(client.done("<take <_>>", first_turn), "empty");
  (void)client.done("<item 5>");

  EXPECT_THAT(client.done("<take <_>>", first_turn), HasSubstr("value: 5"));
}

TEST(TurnIds, TheSameTurnTwiceInLineIsDoneOnceAndAnsweredTwice) {
  KeeperWorld world;
  world.journal().commit_at_once();
  KeeperClient client(world.engine());
  KeeperClient other(world.engine());
  const std::string options = "{timeout: 1000 ack: #t " + turn_id('a', 1) + "}";
  const int first = client.commit("<take <_>>", options);
  const int second = other.commit("<take <_>>", options);

  (void)client.done("<item 5> <item 6>");

  EXPECT_THAT(client.outcome(first), HasSubstr("value: 5"));
  EXPECT_EQ(other.outcome(second), client.outcome(first));
  EXPECT_EQ(other.entry(second, "replayed"), "#t");
  EXPECT_EQ(world.journal().row_count(), 1U) << "the other item";
}

// ---- outcomes -------------------------------------------------------------------------------

TEST(TurnOutcomes, ACommittedTurnIsTold) {
  KeeperWorld world;
  world.journal().commit_at_once();
  KeeperClient client(world.engine());
  const int put = client.commit("<put <n 1>>", first_turn);

  EXPECT_EQ(client.done(outcome_op('a', 1)),
            "[<committed " + client.entry(put, "rev") + " " + client.entry(put, "seq") + ">]");
}

TEST(TurnOutcomes, AnUnknownTurnIsImpossibleFromThenOnAcrossRestartsToo) {
  KeeperWorld world;
  world.journal().commit_at_once();
  {
    KeeperClient client(world.engine());
    EXPECT_EQ(client.done(outcome_op('a', 1)), "[<impossible>]");
    EXPECT_EQ(client.done("<put <n 1>>", first_turn), "impossible");
  }
  world.restart();
  KeeperClient client(world.engine());

  EXPECT_EQ(client.done("<put <n 1>>", first_turn), "impossible");
  EXPECT_EQ(client.done(outcome_op('a', 1)), "[<impossible>]");
  EXPECT_EQ(world.journal().row_count(), 0U);
}

TEST(TurnOutcomes, ThatATurnIsImpossibleIsToldOnceItIsCommitted) {
  KeeperWorld world;
  KeeperClient client(world.engine());
  const int asked = client.commit(outcome_op('a', 1));
  EXPECT_EQ(client.answer(asked), "");

  world.commit();

  EXPECT_EQ(client.outcome(asked), "[<impossible>]");
}

TEST(TurnOutcomes, ThatATurnIsImpossibleIsToldInOtherSpacesToOnceItIsCommitted) {
  KeeperWorld world;
  KeeperClient client(world.engine());
  KeeperClient asker(world.engine(), orders);
  KeeperClient sender(world.engine(), orders);
  (void)client.commit(outcome_op('a', 1));

  const int asked = asker.commit(outcome_op('a', 1));
  const int sent = sender.commit("<put <n 1>>", first_turn);
  EXPECT_EQ(asker.answer(asked), "");
  EXPECT_EQ(sender.answer(sent), "");
  world.commit();

  EXPECT_EQ(asker.outcome(asked), "[<impossible>]");
  EXPECT_EQ(sender.outcome(sent), "impossible");
}

TEST(TurnOutcomes, ATurnInLineThatIsMadeImpossibleInAnotherSpaceIsRefused) {
  KeeperWorld world;
  KeeperClient client(world.engine());
  KeeperClient other(world.engine(), orders);
  const int waiting = client.commit("<take <_>>", "{timeout: 1000 " + turn_id('a', 1) + "}");

  (void)other.commit(outcome_op('a', 1));
  EXPECT_EQ(client.answer(waiting), "");
  world.commit();

  EXPECT_EQ(client.outcome(waiting), "impossible");
}

TEST(TurnOutcomes, ATurnInLineThatIsMadeImpossibleIsRefused) {
  KeeperWorld world;
  world.journal().commit_at_once();
  KeeperClient client(world.engine());
  KeeperClient other(world.engine());
  const int waiting = client.commit("<take <_>>", "{timeout: 1000 " + turn_id('a', 1) + "}");

  EXPECT_EQ(other.done(outcome_op('a', 1)), "[<impossible>]");

  EXPECT_EQ(client.outcome(waiting), "impossible");
}

TEST(TurnOutcomes, ACommitCannotAskForItsOwn) {
  KeeperWorld world;
  KeeperClient client(world.engine());

  EXPECT_EQ(client.done(outcome_op('a', 1), first_turn), "bad-request");
}

TEST(TurnOutcomes, TheyAreForgottenWhenTheyAreOldOrMany) {
  EngineOptions options = test_options();
  options.limits.outcomes_per_client_max = 2;
  options.limits.outcomes_kept_min = 0;
  KeeperWorld world(options);
  world.journal().commit_at_once();
  KeeperClient client(world.engine());
  for (int i = 1; i <= 3; ++i) (void)client.done("<item 1>", "{" + turn_id('a', i) + "}");

  EXPECT_EQ(client.done("<item 1>", first_turn), "turn-id-too-old");
  EXPECT_EQ(client.done(outcome_op('a', 1)), "turn-id-too-old");
  EXPECT_EQ(client.entry(client.commit("", "{" + turn_id('a', 2) + "}"), "replayed"), "#t");

  world.pass(std::chrono::hours(24));
  EXPECT_EQ(client.entry(client.commit("", "{" + turn_id('a', 2) + "}"), "replayed"), "#t");
  world.pass(Milliseconds{1});
  EXPECT_EQ(client.done(outcome_op('a', 2)), "[<impossible>]");
}

TEST(TurnOutcomes, AFewAreNeverTooOldHoweverFarTheWallClockJumps) {
  EngineOptions options = test_options();
  options.limits.outcomes_kept_min = 2;
  KeeperWorld world(options);
  world.journal().commit_at_once();
  KeeperClient client(world.engine());
  for (int i = 1; i <= 3; ++i) (void)client.done("<item 1>", "{" + turn_id('a', i) + "}");

  world.pass(std::chrono::hours(24 * 3650));

  EXPECT_EQ(client.done("<item 1>", first_turn), "turn-id-too-old");
  EXPECT_EQ(client.entry(client.commit("", "{" + turn_id('a', 2) + "}"), "replayed"), "#t");
  EXPECT_EQ(client.entry(client.commit("", "{" + turn_id('a', 3) + "}"), "replayed"), "#t");
}

TEST(OutcomesTest, OldOnesGoInTheOrderInWhichTheyCame) {
  Outcomes outcomes({1, 2}, {.per_client_max = 2, .age_max = Milliseconds{100}});
  const auto id = [](std::uint8_t client, std::uint64_t number) {
    return TurnIdentity{{client}, number};
  };
  const auto at = [](std::uint64_t seq, std::uint64_t wall_ms) {
    return Outcome{StoredOutcome::Kind::committed, seq, 0, wall_ms};
  };
  outcomes.add(id(1, 1), at(1, 10));
  outcomes.add(id(1, 2), at(2, 20));
  outcomes.add(id(2, 1), at(3, 30));
  outcomes.add(id(1, 3), at(4, 40));
  EXPECT_EQ(outcomes.find(id(1, 1)), nullptr);
  EXPECT_TRUE(outcomes.may_be_forgotten(id(1, 1)));
  EXPECT_EQ(outcomes.forgotten_through(), 1U);

  outcomes.forget_before(40);

  EXPECT_EQ(outcomes.size(), 1U);
  EXPECT_NE(outcomes.find(id(1, 3)), nullptr);
  EXPECT_FALSE(outcomes.may_be_forgotten(id(2, 1))) << "nothing is known of that client";
  EXPECT_EQ(outcomes.forgotten_through(), 3U);
}

}  // namespace
}  // namespace avow::server
