#include <gmock/gmock.h>

#include "tests/unit/client/client_driver.hpp"

// Facets: what is begun on behalf of a fact ends with it.

namespace avow::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Room {
  static constexpr Label label = "room";
  std::string name;
};

TEST(Facets, BeginWithTheFactAndStopWithIt) {
  ClientDriver driver;
  driver.start_and_open();
  std::vector<std::string> seen;
  const Subscription during =
      driver.client->during<Present>([&](const Present& fact, Facet& facet) {
        seen.push_back("+" + fact.who);
        facet.on_stop([&seen, who = fact.who] { seen.push_back("-" + who); });
      });
  driver.world.run();
  driver.tell(snapshot_frame(driver.last_observer(), 30, {sequence("ann"), sequence("bob")}));

  driver.tell(turn_frame({.by_topic = {disappears(30, 1, Cause::retracted)}}));

  EXPECT_THAT(seen, ElementsAre("+ann", "+bob", "-ann"));
}

TEST(Facets, WhatTheyPublishedGoesInOneTurn) {
  ClientDriver driver;
  driver.start_and_open();
  const Subscription during =
      driver.client->during<Present>([&](const Present& fact, Facet& facet) {
        facet.publish(record("greets", fact.who));
        facet.publish(record("waves", fact.who));
      });
  driver.world.run();
  driver.tell(snapshot_frame(driver.last_observer(), 30, {sequence("ann")}));
  const std::size_t before = driver.world.heard.turns.size();

  driver.tell(turn_frame({.by_topic = {disappears(30, 1, Cause::retracted)}}));

  ASSERT_EQ(driver.world.heard.turns.size(), before + 1);
  EXPECT_EQ(driver.world.heard.turns.back().events.size(), 2u);
}

TEST(Facets, NestedOnesStopFirst) {
  ClientDriver driver;
  driver.start_and_open();
  std::vector<std::string> seen;
  const Subscription during = driver.client->during<Room>([&](const Room& room, Facet& facet) {
    facet.on_stop([&seen, name = room.name] { seen.push_back("-room " + name); });
    facet.during<Present>([&seen](const Present& fact, Facet& inner) {
      seen.push_back("+" + fact.who);
      inner.on_stop([&seen, who = fact.who] { seen.push_back("-" + who); });
      inner.publish(record("greets", fact.who));
    });
  });
  driver.world.run();
  driver.tell(snapshot_frame(driver.last_observer(), 30, {sequence("lobby")}));
  driver.tell(snapshot_frame(driver.last_observer(), 31, {sequence("ann")}));
  const std::size_t before = driver.world.heard.turns.size();

  driver.tell(turn_frame({.by_topic = {disappears(30, 1, Cause::retracted)}}));

  EXPECT_THAT(seen, ElementsAre("+ann", "-ann", "-room lobby"));
  ASSERT_EQ(driver.world.heard.turns.size(), before + 1);
  EXPECT_EQ(driver.world.heard.turns.back().events.size(), 2u) << "the fact and the interest";
}

TEST(Facets, TheLastThatWasToBeDoneIsDoneFirst) {
  ClientDriver driver;
  driver.start_and_open();
  std::vector<int> order;
  Subscription during = driver.client->during<Present>([&](const Present&, Facet& facet) {
    facet.on_stop([&order] { order.push_back(1); });
    facet.on_stop([&order] { order.push_back(2); });
  });
  driver.world.run();
  driver.tell(snapshot_frame(driver.last_observer(), 30, {sequence("ann")}));

  during.stop();

  EXPECT_THAT(order, ElementsAre(2, 1));
}

TEST(Facets, StopWithTheirSubscriptionBeforeItsStopReturns) {
  ClientDriver driver;
  driver.start_and_open();
  std::vector<std::string> seen;
  Subscription during = driver.client->during<Present>([&](const Present& fact, Facet& facet) {
    facet.on_stop([&seen, who = fact.who] { seen.push_back(who); });
  });
  driver.world.run();
  driver.tell(snapshot_frame(driver.last_observer(), 30, {sequence("ann"), sequence("bob")}));

  during.stop();

  EXPECT_THAT(seen, testing::UnorderedElementsAre("ann", "bob"));
}

TEST(Facets, StopWithTheClient) {
  ClientDriver driver;
  driver.start_and_open();
  int stopped = 0;
  const Subscription during = driver.client->during<Present>(
      [&](const Present&, Facet& facet) { facet.on_stop([&stopped] { ++stopped; }); });
  driver.world.run();
  driver.tell(snapshot_frame(driver.last_observer(), 30, {sequence("ann")}));

  driver.client->close();

  EXPECT_EQ(stopped, 1);
}

TEST(Facets, StandWhileTheLinkIsDownAndStopIfTheFactIsGoneAfterwards) {
  ClientDriver driver;
  driver.start_and_open();
  std::vector<std::string> seen;
  const Subscription during =
      driver.client->during<Present>([&](const Present& fact, Facet& facet) {
        seen.push_back("+" + fact.who);
        facet.on_stop([&seen, who = fact.who] { seen.push_back("-" + who); });
      });
  driver.world.run();
  driver.tell(snapshot_frame(driver.last_observer(), 30, {sequence("ann"), sequence("bob")}));
  seen.clear();

  driver.world.connection->lose();
  driver.world.pass(Milliseconds(500));
  EXPECT_THAT(seen, IsEmpty());
  driver.open();
  driver.tell(resync_frame(driver.last_observer(), 31, {sequence("bob"), sequence("cid")}, 90));

  EXPECT_THAT(seen, ElementsAre("+cid", "-ann"));
  EXPECT_TRUE(during.is_synced());
}

TEST(Facets, ABodyMayEndItsWholeSubscription) {
  ClientDriver driver;
  driver.start_and_open();
  int begun = 0;
  int stopped = 0;
  Subscription during;
  during = driver.client->during<Present>([&](const Present&, Facet& facet) {
    ++begun;
    facet.on_stop([&stopped] { ++stopped; });
    during.stop();
  });
  driver.world.run();

  driver.tell(snapshot_frame(driver.last_observer(), 30, {sequence("ann"), sequence("bob")}));

  EXPECT_EQ(begun, 1);
  EXPECT_EQ(stopped, 1);
}

}  // namespace
}  // namespace avow::test
