
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "avow/model/builder.hpp"
#include "tests/unit/engine/keeper_world.hpp"

// What the system space tells of sessions and spaces, to whoever may look.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::KeeperClient;
using testing::KeeperWorld;
using testing::sample;
using testing::system_reference;
using testing::TestClient;
using ::testing::UnorderedElementsAre;

// A record of so many fields, each captured.
std::string fields(std::string_view label, int count) {
  std::string pattern = "<group <rec " + std::string(label) + "> {";
  for (int i = 0; i < count; ++i) pattern += std::to_string(i) + ": <bind <_>> ";
  return pattern + "}>";
}

std::string number(const TestClient& client) { return std::to_string(number_of(client.session())); }

class Introspection : public ::testing::Test {
 protected:
  Introspection() {
    world.journal().commit_at_once();
    world.pass(Milliseconds{1'000});
    watcher.resolve(system_reference());
    ann.resolve();
  }

  void look() { world.pass(sample); }

  KeeperWorld world;
  TestClient watcher{world.engine()};
  TestClient ann{world.engine()};
};

TEST_F(Introspection, SessionsComeAndGoWithinAQuarterOfASecond) {
  watcher.observe(9, fields("session", 4), 1);
  EXPECT_THAT(watcher.heard(), IsEmpty());
  look();
  const std::string here = " test \"here\" 0]";
  EXPECT_THAT(watcher.heard(),
              UnorderedElementsAre("9 + [" + number(watcher) + here, "9 + [" + number(ann) + here));

  ann.close(Cause::closed);
  EXPECT_THAT(watcher.heard(), IsEmpty());
  look();
  EXPECT_THAT(watcher.heard(), ElementsAre("9 -"));
  TestClient bob(world.engine());
  look();

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [" + number(bob) + " test \"here\" 1500]"));
}

TEST_F(Introspection, SubscriptionsAreToldWithTheirPatternsAndBeginnings) {
  ann.observe(5, "<group <rec price> {0: <lit \"tea\">}>", 5);
  watcher.observe(9,
                  "<group <rec subscription> {1: <lit \"main\"> 0: <bind <_>> 2: <bind <_>> "
                  "3: <bind <_>>}>",
                  1);
  look();
  EXPECT_THAT(watcher.heard(),
              ElementsAre("9 + [" + number(ann) + " <group <rec price> {0: <lit \"tea\">}> 1000]"));

  ann.say("[[% <R 5>]]");
  look();

  EXPECT_THAT(watcher.heard(), ElementsAre("9 -"));
}

TEST_F(Introspection, APatternThatNamesAReferenceGivesNobodyTheReference) {
  ann.say("[[% <A <Observe <group <rec n> {0: <lit #:[0 3]>}> #:[0 5]> 5>]]");
  watcher.observe(9, "<group <rec subscription> {1: <lit \"main\"> 2: <bind <_>>}>", 1);
  look();

  const std::vector<std::string> heard = watcher.heard();
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_TRUE(heard[0].starts_with("9 + [\"<group <rec n>")) << heard[0];
}

TEST_F(Introspection, WhatIsNotInForceIsNoSubscription) {
  ann.say("[[% <A <Observe <group <rec n> {}> #:[0 5] {unknown: #t}> 5>]]");
  watcher.observe(9, fields("subscription", 2), 1);
  look();

  for (const std::string& heard : watcher.heard()) {
    EXPECT_EQ(heard.find(number(ann)), std::string::npos) << heard;
  }
}

TEST_F(Introspection, WhoWaitsForItemsIsToldUntilItHasOne) {
  KeeperClient taker(world.engine());
  watcher.observe(9, fields("waiting", 4), 1);
  (void)taker.commit("<take <group <rec job> {}>>", "{timeout: 60000}");
  look();
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [" + number(taker.client()) +
                                           " \"main\" [<group <rec job> {}>] 1000]"));

  (void)KeeperClient(world.engine()).done("<item <job 1>>");
  look();

  EXPECT_THAT(watcher.heard(), ElementsAre("9 -"));
}

