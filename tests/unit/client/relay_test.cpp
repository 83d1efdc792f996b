#include "avow/client/relay.hpp"

#include <gmock/gmock.h>

#include "tests/unit/client/relay_driver.hpp"

// A relay on one connection: what it says, and what it makes of what it is told.

namespace avow::test {
namespace {

namespace native = wire::native;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Relay, SaysNothingBeforeTheServerHasGreeted) {
  RelayDriver driver;

  driver.relay.connected(record("ref", "token"));
  driver.submit({{Part::Publish{1, present("ann")}}});

  EXPECT_EQ(driver.heard.frames, 0u);
}

TEST(Relay, OpensTheSpaceOnceGreeted) {
  RelayDriver driver;

  driver.connect(42);

  ASSERT_EQ(driver.heard.opens.size(), 1u);
  EXPECT_EQ(driver.heard.opens[0], record("ref", "token"));
  const auto opened = driver.all<Notice::Opened>();
  ASSERT_EQ(opened.size(), 1u);
  EXPECT_EQ(opened[0].info.server, "avowd");
  EXPECT_EQ(opened[0].info.space, "main");
  EXPECT_EQ(opened[0].info.epoch, "00000000000000ab");
  EXPECT_EQ(opened[0].info.revision, 42u);
}

TEST(Relay, ARefusalToOpenIsFinalUnlessItNamesATime) {
  for (const std::uint32_t retry : {0u, 100u}) {
    RelayDriver driver;
    driver.relay.connected(Value());
    driver.tell(frame_of({hello()}));

    driver.tell(frame_of({not_opened("invalid", retry)}));

    const auto refused = driver.all<Notice::NotOpened>();
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].why.code, "invalid");
    EXPECT_EQ(refused[0].is_final, retry == 0);
    EXPECT_FALSE(driver.relay.is_open());
  }
}

TEST(Relay, PublishesAndRetractsUnderTheSameHandle) {
  RelayDriver driver;
  driver.connect();

  driver.submit({{Part::Publish{5, present("ann")}}});
  driver.submit({{Part::Retract{5}}});

  ASSERT_EQ(driver.heard.turns.size(), 2u);
  EXPECT_EQ(driver.heard.turns[0].number, 1u);
  EXPECT_EQ(driver.heard.turns[1].number, 2u);
  const HeardEvent& published = driver.heard.turns[0].events.at(0);
  EXPECT_EQ(published.target, space_oid);
  EXPECT_EQ(published.handle, 5u);
  EXPECT_EQ(published.body, present("ann"));
  EXPECT_EQ(driver.heard.turns[1].events.at(0).kind, wire::EventKind::retract);
  EXPECT_EQ(driver.heard.turns[1].events.at(0).handle, 5u);
}

TEST(Relay, RetractingTwiceSaysItOnce) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Publish{5, present("ann")}}});

  driver.submit({{Part::Retract{5}}});
  driver.submit({{Part::Retract{5}}});

  EXPECT_EQ(driver.heard.turns.size(), 2u);
}

TEST(Relay, PartsOfOneRequestAreOneTurn) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Publish{1, present("ann")}}});

  driver.submit(
      {{Part::Publish{2, present("bob")}}, {Part::Send{present("message")}}, {Part::Retract{1}}},
      {9});

  ASSERT_EQ(driver.heard.turns.size(), 2u);
  EXPECT_EQ(driver.heard.turns[1].events.size(), 3u);
  EXPECT_TRUE(driver.heard.turns[1].wants_receipt);
}

TEST(Relay, AReceiptSettlesPublicationsAndTickets) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Publish{1, present("ann")}}}, {2});

  driver.tell(receipt_frame(1, 77));

  const auto settled = driver.all<Notice::Settled>();
  ASSERT_EQ(settled.size(), 1u);
  EXPECT_EQ(settled[0].publication, 1u);
  EXPECT_EQ(settled[0].outcome.value().revision(), 77u);
  const auto answered = driver.all<Notice::Answered>();
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].ticket, 2u);
  EXPECT_EQ(answered[0].outcome.value().sequence, 101u);
  EXPECT_EQ(answered[0].outcome.value().spaces.at(0).space, "main");
}

