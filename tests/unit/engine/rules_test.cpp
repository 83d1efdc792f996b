#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/test_client.hpp"

// What the engine refuses, what it ignores, and what it stops.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::numbers;
using testing::test_options;
using testing::TestClient;

EngineOptions with_limits(const EngineLimits& limits) {
  EngineOptions options = test_options();
  options.limits = limits;
  return options;
}

TEST(EngineRules, AHandleUsedTwiceEndsTheSessionAndNothingOfTheTurnTakesEffect) {
  Engine engine(test_options());
  TestClient client(engine);
  TestClient watcher(engine);
  watcher.resolve();
  watcher.observe(9, numbers, 1);
  client.resolve();

  client.say("[[% <A <n 1> 5>] [% <A <n 2> 5>]]");

  ASSERT_TRUE(client.end);
  EXPECT_EQ(client.end->code, "handle-in-use");
  EXPECT_THAT(watcher.heard(), IsEmpty());
  EXPECT_EQ(engine.session_count(), 1U);
}

TEST(EngineRules, AHandleIsFreeAfterItsRetractionInTheSameTurn) {
  Engine engine(test_options());
  TestClient client(engine);
  client.resolve();
  client.observe(9, numbers, 1);
  client.say("[[% <A <n 1> 5>]]");

  client.say("[[% <R 5>] [% <A <n 2> 5>] [% <R 5>] [% <A <n 3> 5>]]");
  client.say("[[% <R 5>]]");

  EXPECT_THAT(client.heard(), ElementsAre("9 + [1]", "9 + [3]", "9 -", "9 -"));
  EXPECT_FALSE(client.end);
}

TEST(EngineRules, AnIgnoredAssertionLeavesItsHandleFree) {
  Engine engine(test_options());
  TestClient client(engine);
  client.resolve();
  client.observe(9, numbers, 1);

  client.say("[[4711 <A <n 1> 5>]]");
  client.say("[[% <A <n 2> 5>]]");

  EXPECT_THAT(client.heard(), ElementsAre("9 + [2]"));
}

TEST(EngineRules, AReferenceInAnIgnoredAssertionIsNotHeld) {
  Engine engine(test_options());
  TestClient client(engine);
  client.resolve();

  client.say("[[4711 <A <x #:[0 77]> 5>]]");
  client.say("[[% <M <x #:[0 77]>>]]");

  EXPECT_TRUE(client.end);
}

TEST(EngineRules, OverItsLimitASessionIsRefusedNotEnded) {
  EngineLimits limits;
  limits.session_facts_max = 2;
  Engine engine(with_limits(limits));
  TestClient client(engine);
  client.resolve();
  client.say("[[% <A <n 1> 5>]]");

  const Receipt refused = client.ask("[[% <A <n 2> 6>]]");
  const Receipt replaced = client.ask("[[% <R 5>] [% <A <n 3> 7>]]");

  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->code, "quota");
  EXPECT_FALSE(replaced.error);
  EXPECT_FALSE(client.end);
}

TEST(EngineRules, SubscriptionsAndBytesAreLimitedToo) {
  EngineLimits limits;
  limits.session_subscriptions_max = 1;
  limits.session_bytes_max = 300;
  Engine engine(with_limits(limits));
  TestClient client(engine);
  client.resolve();

  client.observe(9, numbers, 5);
  client.observe(10, numbers, 6);
  ASSERT_EQ(client.receipts.size(), 1U);
  EXPECT_EQ(client.receipts[0].error->code, "quota");

  const Receipt large = client.ask("[[% <A \"" + std::string(300, 'x') + "\" 7>]]");
  EXPECT_EQ(large.error->code, "quota");
}

TEST(EngineRules, ATurnWithTooManyEventsIsRefused) {
  EngineLimits limits;
  limits.turn_events_max = 2;
  Engine engine(with_limits(limits));
  TestClient client(engine);
  client.resolve();

  const Receipt refused = client.ask("[[% <M 1>] [% <M 2>] [% <M 3>]]");

  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->code, "limit");
  EXPECT_FALSE(client.ask("[[% <M 1>] [% <M 2>]]").error);
}

TEST(EngineRules, AnObserverWithOptionsIsToldWhatIsWrongAsLongAsItAsks) {
  Engine engine(test_options());
  TestClient client(engine);
  client.resolve();

  client.say("[[% <A <Observe <bogus> #:[0 9] {}> 5>]]");
  const std::vector<std::string> told = client.heard();
  client.say("[[% <R 5>]]");

  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].starts_with("9 + <error {")) << told[0];
  EXPECT_THAT(client.heard(), ElementsAre("9 -"));
}

TEST(EngineRules, ShapesAreLimitedWhenTheyAreObserved) {
  EngineLimits limits;
  limits.shapes_per_label_max = 1;
  Engine engine(with_limits(limits));
  TestClient client(engine);
  client.resolve();
  client.observe(9, "<group <rec n> {0: <lit 1>}>", 5);

  client.say("[[% <A <Observe <group <rec n> {1: <lit 1>}> #:[0 10] {}> 6>]]");
  EXPECT_THAT(client.heard_at(10), ElementsAre(::testing::HasSubstr("limit")));

  client.observe(11, "<group <rec n> {1: <lit 1>}>", 7);
  EXPECT_TRUE(client.end) << "nobody could be told";
}

TEST(EngineRules, AnObserverThatFeedsItselfIsStopped) {
  Engine engine(test_options());
  TestClient client(engine);
  client.resolve();

  client.say("[[% <A <Observe <bind <_>> #:[1 %]> 5>]]");
  client.say("[[% <A <n 1> 6>] [% <M <n 2>>]]");

  EXPECT_GT(engine.counters().echoes_dropped, 0U);
  client.say("[[% <R 5>] [% <R 6>]]");
  ASSERT_EQ(engine.spaces().size(), 1U);
  EXPECT_EQ(engine.spaces()[0].facts, 0U) << "what it said goes with it";
}

TEST(EngineRules, WhatFeedsOnItselfInManyWaysIsStoppedByItsAmount) {
  EngineLimits limits;
  limits.echoes_max = 1'000;
  Engine engine(with_limits(limits));
  TestClient client(engine);
  client.resolve();
  for (int i = 0; i < 4; ++i) {
    client.say("[[% <A <Observe <bind <_>> #:[1 % <rewrite <bind <_>> <arr [<lit " +
               std::to_string(i) + "> <ref 0>]>>]> " + std::to_string(10 + i) + ">]]");
  }

  client.say("[[% <M <n 1>>]]");

  EXPECT_GT(engine.counters().echoes_dropped, 0U);
  EXPECT_LT(engine.counters().deliveries, 50'000U);
}

TEST(EngineRules, TheEndOfTheAskerEndsWhatItsObserversSaidInside) {
  Engine engine(test_options());
  TestClient stays(engine);
  stays.resolve();
  {
    TestClient client(engine);
    client.resolve();
    client.say("[[% <A <Observe <group <rec n> {0: <bind <_>>}> #:[1 %]> 5>]]");
    stays.say("[[% <A <n 1> 6>]]");
    EXPECT_EQ(engine.spaces()[0].facts, 3U) << "the interest, the fact, and what was captured";
  }

  EXPECT_EQ(engine.spaces()[0].facts, 1U);
}

}  // namespace
}  // namespace avow::server
