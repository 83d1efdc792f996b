#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "avow/model/builder.hpp"
#include "tests/unit/engine/test_client.hpp"

// What a turn comes to: for whom, in which order, in which revision.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::numbers;
using testing::test_options;
using testing::TestClient;

struct Turns : ::testing::Test {
  Turns() {
    watcher.resolve();
    client.resolve();
  }

  Engine engine{test_options()};
  TestClient watcher{engine};
  TestClient client{engine};
};

TEST_F(Turns, AnObserverIsToldWhatAppearsAndDisappears) {
  watcher.observe(9, numbers, 1);

  client.say("[[% <A <n 1> 5>]]");
  client.say("[[% <R 5>]]");

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]", "9 -"));
  EXPECT_EQ(watcher.told[1].handle, watcher.told[2].handle);
  EXPECT_EQ(watcher.told[2].cause, Cause::retracted);
}

TEST_F(Turns, WhatWentIsInTheContentIfAnyObserverIsToldIt) {
  TestClient other{engine};
  other.hears_all_that_went = true;
  other.resolve();
  const auto bytes_of_a_removal = [&] {
    client.say("[[% <A <n 1> 5>]]");
    client.say("[[% <R 5>]]");
    EXPECT_EQ(watcher.told.back().kind, OutboundKind::retract);
    return watcher.told.back().capture_bytes;
  };
  watcher.observe(9, numbers, 1);
  EXPECT_EQ(bytes_of_a_removal(), 0u);

  other.observe(9, numbers, 1);
  EXPECT_GT(bytes_of_a_removal(), 0u);

  other.say("[[% <R 1>]]");
  EXPECT_EQ(bytes_of_a_removal(), 0u);
}

TEST_F(Turns, ASnapshotComesInTheTurnOfTheObserve) {
  client.say("[[% <A <n 1> 5>] [% <A <n 2> 6>]]");

  watcher.observe(9, numbers, 1);

  EXPECT_THAT(watcher.heard(), ::testing::UnorderedElementsAre("9 + [1]", "9 + [2]"));
  EXPECT_EQ(watcher.turn_sizes.back(), 2U);
}

TEST_F(Turns, AppearancesComeBeforeMessagesAndTheseBeforeDisappearances) {
  client.say("[[% <A <n 0> 5>]]");
  watcher.observe(9, numbers, 1);
  (void)watcher.heard();

  client.say("[[% <R 5>] [% <M <n 1>>] [% <A <n 2> 6>]]");

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [2]", "9 ! [1]", "9 -"));
}

TEST_F(Turns, WhatComesAndGoesWithinATurnIsToldToNobody) {
  watcher.observe(9, numbers, 1);

  client.say("[[% <A <n 1> 5>] [% <R 5>]]");

  EXPECT_THAT(watcher.heard(), IsEmpty());
}

TEST_F(Turns, AnAnswerToASyncComesLast) {
  client.observe(9, numbers, 1);

  client.say("[[% <S #:[0 77]>] [% <A <n 1> 5>] [0 <S #:[0 78]>]]");

  EXPECT_THAT(client.heard(), ElementsAre("9 + [1]", "77 = #t", "78 = #t"));
  EXPECT_EQ(client.turn_sizes.back(), 3U);
}

TEST_F(Turns, EveryTurnThatTouchesASpaceTakesOneRevision) {
  const Receipt first = client.ask("[[% <A <n 1> 5>] [% <A <n 2> 6>]]");
  const Receipt message = client.ask("[[% <M <n 3>>]]");
  const Receipt retraction = client.ask("[[% <R 5>]]");

  ASSERT_EQ(first.revisions.size(), 1U);
  EXPECT_EQ(message.revisions[0].revision, first.revisions[0].revision + 1);
  EXPECT_EQ(retraction.revisions[0].revision, first.revisions[0].revision + 2);
  EXPECT_EQ(retraction.seq, first.seq + 2);
}

TEST_F(Turns, ATurnOfIgnoredEventsTakesNoRevision) {
  const Receipt before = client.ask("[[% <A <n 1> 5>]]");

  const Receipt ignored = client.ask("[[4711 <A <n 2> 6>] [% <R 99>] [4711 <M <n 3>>]]");
  const Receipt after = client.ask("[[% <R 5>]]");

  EXPECT_FALSE(ignored.error);
  EXPECT_THAT(ignored.revisions, IsEmpty());
  EXPECT_EQ(after.revisions[0].revision, before.revisions[0].revision + 1);
}

TEST_F(Turns, TheReceiptTellsHowManyObserversAMessageReached) {
  watcher.observe(9, numbers, 1);
  watcher.observe(10, "<group <rec n> {0: <lit 1>}>", 2);
  client.observe(9, numbers, 3);

  EXPECT_EQ(client.ask("[[% <M <n 1>>]]").messages_reached, 3U);
  EXPECT_EQ(client.ask("[[% <M <n 2>>]]").messages_reached, 2U);
  EXPECT_EQ(client.ask("[[% <M <m 2>>]]").messages_reached, 0U);
}