TEST(Relay, ARefusedPublicationIsForgotten) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Publish{1, present("ann")}}});

  driver.tell(refusal_frame(1, "quota"));
  driver.disconnect();
  driver.connect();

  const auto settled = driver.all<Notice::Settled>();
  ASSERT_EQ(settled.size(), 1u);
  EXPECT_EQ(settled[0].outcome.error().code, "quota");
  EXPECT_EQ(driver.heard.turns.size(), 1u) << "it must not be published again";
}

TEST(Relay, ARefusedMessageThatNobodyWaitsForIsAProblem) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Send{present("ann")}}});
  EXPECT_FALSE(driver.heard.turns.at(0).wants_receipt);

  driver.tell(refusal_frame(1, "quota"));

  ASSERT_EQ(driver.all<Notice::Problem>().size(), 1u);
}

TEST(Relay, AMessageWithoutALinkIsRefusedAtOnce) {
  RelayDriver driver;

  driver.submit({{Part::Send{present("ann")}}}, {3});

  const auto answered = driver.all<Notice::Answered>();
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].outcome.error().code, "link-down");
  driver.connect();
  EXPECT_THAT(driver.heard.turns, IsEmpty());
}

TEST(Relay, ATurnLargerThanTheServerTakesIsRefusedHere) {
  RelayDriver driver;
  driver.connect();

  driver.submit({{Part::Publish{1, record("big", std::string(2 << 20, 'x'))}}}, {2});

  EXPECT_EQ(driver.all<Notice::Answered>().at(0).outcome.error().code, "limit");
  EXPECT_EQ(driver.all<Notice::Settled>().at(0).outcome.error().code, "limit");
  EXPECT_THAT(driver.heard.turns, IsEmpty());
}

TEST(Relay, SubscribesWithAnObserverOfItsOwnAndOptions) {
  RelayDriver driver;
  driver.connect();

  driver.submit({{Part::Observe{4, present_query()}}});

  const HeardEvent& event = driver.heard.turns.at(0).events.at(0);
  EXPECT_EQ(event.handle, 4u);
  EXPECT_EQ(to_text(event.body), "<Observe <group <rec present> {0: <bind <_>>}> #:[0 4] {}>");
}

TEST(Relay, SaysWhatIsToBeCountedAndLeftOut) {
  RelayDriver driver;
  driver.connect();

  driver.submit({{Part::Observe{4, of_others(counted(present_query()))}}});

  EXPECT_EQ(to_text(driver.heard.turns.at(0).events.at(0).body),
            "<Observe <group <rec present> {0: <bind <_>>}> #:[0 4] {count: #t others: #t}>");
}

TEST(Relay, SaysWhatBecomesOfItWhenItIsSlowAndThatItWantsTheLatest) {
  RelayDriver driver;
  driver.connect();

  driver.submit({{Part::Observe{
      4, latest_per(when_slow(present_query(), SlowPolicy::close), {0}, Milliseconds(250))}}});

  EXPECT_EQ(to_text(*driver.heard.turns.at(0).events.at(0).body.view().element(2)),
            "{conflate: {every: 250 key: [0]} policy: close}");
}

TEST(Relay, ASubscriptionThatIsClosedAsSlowIsToldAndNotSaidAgain) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Observe{4, when_slow(present_query(), SlowPolicy::close)}}});
  driver.submit({{Part::Observe{5, present_query()}}});
  driver.tell(snapshot_frame(4, 30, {sequence("ann")}, 12));

  native::SessionPart part;
  part.faults = {{.observer = 4,
                  .space = space_number,
                  .ended = true,
                  .after = 13,
                  .fault = {.error = {"slow-consumer", "It reads too slowly."}}},
                 {.observer = 5, .fault = {.error = {"limit", "Too much."}}}};
  driver.tell(turn_frame({.part = part}));

  const auto told = driver.all<Notice::Told>();
  EXPECT_EQ(told.back().subscription, 4u);
  EXPECT_EQ(told.back().change.kind, Change::Kind::refused);
  EXPECT_EQ(told.back().change.error.code, "slow-consumer");
  driver.disconnect();
  driver.heard = {};
  driver.connect();
  EXPECT_THAT(driver.heard.published("Observe"), ElementsAre(5u));
}

