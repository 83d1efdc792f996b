#include <gmock/gmock.h>

#include "avow/client/relay.hpp"
#include "tests/unit/client/relay_driver.hpp"

// A relay over lost connections: everything wanted is said again, and only true differences are
// told.

namespace avow::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(RelayReconnect, WhatWasWantedWithoutALinkIsSaidWhenThereIsOne) {
  RelayDriver driver;
  driver.submit({{Part::Publish{1, present("ann")}}}, {2});
  driver.submit({{Part::Observe{3, present_query()}}});

  driver.connect();
  driver.tell(receipt_frame(1, 20));

  EXPECT_THAT(driver.heard.published("present"), ElementsAre(1u));
  EXPECT_THAT(driver.heard.published("Observe"), ElementsAre(3u));
  ASSERT_EQ(driver.all<Notice::Answered>().size(), 1u);
  EXPECT_EQ(driver.all<Notice::Answered>()[0].outcome.value().revision(), 20u);
}

TEST(RelayReconnect, FactsAreSaidAgainBeforeSubscriptions) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Observe{1, present_query()}}});
  driver.submit({{Part::Publish{2, present("ann")}}});
  driver.submit({{Part::Publish{3, present("bob")}}});
  driver.submit({{Part::Retract{3}}});
  driver.disconnect();
  driver.heard = {};

  driver.connect();

  ASSERT_EQ(driver.heard.turns.size(), 1u);
  ASSERT_EQ(driver.heard.turns[0].events.size(), 2u);
  EXPECT_EQ(driver.heard.turns[0].number, 1u) << "turns are numbered anew";
  EXPECT_EQ(driver.heard.turns[0].events[0].handle, 2u);
  EXPECT_EQ(driver.heard.turns[0].events[1].handle, 1u);
}

TEST(RelayReconnect, OnlyTrueDifferencesAreTold) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Observe{4, present_query()}}});
  driver.tell(snapshot_frame(4, 30, {sequence("ann"), sequence("bob")}, 12));
  driver.notices.clear();

  driver.disconnect();
  EXPECT_THAT(driver.changes(4), IsEmpty()) << "what was told stands while the link is down";
  driver.connect();
  driver.tell(resync_frame(4, 31, {sequence("cid"), sequence("bob")}, 90));

  EXPECT_THAT(driver.changes(4), ElementsAre("+ [\"cid\"]", "- [\"ann\"] unseen"));
}

TEST(RelayReconnect, ChangesBeforeTheNewSnapshotIsCompleteCountToo) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Observe{4, present_query()}}});
  driver.tell(snapshot_frame(4, 30, {sequence("ann"), sequence("bob")}, 12));
  driver.disconnect();
  driver.connect();
  driver.notices.clear();

  wire::native::SessionPart subscribed;
  subscribed.subscribed = {{4, 31, space_number}};
  subscribed.gaps = {{.observer = 4, .space = space_number, .resync = true}};
  driver.tell(turn_frame({.part = subscribed, .by_entity = {appears(4, 7, sequence("ann"))}}));
  driver.tell(turn_frame({.by_topic = {disappears(31, 7, Cause::retracted)}}));
  wire::native::SessionPart synced;
  synced.synced = {{4, space_number, 40}};
  driver.tell(turn_frame({.part = synced, .by_entity = {appears(4, 8, sequence("bob"))}}));

  EXPECT_THAT(driver.changes(4), ElementsAre("- [\"ann\"] retracted"));
}

TEST(RelayReconnect, ASubscriptionMadeWhileOthersAreBeingSaidAgainIsNotLost) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Observe{4, present_query()}}});
  driver.tell(snapshot_frame(4, 30, {}));
  driver.disconnect();
  driver.heard = {};

  // One before the connection, one between greeting and opening, one after.
  driver.submit({{Part::Observe{5, present_query()}}});
  driver.relay.connected(Value());
  driver.tell(frame_of({hello()}));
  driver.submit({{Part::Observe{6, present_query()}}});
  driver.tell(frame_of({opened()}));
  driver.submit({{Part::Observe{7, present_query()}}});

  EXPECT_THAT(driver.heard.published("Observe"), ElementsAre(4u, 5u, 6u, 7u));
}

