#include "avow/client/space.hpp"

#include <future>
#include <gmock/gmock.h>
#include <thread>

#include "tests/unit/client/client_driver.hpp"

// A space through callbacks: what they are told, in which turns what they do goes, and when they
// are called no more.

namespace avow::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Space, TypedCallbacksHearOfFactsAndTheirEnd) {
  ClientDriver driver;
  driver.start_and_open();
  std::vector<std::string> seen;
  const Subscription adds =
      driver.client->on_add<Present>([&](const Present& fact) { seen.push_back("+" + fact.who); });
  driver.world.run();
  driver.tell(snapshot_frame(driver.last_observer(), 30, {sequence("ann")}));
  const Subscription removes =
      driver.client->on_remove<Present>([&](const Present& fact, const Change& change) {
        seen.push_back("-" + fact.who + " " + change.cause);
      });
  driver.world.run();
  driver.tell(snapshot_frame(driver.last_observer(), 30, {sequence("ann")}));

  driver.tell(turn_frame({.by_topic = {disappears(30, 1, Cause::closed)}}));

  EXPECT_THAT(seen, ElementsAre("+ann", "-ann closed"));
  EXPECT_TRUE(adds.is_synced());
}

TEST(Space, WhatDoesNotFitTheTypeIsNotTold) {
  ClientDriver driver;
  driver.start_and_open();
  int count = 0;
  const Subscription adds = driver.client->on_add<Present>([&](const Present&) { ++count; });
  driver.world.run();

  driver.tell(snapshot_frame(driver.last_observer(), 30, {sequence(3), sequence("ann")}));

  EXPECT_EQ(count, 1);
}

TEST(Space, EachCallIsATurnOfItsOwn) {
  ClientDriver driver;
  driver.start_and_open();

  driver.client->hold(Present{"ann"});
  driver.client->hold(Present{"bob"});
  driver.world.run();

  EXPECT_EQ(driver.world.heard.turns.size(), 2u);
}

TEST(Space, AnExplicitTurnIsOne) {
  ClientDriver driver;
  driver.start_and_open();
  Publication ann = driver.client->publish(Present{"ann"});
  std::optional<std::uint64_t> revision;

  driver.client->turn(
      [&](Turn& turn) { turn.hold(Present{"bob"}).send(Present{"message"}).retract(ann); },
      [&](const Result<Receipt>& receipt) { revision = receipt.value().revision(); });
  driver.world.run();
  ASSERT_EQ(driver.world.heard.turns.size(), 2u);
  EXPECT_EQ(driver.world.heard.turns[1].events.size(), 3u);
  driver.tell(receipt_frame(2, 55));

  EXPECT_EQ(revision, 55u);
  EXPECT_FALSE(ann);
}

TEST(Space, WhatCallbacksDoInOneTurnIsOneTurn) {
  ClientDriver driver;
  driver.start_and_open();
  std::vector<Publication> held;
  const Subscription adds = driver.client->on_add<Present>([&](const Present& fact) {
    held.push_back(driver.client->publish(record("seen", fact.who)));
  });
  driver.world.run();
  const std::size_t before = driver.world.heard.turns.size();

  driver.tell(snapshot_frame(driver.last_observer(), 30, {sequence("ann"), sequence("bob")}));

  ASSERT_EQ(driver.world.heard.turns.size(), before + 1);
  EXPECT_EQ(driver.world.heard.turns.back().events.size(), 2u);
}

TEST(Space, TheEndOfAPublicationRetractsIt) {
  ClientDriver driver;
  driver.start_and_open();
  {
    const Publication here = driver.client->publish(Present{"ann"});
    driver.world.run();
  }
  driver.world.run();

  EXPECT_EQ(driver.world.heard.turns.back().events.at(0).kind, wire::EventKind::retract);
}

TEST(Space, AHeldFactStays) {
  ClientDriver driver;
  driver.start_and_open();

  driver.client->publish(Present{"ann"}).hold();
  driver.world.run();

  EXPECT_EQ(driver.world.heard.turns.size(), 1u);
}

TEST(Space, AcceptanceIsToldWheneverItIsAskedFor) {
  ClientDriver driver;
  driver.start_and_open();
  const Publication here = driver.client->publish(Present{"ann"});
  std::vector<std::uint64_t> revisions;
  const auto note = [&](const Result<Receipt>& receipt) {
    revisions.push_back(receipt.value().revision());
  };
  here.accepted(note);
  driver.world.run();
  EXPECT_THAT(revisions, IsEmpty());

  driver.tell(receipt_frame(1, 44));
  here.accepted(note);
  driver.world.run();

  EXPECT_THAT(revisions, ElementsAre(44u, 44u));
}