TEST(Relay, TellsCountsApartFromCaptures) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Observe{4, counted(present_query())}}});
  driver.tell(snapshot_frame(4, 30, {sequence("ann", 2)}, 12));

  driver.tell(turn_frame({.by_topic = {says(30, sequence("psst"))}, .revision = 13}));

  const auto told = driver.all<Notice::Told>();
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(to_text(told[0].change.captures), "[\"ann\"]");
  EXPECT_EQ(told[0].change.count, 2u);
  EXPECT_EQ(told[1].change.kind, Change::Kind::synced);
  EXPECT_EQ(to_text(told[2].change.captures), "[\"psst\"]");
  EXPECT_EQ(told[2].change.count, 0u);
}

TEST(Relay, TellsTheSnapshotThenSyncedThenChangesByTopic) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Observe{4, present_query()}}});

  driver.tell(snapshot_frame(4, 30, {sequence("ann")}, 12));
  driver.tell(turn_frame({.by_topic = {appears(30, 9, sequence("bob"))}, .revision = 13}));
  driver.tell(turn_frame({.by_topic = {disappears(30, 1, Cause::session_lost)}, .revision = 14}));
  driver.tell(turn_frame({.by_topic = {says(30, sequence("psst"))}, .revision = 15}));

  EXPECT_THAT(driver.changes(4), ElementsAre("+ [\"ann\"]", "= 12", "+ [\"bob\"]",
                                             "- [\"ann\"] session-lost", "! [\"psst\"]"));
}

TEST(Relay, TwoSubscriptionsOfOneTopicAreBothTold) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Observe{4, present_query()}}});
  driver.submit({{Part::Observe{5, present_query()}}});
  driver.tell(snapshot_frame(4, 30, {}));
  driver.tell(snapshot_frame(5, 30, {}));

  driver.tell(turn_frame({.by_topic = {appears(30, 9, sequence("bob"))}}));

  EXPECT_THAT(driver.changes(4), ElementsAre("= 11", "+ [\"bob\"]"));
  EXPECT_THAT(driver.changes(5), ElementsAre("= 11", "+ [\"bob\"]"));
}

TEST(Relay, ATopicThatWasWithdrawnTellsNothingMore) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Observe{4, present_query()}}});
  driver.tell(snapshot_frame(4, 30, {}));
  driver.submit({{Part::Unobserve{4}}});

  driver.tell(turn_frame({.by_topic = {appears(30, 9, sequence("bob"))}}));

  EXPECT_THAT(driver.changes(4), ElementsAre("= 11"));
  EXPECT_EQ(driver.heard.turns.back().events.at(0).kind, wire::EventKind::retract);
}

TEST(Relay, ATurnIsToldOnlyWhenAllItsBatchesAreThere) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Observe{4, present_query()}}});
  driver.tell(snapshot_frame(4, 30, {}));
  const Bytes whole = turn_frame({.by_topic = {appears(30, 1, sequence("ann"))},
                                  .by_entity = {appears(4, 2, sequence("bob"))}});
  // Messages are told apart by reading them: the first two are the part and the first batch.
  const Bytes first_two = turn_frame({.by_topic = {appears(30, 1, sequence("ann"))}});

  driver.tell(Bytes(whole.begin(), whole.begin() + static_cast<long>(first_two.size())));
  EXPECT_THAT(driver.changes(4), ElementsAre("= 11"));
  driver.tell(Bytes(whole.begin() + static_cast<long>(first_two.size()), whole.end()));

  EXPECT_THAT(driver.changes(4), ElementsAre("= 11", "+ [\"ann\"]", "+ [\"bob\"]"));
}