TEST_F(Turns, ATurnThatTouchesTwoSpacesIsOneTurnInBoth) {
  const std::string orders =
      to_text(SturdyReference::mint({}, record("space", "orders")).to_value());
  const std::int64_t first = watcher.resolve();
  watcher.observe(9, numbers, 1);
  const std::int64_t second = watcher.resolve(orders);
  watcher.observe(10, numbers, 2);

  watcher.say("[[" + std::to_string(first) + " <A <n 1> 5>] [" + std::to_string(second) +
              " <A <n 2> 6>]]");

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]", "10 + [2]"));
  EXPECT_EQ(watcher.turn_sizes.back(), 2U);
}

TEST_F(Turns, TheEndOfASessionTakesAllItsFactsInOneTurn) {
  client.say("[[% <A <n 1> 5>] [% <A <n 2> 6>]]");
  client.say("[[% <A <n 3> 7>]]");
  watcher.observe(9, numbers, 1);
  (void)watcher.heard();

  client.close(Cause::session_lost);

  EXPECT_THAT(watcher.heard(), ElementsAre("9 -", "9 -", "9 -"));
  EXPECT_EQ(watcher.turn_sizes.back(), 3U);
  EXPECT_EQ(watcher.told.back().cause, Cause::session_lost);
}

TEST_F(Turns, ASecondObserverOfTheSameTopicHasHandlesOfItsOwn) {
  watcher.observe(9, numbers, 1);
  watcher.observe(10, numbers, 2);

  client.say("[[% <A <n 1> 5>]]");
  client.say("[[% <R 5>]]");

  ASSERT_THAT(watcher.heard(), ElementsAre("9 + [1]", "10 + [1]", "9 -", "10 -"));
  const std::size_t at = watcher.told.size() - 4;
  EXPECT_NE(watcher.told[at].handle, watcher.told[at + 1].handle);
  EXPECT_EQ(watcher.told[at].handle, watcher.told[at + 2].handle);
  EXPECT_EQ(watcher.told[at + 1].handle, watcher.told[at + 3].handle);
  EXPECT_FALSE(watcher.told[at].by_topic);
}

TEST_F(Turns, AnObserverThatTakesAnothersPlaceInOneTurnNeverUsesItsHandles) {
  client.say("[[% <A <n 1> 5>]]");
  watcher.observe(9, numbers, 1);
  const std::uint64_t first = watcher.told.back().handle;

  watcher.say("[[% <R 1>] [% <A <Observe " + std::string(numbers) + " #:[0 10]> 2>]]");

  ASSERT_THAT(watcher.heard(), ElementsAre("9 + [1]", "10 + [1]", "9 -"));
  EXPECT_NE(watcher.told[watcher.told.size() - 2].handle, first);
  EXPECT_EQ(watcher.told.back().handle, first);
}

TEST_F(Turns, ASoleObserverIsToldByTopic) {
  watcher.observe(9, numbers, 1);

  client.say("[[% <A <n 1> 5>]]");

  ASSERT_EQ(watcher.topics.size(), 1U);
  EXPECT_TRUE(watcher.topics[0].began);
  EXPECT_EQ(watcher.topics[0].observer, wire::Number(9));
  EXPECT_TRUE(watcher.told.back().by_topic);
}

// The table of handles moves while a turn is checked.
TEST_F(Turns, HandlesAreKeptApartHoweverManyComeAndGo) {
  watcher.observe(9, numbers, 1);

  for (int turn = 0; turn < 2'000; ++turn) {
    std::string packet = "[";
    for (const int n : {2 * turn, 2 * turn + 1}) {
      packet += "[% <A <n " + std::to_string(n) + "> " + std::to_string(n) + ">] ";
      if (n >= 100) packet += "[% <R " + std::to_string(n - 100) + ">] ";
    }
    client.say(packet + "]");
  }

  std::vector<std::uint64_t> appeared;
  std::vector<std::uint64_t> disappeared;
  for (const testing::Told& one : watcher.told) {
    if (one.kind == OutboundKind::publish && one.oid == 9) appeared.push_back(one.handle);
    if (one.kind == OutboundKind::retract) disappeared.push_back(one.handle);
  }
  ASSERT_EQ(appeared.size(), 4'000U);
  appeared.resize(3'900);
  EXPECT_EQ(disappeared, appeared) << "in the order in which they came";
}

TEST_F(Turns, InterestsCanBeObserved) {
  watcher.observe(9, "<group <rec Observe> {0: <group <rec group> {0: <bind <_>>}>}>", 1);
  (void)watcher.heard();

  client.observe(8, numbers, 1);

  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [<rec n>]"));
}

}  // namespace
}  // namespace avow::server