TEST_F(Introspection, WhatWaitsForAClientIsAGauge) {
  ann.port_status.waiting_bytes = 100;
  ann.port_status.waiting_packets = 2;
  watcher.observe(9, fields("queue", 3), 1);
  look();
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [" + number(ann) + " 100 2]"));

  ann.port_status.waiting_bytes = 200;
  world.pass(sample - Milliseconds{1});
  EXPECT_THAT(watcher.heard(), IsEmpty()) << "at most four times a second";
  world.pass(Milliseconds{1});
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [" + number(ann) + " 200 2]", "9 -"));

  ann.port_status.waiting_packets = 0;
  look();
  EXPECT_THAT(watcher.heard(), ElementsAre("9 -"));
}

TEST_F(Introspection, HowFarASpaceRemembersIsTold) {
  watcher.observe(9, fields("changes", 2), 1);
  look();
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [\"main\" 0]"));

  (void)ann.ask("[[% <A <n 1> 1>]]");
  look();

  EXPECT_THAT(watcher.heard(), IsEmpty());
}

TEST_F(Introspection, WhatTheWatchersAreToldIsNoNews) {
  watcher.port_status.waiting_packets = 7;
  watcher.port_status.waiting_bytes = 70;
  watcher.observe(9, fields("queue", 3), 1);
  look();
  EXPECT_THAT(watcher.heard(), IsEmpty());

  const std::uint64_t seq = world.engine().seq();
  for (int i = 0; i < 10; ++i) {
    watcher.port_status.waiting_bytes += 1'000;
    look();
  }

  EXPECT_EQ(world.engine().seq(), seq) << "no turn feeds itself";
}

TEST_F(Introspection, NobodyLooksWhereNobodyObserves) {
  const auto facts = [this] {
    for (const SpaceStatus& space : world.engine().spaces()) {
      if (space.name == "avow.system") return space.facts;
    }
    return std::uint64_t{0};
  };
  watcher.observe(9, fields("history", 3), 1);
  look();
  EXPECT_EQ(facts(), 2U) << "the history, and who observes it";

  watcher.observe(10, fields("session", 1), 2);
  look();
  EXPECT_EQ(facts(), 8U) << "two sessions, the floor of `main`, and what the watcher observes";
  watcher.say("[[% <R 2>]]");
  look();

  EXPECT_EQ(facts(), 2U);
}

TEST_F(Introspection, WhoObservesEverythingIsToldOfSessionsToo) {
  watcher.observe(9, "<bind <_>>", 1);
  (void)watcher.heard();
  look();

  EXPECT_THAT(watcher.heard(),
              ::testing::Contains("9 + [<session " + number(ann) + " test \"here\" 0>]"));
}

TEST(IntrospectionOfMany, TellsHowManyFactsAreLeftOut) {
  EngineOptions few = testing::test_options();
  few.limits.session_facts_told_max = 3;
  KeeperWorld world(few);
  TestClient watcher(world.engine());
  watcher.resolve(system_reference());
  watcher.observe(9, fields("left-out", 1), 1);
  watcher.observe(10, fields("session", 1), 2);
  world.pass(sample);
  (void)watcher.heard_at(9);
  TestClient ann(world.engine());
  ann.resolve();
  for (int i = 0; i < 5; ++i) ann.observe(10 + i, fields("n", i + 1), 10 + i);

  world.pass(sample);

  EXPECT_THAT(watcher.heard_at(10), ::testing::SizeIs(2)) << "sessions come first";
  EXPECT_EQ(watcher.told.back().kind, OutboundKind::publish);
  EXPECT_EQ(watcher.heard_at(9).back(), "9 + [7]");
}

TEST_F(Introspection, ANewSystemSpaceIsToldAnew) {
  watcher.observe(9, fields("session", 1), 1);
  look();
  watcher.close(Cause::closed);
  look();

  TestClient other(world.engine());
  other.resolve(system_reference());
  other.observe(9, fields("session", 1), 1);
  look();

  EXPECT_THAT(other.heard(),
              UnorderedElementsAre("9 + [" + number(ann) + "]", "9 + [" + number(other) + "]"));
}

}  // namespace
}  // namespace avow::server