TEST(Relay, AnObserverIsToldOfTheTurnThatUnsubscribesIt) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Observe{4, present_query()}}});
  driver.tell(snapshot_frame(4, 30, {sequence("ann")}));

  native::SessionPart part;
  part.unsubscribed = {{4, 30, space_number}};
  driver.tell(turn_frame({.part = part, .by_topic = {disappears(30, 1, Cause::revoked)}}));
  driver.tell(turn_frame({.by_topic = {appears(30, 2, sequence("bob"))}}));

  EXPECT_THAT(driver.changes(4), ElementsAre("+ [\"ann\"]", "= 11", "- [\"ann\"] revoked"));
}

TEST(Relay, WholeFactsAreTheFirstCapture) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Observe{4, Query(*parse_pattern_text("<present $who>"))}}});

  driver.tell(snapshot_frame(4, 30, {sequence(present("ann"), "ann")}));

  EXPECT_EQ(to_text(driver.heard.turns.at(0).events.at(0).body),
            "<Observe <group <rec present> {0: <bind <_>>}> #:[0 4] {whole: #t}>");
  const auto told = driver.all<Notice::Told>();
  EXPECT_EQ(told.at(0).change.fact, present("ann"));
  EXPECT_EQ(told.at(0).change.captures, sequence("ann"));
}

TEST(Relay, ANameUsedTwiceIsAskedForAsAnOption) {
  RelayDriver driver;
  driver.connect();

  driver.submit({{Part::Observe{4, Query(*parse_pattern_text("<pair $x $x>"))}}});

  const Value options(*driver.heard.turns.at(0).events.at(0).body.view().element(2));
  EXPECT_EQ(to_text(options), "{same: [[0 1]] whole: #t}");
}

TEST(Relay, ARefusedSubscriptionIsToldAndTakenBack) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Observe{4, present_query()}}});
  Builder builder;
  builder.begin_record("error").begin_dictionary();
  builder.symbol("code").string("limit").symbol("message").string("Too many shapes.");
  const Value error = builder.end().end().finish().value();

  driver.tell(turn_frame({.by_entity = {appears(4, 1, error)}}));

  const auto told = driver.all<Notice::Told>();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].change.kind, Change::Kind::refused);
  EXPECT_EQ(told[0].change.error, (Error{"limit", "Too many shapes."}));
  EXPECT_EQ(driver.heard.turns.back().events.at(0).kind, wire::EventKind::retract);
}

TEST(Relay, AGapIsMendedBySnapshotAndDifference) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Observe{4, present_query()}}});
  driver.tell(snapshot_frame(4, 30, {sequence("ann"), sequence("bob")}, 12));

  native::SessionPart gap;
  gap.gaps = {{.observer = 4, .space = space_number, .after = 12, .floor = 20, .resync = true}};
  driver.tell(turn_frame({.part = gap}));
  driver.tell(snapshot_frame(4, 30, {sequence("bob"), sequence("cid")}, 30));

  EXPECT_THAT(driver.changes(4), ElementsAre("+ [\"ann\"]", "+ [\"bob\"]", "= 12", "+ [\"cid\"]",
                                             "- [\"ann\"] unseen"));
}

