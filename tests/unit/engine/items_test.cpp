#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>

#include "tests/unit/engine/keeper_world.hpp"

// Items: two equal ones are two, each is taken by one, in order, and none is lost.

namespace avow::server {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::KeeperClient;
using testing::KeeperWorld;
using testing::TestClient;
using testing::turn_id;

constexpr std::string_view take_job = "<take <group <rec job> {0: <bind <_>>}>>";
constexpr std::string_view for_good = "{ack: #t}";
constexpr std::string_view waiting = "{timeout: 1000}";

struct ItemsOfASpace : ::testing::Test {
  ItemsOfASpace() { world.journal().commit_at_once(); }

  KeeperWorld world;
  KeeperClient maker{world.engine()};
  KeeperClient taker{world.engine()};
};

// The value that was taken by a commit.
std::string taken(const KeeperClient& client, int request) {
  const std::string outcome = client.outcome(request);
  const std::size_t at = outcome.find("value: ");
  return at == std::string::npos ? outcome : outcome.substr(at + 7, outcome.rfind('}') - at - 7);
}

TEST_F(ItemsOfASpace, TwoEqualItemsAreTwo) {
  const int first = maker.commit("<item <job 1>>");
  const int second = maker.commit("<item <job 1>>");
  EXPECT_LT(maker.id_of(first), maker.id_of(second));

  const int one = taker.commit(take_job, for_good);
  const int two = taker.commit(take_job, for_good);
  EXPECT_EQ(taker.id_of(one), maker.id_of(first));
  EXPECT_EQ(taker.id_of(two), maker.id_of(second));
  EXPECT_EQ(taker.done(take_job, for_good), "empty");
}

TEST_F(ItemsOfASpace, AnItemIsNoFact) {
  TestClient watcher(world.engine());
  watcher.resolve();
  watcher.observe(9, "<bind <_>>", 1);
  (void)watcher.heard();

  (void)maker.done("<item <job 1>>");

  EXPECT_THAT(watcher.heard(), IsEmpty());
  EXPECT_EQ(maker.done("", "{require: [<group <rec job> {}>]}"), "guard-failed");
}

TEST_F(ItemsOfASpace, TheOldestThatMatchesIsTaken) {
  (void)maker.done("<item <job 1>> <item <task 2>> <item <job 3>> <item \"job\">");

  EXPECT_EQ(taken(taker, taker.commit("<take <group <rec job> {0: <lit 3>}>>")), "<job 3>");
  EXPECT_EQ(taken(taker, taker.commit("<take <_>>")), "<job 1>");
  EXPECT_EQ(taken(taker, taker.commit("<take <lit \"job\">>")), "\"job\"");
  EXPECT_EQ(taken(taker, taker.commit("<take <bind <_>>>")), "<task 2>");
  EXPECT_EQ(taken(taker, taker.commit("<take <_>>")), "empty");
}

TEST_F(ItemsOfASpace, ATakenItemIsHiddenUntilItIsAcknowledgedAndThenGone) {
  (void)maker.done("<item <job 1>>");
  const int take = taker.commit(take_job);
  EXPECT_EQ(maker.done(take_job), "empty");
  const std::string ack = "<ack " + std::to_string(taker.id_of(take)) + ">";

  EXPECT_EQ(maker.done(ack), "unknown-item") << "another holds it";
  EXPECT_EQ(world.journal().row_count(), 1U);
  EXPECT_EQ(taker.done(ack), "[#t]");
  EXPECT_EQ(world.journal().row_count(), 0U);
  EXPECT_EQ(taker.done(ack), "unknown-item");
}

TEST_F(ItemsOfASpace, TheEndOfTheSessionReturnsItsItemsToTheirOldPlaces) {
  (void)maker.done("<item <job 1>> <item <job 2>> <item <job 3>>");
  {
    KeeperClient lost(world.engine());
    EXPECT_EQ(taken(lost, lost.commit(take_job)), "<job 1>");
    EXPECT_EQ(taken(lost, lost.commit(take_job)), "<job 2>");
    (void)lost.done("<ack " + std::to_string(lost.id_of(1'001)) + ">");
    lost->close(Cause::session_lost);
  }

  EXPECT_EQ(taken(taker, taker.commit(take_job)), "<job 2>");
  EXPECT_EQ(taken(taker, taker.commit(take_job)), "<job 3>");
}

TEST_F(ItemsOfASpace, RetractingAnAnsweredTakeKeepsTheItemHeld) {
  (void)maker.done("<item <job 1>>");
  const int take = taker.commit(take_job);
  const std::uint64_t id = taker.id_of(take);

  taker.retract(take);

  EXPECT_EQ(maker.done(take_job), "empty");
  EXPECT_EQ(taker.done("<ack " + std::to_string(id) + ">"), "[#t]");
}

TEST_F(ItemsOfASpace, TakeAndActIsOneTurn) {
  (void)maker.done("<item <job 1>>");
  const int take = taker.commit(take_job);
  const std::string id = std::to_string(taker.id_of(take));

  EXPECT_EQ(taker.done("<ack " + id + "> <put <done 1>> <item <next 1>> <ack " + id + ">"),
            "unknown-item");
  EXPECT_THAT(taker.done("<ack " + id + "> <put <done 1>> <item <next 1>>"),
              ::testing::StartsWith("[#t #t "));
}

TEST_F(ItemsOfASpace, ACommitCanTakeWhatItAdds) {
  EXPECT_THAT(maker.done("<item <job 1>> <take <_>> <item <job 2>>", for_good),
              HasSubstr("value: <job 1>"));
  EXPECT_EQ(maker.done("<take <_>> <take <_>> <item <job 3>>"), "empty");
  EXPECT_EQ(taken(taker, taker.commit("<take <_>>")), "<job 2>");
}

// ---- waiting --------------------------------------------------------------------------------

TEST_F(ItemsOfASpace, WhoWaitsIsServedInTheOrderOfArrivalAmongThoseWhosePatternMatches) {
  KeeperClient other(world.engine());
  const int task = taker.commit("<take <group <rec task> {}>>", waiting);
  const int first = taker.commit(take_job, waiting);
  const int second = other.commit(take_job, waiting);

  (void)maker.done("<item <job 1>>");
  EXPECT_EQ(taken(taker, first), "<job 1>");
  EXPECT_EQ(other.answer(second), "");
  (void)maker.done("<item <job 2>> <item <task 3>>");

  EXPECT_EQ(taken(other, second), "<job 2>");
  EXPECT_EQ(taken(taker, task), "<task 3>");
}

TEST_F(ItemsOfASpace, OneItemWakesOneOfAHundred) {
  std::vector<std::unique_ptr<KeeperClient>> all;
  std::vector<int> asked;
  for (int i = 0; i < 100; ++i) {
    all.push_back(std::make_unique<KeeperClient>(world.engine()));
    asked.push_back(all.back()->commit(take_job, waiting));
  }
  const std::uint64_t before = world.engine().counters().turns_applied;

  (void)maker.done("<item <job 1>>");

  EXPECT_EQ(world.engine().counters().turns_applied, before + 2) << "the item, and its taker";
  int told = 0;
  for (int i = 0; i < 100; ++i) told += all[i]->answer(asked[i]).empty() ? 0 : 1;
  EXPECT_EQ(told, 1);
  EXPECT_EQ(taken(*all[0], asked[0]), "<job 1>");
}

TEST_F(ItemsOfASpace, WhoWaitedIsServedOnce) {
  const int first = taker.commit(take_job, waiting);
  (void)maker.commit("<item <job 1>>");

  (void)maker.commit("<item <job 2>>");

  EXPECT_EQ(taken(taker, first), "<job 1>");
  EXPECT_EQ(taken(maker, maker.commit(take_job)), "<job 2>");
}

TEST_F(ItemsOfASpace, WhoComesInTheTurnOfTheItemStandsBehindWhoWaited) {
  const int waited = taker.commit(take_job, waiting);
  const std::string keeper =
      std::to_string(world.engine().open_keeper(maker->session(), maker->space).value());

  maker->say("[[" + keeper + " <A <commit [<item <job 1>>] {} #:[0 77]> 6>] [" + keeper +
             " <A <commit [" + std::string(take_job) + "] {} #:[0 78]> 7>]]");

  EXPECT_EQ(maker.outcome(78), "empty");
  EXPECT_EQ(taken(taker, waited), "<job 1>");
}

TEST_F(ItemsOfASpace, AReturnedItemGoesToWhoWaits) {
  (void)maker.done("<item <job 1>>");
  {
    KeeperClient lost(world.engine());
    (void)lost.done(take_job);
    const int waited = taker.commit(take_job, waiting);
    EXPECT_EQ(taker.answer(waited), "");
    lost->close(Cause::session_lost);
    EXPECT_EQ(taken(taker, waited), "<job 1>");
  }
}

TEST_F(ItemsOfASpace, AfterItsTimeoutATakeTakesNothingEver) {
  const int late = taker.commit(take_job, "{timeout: 100}");
  world.pass(Milliseconds{5});
  world.pass(Milliseconds{100});
  EXPECT_EQ(taker.outcome(late), "empty");

  (void)maker.done("<item <job 1>>");

  EXPECT_EQ(taker.outcome(late), "empty");
  EXPECT_EQ(taken(maker, maker.commit(take_job)), "<job 1>");
}

TEST_F(ItemsOfASpace, WithoutATimeoutATakeOnlyTries) {
  EXPECT_EQ(taker.done(take_job), "empty");
  EXPECT_EQ(taker.done(take_job, "{timeout: 0}"), "empty");
}

TEST_F(ItemsOfASpace, ACancelledTakeLeavesTheItemToTheNext) {
  KeeperClient other(world.engine());
  const int first = taker.commit(take_job, waiting);
  const int second = other.commit(take_job, waiting);
  taker.retract(first);

  (void)maker.done("<item <job 1>>");

  EXPECT_EQ(taken(other, second), "<job 1>");
}

TEST_F(ItemsOfASpace, WhoNeedsTwoWaitsForTwoAndHoldsNoneMeanwhile) {
  const int two = taker.commit(std::string(take_job) + std::string(take_job), waiting);
  (void)maker.done("<item <job 1>>");
  EXPECT_EQ(taker.answer(two), "");
  KeeperClient other(world.engine());
  EXPECT_EQ(taken(other, other.commit(take_job)), "<job 1>");

  (void)maker.done("<item <job 2>> <item <job 3>>");

  EXPECT_THAT(taker.outcome(two), HasSubstr("<job 2>"));
  EXPECT_THAT(taker.outcome(two), HasSubstr("<job 3>"));
}

TEST_F(ItemsOfASpace, WhatCanNeverBeIsSaidAtOnceHoweverLongTheTimeout) {
  EXPECT_EQ(taker.done(std::string(take_job) + "<renew 5>", waiting), "unknown-lease");
}

// ---- lost replies ---------------------------------------------------------------------------

TEST_F(ItemsOfASpace, ARepeatedTurnIdGivesTheSameItem) {
  (void)maker.done("<item <job 1>> <item <job 2>>");
  const std::string options = "{" + turn_id('t', 1) + "}";
  const int first = taker.commit(take_job, options);

  const int again = taker.commit(take_job, options);

  EXPECT_EQ(taker.outcome(again), taker.outcome(first));
  EXPECT_EQ(taker.entry(again, "not-held"), "");
  EXPECT_EQ(taken(maker, maker.commit(take_job)), "<job 2>");
}

TEST_F(ItemsOfASpace, ARepeatedTurnIdHoldsAReturnedItemAgain) {
  (void)maker.done("<item <job 1>>");
  const std::string options = "{" + turn_id('t', 1) + "}";
  {
    KeeperClient lost(world.engine());
    (void)lost.commit(take_job, options);
    lost->close(Cause::session_lost);
  }

  const int again = taker.commit(take_job, options);

  EXPECT_EQ(taken(taker, again), "<job 1>");
  EXPECT_EQ(taker.entry(again, "not-held"), "");
  EXPECT_EQ(maker.done(take_job), "empty");
  EXPECT_EQ(taker.done("<ack " + std::to_string(taker.id_of(again)) + ">"), "[#t]");
}

TEST_F(ItemsOfASpace, ARepeatedTurnIdSaysIfAnotherHasTheItemNow) {
  (void)maker.done("<item <job 1>>");
  const std::string options = "{" + turn_id('t', 1) + "}";
  {
    KeeperClient lost(world.engine());
    (void)lost.commit(take_job, options);
    lost->close(Cause::session_lost);
  }
  const int other = maker.commit(take_job);

  const int again = taker.commit(take_job, options);

  EXPECT_EQ(taker.entry(again, "not-held"), "[" + std::to_string(maker.id_of(other)) + "]");
}

TEST_F(ItemsOfASpace, WhatWasTakenForGoodIsNotMissedInAReplay) {
  (void)maker.done("<item <job 1>>");
  const std::string options = "{ack: #t " + turn_id('t', 1) + "}";
  (void)taker.commit(take_job, options);

  const int again = taker.commit(take_job, options);

  EXPECT_EQ(taker.entry(again, "not-held"), "");
  EXPECT_THAT(taker.outcome(again), HasSubstr("<job 1>"));
}

}  // namespace
}  // namespace avow::server