TEST(Space, ARefusedFactIsReportedIfNobodyWaits) {
  ClientDriver driver;
  driver.start_and_open();
  driver.client->hold(Present{"ann"});
  driver.world.run();

  driver.tell(refusal_frame(1, "quota"));

  ASSERT_EQ(driver.errors.size(), 1u);
  EXPECT_EQ(driver.errors[0].code, "quota");
}

TEST(Space, ARefusedSubscriptionFailsLoudly) {
  ClientDriver driver;
  driver.start_and_open();
  const Subscription adds = driver.client->on_add<Present>([](const Present&) {});
  driver.world.run();

  driver.tell(refusal_frame(1, "quota"));

  ASSERT_EQ(driver.errors.size(), 1u);
  std::string code;
  adds.synced([&](const Result<std::uint64_t>& outcome) { code = outcome.error().code; });
  EXPECT_EQ(code, "quota");
}

TEST(Space, NothingIsToldOnceASubscriptionHasStopped) {
  ClientDriver driver;
  driver.start_and_open();
  int count = 0;
  Subscription adds = driver.client->on_add<Present>([&](const Present&) { ++count; });
  driver.world.run();
  const std::uint64_t observer = driver.last_observer();

  adds.stop();
  // The server has not heard of it yet.
  driver.tell(snapshot_frame(observer, 30, {sequence("ann")}));

  EXPECT_EQ(count, 0);
}

TEST(Space, ASubscriptionMayStopInItsOwnCallback) {
  ClientDriver driver;
  driver.start_and_open();
  std::vector<std::string> seen;
  Subscription adds;
  adds = driver.client->on_add<Present>([&](const Present& fact) {
    adds.stop();
    seen.push_back(fact.who);
  });
  driver.world.run();

  driver.tell(snapshot_frame(driver.last_observer(), 30, {sequence("ann"), sequence("bob")}));

  EXPECT_THAT(seen, ElementsAre("ann"));
}

TEST(Space, StoppingOnAnotherThreadWaitsForTheCallbackThatRuns) {
  ClientDriver driver;
  driver.start_and_open();
  std::promise<void> entered;
  std::promise<void> leave;
  std::atomic<bool> left = false;
  Subscription adds = driver.client->on_add<Present>([&](const Present&) {
    entered.set_value();
    leave.get_future().wait();
    left = true;
  });
  driver.world.run();
  const std::uint64_t observer = driver.last_observer();
  bool left_before_stop_returned = false;

  std::thread stopping([&] {
    entered.get_future().wait();
    leave.set_value();
    adds.stop();
    left_before_stop_returned = left;
  });
  driver.tell(snapshot_frame(observer, 30, {sequence("ann")}));
  stopping.join();

  EXPECT_TRUE(left_before_stop_returned);
}

TEST(Space, ACallbackThatThrowsIsReportedAndOthersGoOn) {
  ClientDriver driver;
  driver.start_and_open();
  int count = 0;
  const Subscription adds = driver.client->on_add<Present>([&](const Present&) {
    if (++count == 1) throw std::runtime_error("oops");
  });
  driver.world.run();

  driver.tell(snapshot_frame(driver.last_observer(), 30, {sequence("ann"), sequence("bob")}));

  EXPECT_EQ(count, 2);
  ASSERT_EQ(driver.errors.size(), 1u);
  EXPECT_EQ(driver.errors[0].code, "callback-failed");
  EXPECT_NE(driver.errors[0].detail.find("oops"), std::string::npos);
}

TEST(Space, WhatOutlivesTheClientDoesNothing) {
  Publication here;
  Subscription adds;
  std::optional<Space> space;
  {
    ClientDriver driver;
    driver.start_and_open();
    here = driver.client->publish(Present{"ann"});
    adds = driver.client->on_add<Present>([](const Present&) {});
    space = *driver.client;
  }
  std::string code;

  here.retract();
  adds.stop();
  space->hold(Present{"bob"});
  space->sync([&](const Result<std::uint64_t>& outcome) { code = outcome.error().code; });

  EXPECT_EQ(code, "closed");
  EXPECT_EQ(space->link().phase, LinkState::Phase::ended);
}

TEST(Space, AVeryLargeReactionBecomesSeveralTurns) {
  ClientDriver driver;
  driver.start_and_open();
  const Subscription adds = driver.client->on_add<Present>(
      [&](const Present& fact) { driver.client->hold(record("seen", fact.who)); });
  driver.world.run();
  const std::size_t before = driver.world.heard.turns.size();
  std::vector<Value> many;
  many.reserve(10'000);
  for (int i = 0; i < 10'000; ++i) many.push_back(sequence(std::to_string(i)));

  driver.tell(snapshot_frame(driver.last_observer(), 30, many));

  EXPECT_GT(driver.world.heard.turns.size(), before + 2);
  EXPECT_EQ(driver.world.heard.published("seen").size(), 10'000u);
}

}  // namespace
}  // namespace avow::test