TEST(Relay, AQueryAnswersAllRowsAtTheRevisionOfItsCut) {
  RelayDriver driver;
  driver.connect();
  (void)driver.relay.query(6, present_query());
  driver.deliver();
  ASSERT_EQ(driver.heard.queries.size(), 1u);
  const Value ann = sequence("ann");
  const Value bob = sequence("bob");
  const std::vector<native::Row> first{{.pattern = 0, .item = 0, .captures = ann.bytes()}};
  const std::vector<native::Row> second{{.pattern = 0, .item = 0, .captures = bob.bytes()}};
  native::Rows chunk;
  chunk.id = 6;
  chunk.rows = first;
  native::Rows last = chunk;
  last.rows = second;
  last.last = true;
  last.revision = 50;

  driver.tell(frame_of({chunk}));
  EXPECT_THAT(driver.all<Notice::Found>(), IsEmpty());
  driver.tell(frame_of({last}));

  const auto found = driver.all<Notice::Found>();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].outcome.value().revision, 50u);
  ASSERT_EQ(found[0].outcome.value().rows.size(), 2u);
  EXPECT_EQ(found[0].outcome.value().rows[1].captures, bob);
  EXPECT_THAT(driver.heard.cancels, IsEmpty());
}

TEST(Relay, AFailedQueryAnswersTheError) {
  RelayDriver driver;
  driver.connect();
  (void)driver.relay.query(6, present_query());
  native::Rows rows;
  rows.id = 6;
  rows.last = true;
  rows.fault = native::Fault{.error = {"bad-pattern", "No."}, .retry_ms = 0, .detail = {}};

  driver.tell(frame_of({rows}));

  EXPECT_EQ(driver.all<Notice::Found>().at(0).outcome.error().code, "bad-pattern");
}

TEST(Relay, ASyncIsAnsweredByTheMessageToItsPeer) {
  RelayDriver driver;
  driver.connect(42);
  driver.relay.sync(8);
  driver.deliver();
  const HeardEvent& event = driver.heard.turns.at(0).events.at(0);
  EXPECT_EQ(event.kind, wire::EventKind::sync);
  EXPECT_EQ(to_text(event.body), "#:[0 8]");

  driver.tell(turn_frame({.by_entity = {says(8, Value::boolean(true))}, .revision = 43}));

  const auto synced = driver.all<Notice::Synced>();
  ASSERT_EQ(synced.size(), 1u);
  EXPECT_EQ(synced[0].sync, 8u);
  EXPECT_EQ(synced[0].revision, 43u);
}

TEST(Relay, APingIsAnswered) {
  RelayDriver driver;
  driver.connect();

  driver.tell(frame_of({native::Ping{17}}));

  EXPECT_THAT(driver.heard.pongs, ElementsAre(17u));
}

TEST(Relay, NonsenseIsAnErrorAndNotACrash) {
  RelayDriver driver;
  driver.connect();

  EXPECT_FALSE(driver.relay.receive(Bytes{1, 2, 3}).has_value());
  EXPECT_FALSE(driver.relay.receive(frame_of({hello()})).has_value());
  EXPECT_FALSE(driver.relay.receive(frame_of({opened()})).has_value());
}

TEST(Relay, AReferenceFromTheServerCanBeSentBack) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Observe{4, present_query()}}});
  const Value entity = *parse_text("[#:[0 99]]");

  driver.tell(snapshot_frame(4, 30, {entity}));
  const Value captures = driver.all<Notice::Told>().at(0).change.captures;
  const Value reference(*captures.view().element(0));
  driver.submit({{Part::Publish{5, record("uses", reference)}}});

  EXPECT_EQ(to_text(driver.heard.turns.back().events.at(0).body), "<uses #:[1 99]>");
}

TEST(Relay, AReferenceThatNobodyHoldsAnyMoreCannotBeSent) {
  RelayDriver driver;
  driver.connect();
  driver.submit({{Part::Observe{4, present_query()}}});
  driver.tell(snapshot_frame(4, 30, {*parse_text("[#:[0 99]]")}));
  const Value captures = driver.all<Notice::Told>().at(0).change.captures;
  const Value reference(*captures.view().element(0));

  driver.tell(turn_frame({.by_entity = {disappears(4, 1, Cause::retracted)}}));
  driver.submit({{Part::Publish{5, record("uses", reference)}}}, {6});

  EXPECT_EQ(driver.all<Notice::Answered>().at(0).outcome.error().code, "stale-reference");
}

}  // namespace
}  // namespace avow::test