TEST(RelayReconnect, ASubscriptionWithdrawnWithoutALinkIsNotSaidAgain) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Observe{4, present_query()}}});
  driver.submit({{Part::Publish{5, present("ann")}}});
  driver.disconnect();
  driver.heard = {};

  driver.submit({{Part::Unobserve{4}}});
  driver.submit({{Part::Retract{5}}});
  driver.connect();

  EXPECT_THAT(driver.heard.turns, IsEmpty());
}

TEST(RelayReconnect, SyncedIsToldOnce) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Observe{4, present_query()}}});
  driver.tell(snapshot_frame(4, 30, {}, 12));
  driver.disconnect();
  driver.connect();

  driver.tell(snapshot_frame(4, 31, {}, 90));

  EXPECT_THAT(driver.changes(4), ElementsAre("= 12"));
}

TEST(RelayReconnect, AMessageOnItsWayHasAnUnknownOutcome) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Send{present("ann")}}}, {2});

  driver.disconnect();

  EXPECT_EQ(driver.all<Notice::Answered>().at(0).outcome.error().code, "outcome-unknown");
}

TEST(RelayReconnect, APublicationOnItsWayIsSettledByTheNextConnection) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Publish{1, present("ann")}}}, {2});
  driver.disconnect();
  EXPECT_THAT(driver.all<Notice::Answered>(), IsEmpty());

  driver.connect();
  driver.tell(receipt_frame(1, 30));

  EXPECT_EQ(driver.all<Notice::Settled>().at(0).outcome.value().revision(), 30u);
  EXPECT_EQ(driver.all<Notice::Answered>().at(0).outcome.value().revision(), 30u);
}

TEST(RelayReconnect, APublicationIsSettledOnlyOnce) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Publish{1, present("ann")}}});
  driver.tell(receipt_frame(1, 20));
  driver.disconnect();
  driver.connect();

  driver.tell(receipt_frame(1, 30));

  EXPECT_EQ(driver.all<Notice::Settled>().size(), 1u);
}

TEST(RelayReconnect, QuestionsAreAskedAgainFromTheStart) {
  RelayDriver driver;
  driver.connect();
  (void)driver.relay.query(6, present_query());
  driver.relay.sync(7);
  const Value ann = sequence("ann");
  const std::vector<wire::native::Row> rows{{.pattern = 0, .item = 0, .captures = ann.bytes()}};
  wire::native::Rows chunk;
  chunk.id = 6;
  chunk.rows = rows;
  driver.tell(frame_of({chunk}));
  driver.disconnect();
  driver.heard = {};

  driver.connect();
  chunk.last = true;
  driver.tell(frame_of({chunk}));

  EXPECT_EQ(driver.heard.queries.size(), 1u);
  EXPECT_EQ(driver.heard.turns.at(0).events.at(0).kind, wire::EventKind::sync);
  EXPECT_EQ(driver.all<Notice::Found>().at(0).outcome.value().rows.size(), 1u)
      << "rows of the first answer must not be counted again";
}

TEST(RelayReconnect, ManyFactsAreSaidAgainInTurnsThatTheServerTakes) {
  RelayDriver driver;
  driver.connect();
  const std::string filling(1'000, 'x');
  for (ClientId id = 1; id <= 10'000; ++id) {
    driver.submit({{Part::Publish{id, record("n", static_cast<std::int64_t>(id), filling)}}});
  }
  driver.disconnect();
  driver.heard = {};

  driver.connect();

  std::size_t events = 0;
  for (const HeardTurn& turn : driver.heard.turns) {
    EXPECT_LE(turn.events.size(), 4'096u);
    events += turn.events.size();
  }
  EXPECT_EQ(events, 10'000u);
  EXPECT_GT(driver.heard.turns.size(), 20u);
}

TEST(RelayReconnect, AFactWithAReferenceOfTheOldConnectionIsGivenUp) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Observe{4, present_query()}}});
  driver.tell(snapshot_frame(4, 30, {*parse_text("[#:[0 99]]")}));
  const Value captures = driver.all<Notice::Told>().at(0).change.captures;
  driver.submit({{Part::Publish{5, record("uses", Value(*captures.view().element(0)))}}});
  driver.tell(receipt_frame(2, 20));
  driver.disconnect();
  driver.heard = {};

  driver.connect();

  EXPECT_THAT(driver.heard.published("uses"), IsEmpty());
  EXPECT_EQ(driver.all<Notice::Settled>().back().outcome.error().code, "stale-reference");
}

}  // namespace
}  // namespace avow::test
