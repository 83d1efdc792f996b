#include "server/session/native_conversation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/session/native_peer.hpp"

namespace avow::server {
namespace {

namespace native = wire::native;
using test::NativePeer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

constexpr auto publish = wire::EventKind::publish;
constexpr auto retract = wire::EventKind::retract;
constexpr auto message = wire::EventKind::message;
constexpr auto sync = wire::EventKind::sync;

class NativeConversationTest : public testing::Test {
 protected:
  NativeConversationTest() {
    ann.say(native::Open{.id = 1});
    bob.say(native::Open{.id = 1});
  }
  /// The Observe of `<n $>` by entity `oid`.
  static std::string observe(int oid) {
    return "<Observe <group <rec n> {0: <bind <_>>}> #:[0 " + std::to_string(oid) + "]>";
  }

  Engine engine{EngineOptions{}};
  NativePeer ann{engine};
  NativePeer bob{engine};
};

TEST_F(NativeConversationTest, TheServerSpeaksFirstAndOpenIsAnsweredUnderItsId) {
  NativePeer cas(engine);

  EXPECT_THAT(cas.hello(), StartsWith("hello avowd limits "));
  EXPECT_THAT(cas.say(native::Open{.id = 7}), ElementsAre("opened 7 main as 1 space 1@0"));
}

TEST_F(NativeConversationTest, ATurnIsAnsweredWithTheRevisionThatItTook) {
  EXPECT_THAT(ann.turn({{1, publish, 1, "<n 1>"}, {1, publish, 2, "<n 2>"}}),
              ElementsAre("turn 2 batches 0 applied 1 receipt 1@1"));
  EXPECT_THAT(ann.turn({{1, retract, 1, ""}}),
              ElementsAre("turn 3 batches 0 applied 2 receipt 2@2"));
}

TEST_F(NativeConversationTest, ASnapshotIsToldInTheTurnOfTheSubscriptionAndThenEveryChange) {
  bob.turn({{1, publish, 1, "<n 1>"}});

  EXPECT_THAT(ann.turn({{1, publish, 1, observe(7)}}),
              ElementsAre("turn 2 batches 1 applied 1 receipt 1@2 subscribed 7:1 synced 7@2",
                          "batch topics @2: +1/1 [1]"));
  bob.turn({{1, publish, 2, "<n 2>"}, {1, message, 0, "<n 3>"}, {1, retract, 1, ""}});
  EXPECT_THAT(ann.take(), ElementsAre("batch topics @3: +1/2 [2] !1 [3] -1/1 retracted"));
}

TEST_F(NativeConversationTest, SessionsThatAreToldTheSameShareTheBytesIfTheyAreMany) {
  NativePeer cas(engine);
  cas.say(native::Open{.id = 1});
  ann.turn({{1, publish, 1, observe(7)}});
  bob.turn({{1, publish, 1, observe(300)}});

  const std::string much(Outbox::copied_packet_bytes_max, 'x');
  cas.turn({{1, publish, 1, "<n \"" + much + "\">"}});

  const auto to_ann = ann.take_frames();
  const auto to_bob = bob.take_frames();
  ASSERT_THAT(to_ann, SizeIs(1));
  ASSERT_THAT(to_bob, SizeIs(1));
  ASSERT_THAT(to_ann[0].blocks, SizeIs(1));
  EXPECT_EQ(to_ann[0].blocks[0], to_bob[0].blocks[0]) << "one block, not two equal ones";
}

TEST_F(NativeConversationTest, ALittleIsToldAlikeToOneSessionAloneAndToSeveral) {
  NativePeer cas(engine);
  cas.say(native::Open{.id = 1});
  ann.turn({{1, publish, 1, observe(7)}});
  bob.turn({{1, publish, 1, observe(300)}});

  cas.turn({{1, publish, 1, "<n 1>"}, {1, message, 0, "<n 2>"}});
  const std::vector<std::string> told = ann.take();
  EXPECT_THAT(told, ElementsAre(HasSubstr("batch topics @3: +1/1 [1] !1 [2]")));
  EXPECT_EQ(bob.take(), told);

  bob.turn({{1, retract, 1, ""}});
  bob.take();
  cas.turn({{1, publish, 2, "<n 3>"}, {1, message, 0, "<n 4>"}});
  EXPECT_THAT(ann.take(), ElementsAre(HasSubstr("batch topics @5: +1/2 [3] !1 [4]")));
}

TEST_F(NativeConversationTest, SeveralObserversOfOneTopicAreToldOneByOne) {
  ann.turn({{1, publish, 1, observe(7)}, {1, publish, 2, observe(8)}});

  bob.turn({{1, publish, 1, "<n 1>"}});

  EXPECT_THAT(ann.take(), ElementsAre("batch entities @2: +7/1 [1] +8/1 [1]"));
}

TEST_F(NativeConversationTest, TheSnapshotOfASecondObserverIsForItAlone) {
  ann.turn({{1, publish, 1, observe(7)}});
  bob.turn({{1, publish, 1, "<n 1>"}});
  ann.take();

  EXPECT_THAT(ann.turn({{1, publish, 2, observe(8)}}),
              ElementsAre(HasSubstr("subscribed 8:1"), "batch entities snapshot @3: +8/1 [1]"));
  bob.turn({{1, retract, 1, ""}});
  EXPECT_THAT(ann.take(), ElementsAre("batch entities @4: -7/1 retracted -8/1 retracted"));
}

TEST_F(NativeConversationTest, TheEndOfASubscriptionIsToldAndThenNothingMore) {
  ann.turn({{1, publish, 1, observe(7)}});
  bob.turn({{1, publish, 1, "<n 1>"}});
  ann.take();

  EXPECT_THAT(ann.turn({{1, retract, 1, ""}}),
              ElementsAre("turn 4 batches 1 applied 2 receipt 2@3 unsubscribed 7:1",
                          "batch topics @3: -1/1 retracted"));
  bob.turn({{1, publish, 2, "<n 2>"}});
  EXPECT_THAT(ann.take(), IsEmpty());
}

TEST_F(NativeConversationTest, AnObserverThatTakesTheTopicOverIsNotToldTheFarewellOfTheOther) {
  ann.turn({{1, publish, 1, observe(7)}});
  bob.turn({{1, publish, 1, "<n 1>"}});
  ann.take();

  const std::vector<std::string> told =
      ann.turn({{1, retract, 1, ""}, {1, publish, 2, observe(8)}});

  EXPECT_THAT(told, ElementsAre("turn 4 batches 2 applied 2 receipt 2@3 subscribed 8:1 "
                                "unsubscribed 7:1 synced 8@3",
                                "batch entities snapshot @3: +8/1 [1]",
                                "batch entities @3: -7/1 retracted"));
}

TEST_F(NativeConversationTest, TurnsAreNumberedThoughMostDoNotSayTheirNumber) {
  ann.turn({{1, publish, 1, observe(7)}});
  for (int n = 1; n <= 3; ++n) {
    bob.turn({{1, publish, static_cast<std::uint64_t>(n), "<n " + std::to_string(n) + ">"}});
  }
  EXPECT_THAT(ann.take(), SizeIs(3));

  EXPECT_THAT(ann.turn({{1, publish, 2, "<m>"}}), ElementsAre(StartsWith("turn 6 ")));
}

TEST_F(NativeConversationTest, ReferencesComeByEntityWithNumbersOfTheSession) {
  ann.turn({{1, publish, 1, observe(7)}});

  bob.turn({{1, publish, 1, "<n #:[0 30]>"}});
  EXPECT_THAT(ann.take(), ElementsAre("batch entities @2: +7/1 [#:[0 2]]"));

  ann.turn({{2, publish, 2, "<hold>"}, {2, message, 0, "<hi>"}});
  EXPECT_THAT(bob.take(), ElementsAre(HasSubstr("batch entities @0: +30/2 <hold> !30 <hi>")));
  ann.turn({{2, retract, 2, ""}});
  EXPECT_THAT(bob.take(), ElementsAre("batch entities @0: -30/2 retracted"));
}

TEST_F(NativeConversationTest, ASyncIsAnsweredByAMessageAtThePeer) {
  const std::vector<std::string> told = ann.turn({{1, sync, 0, "#:[0 9]"}});

  ASSERT_THAT(told, SizeIs(2));
  EXPECT_EQ(told[1], "batch entities @0: !9 #t");
}

TEST_F(NativeConversationTest, ALargeTurnComesInChunks) {
  const std::string text(10'000, 'x');
  std::vector<NativePeer::Event> facts;
  for (std::uint64_t i = 0; i < 90; ++i) {
    facts.push_back({1, publish, i + 1, "<n [\"" + text + "\" " + std::to_string(i) + "]>"});
  }
  ann.turn({{1, publish, 1, observe(7)}});

  bob.turn(facts);

  const std::vector<OutgoingFrame> frames = ann.take_frames();
  EXPECT_THAT(frames, SizeIs(4));
  for (const OutgoingFrame& each : frames) EXPECT_LT(each.size, 300'000U);
}

TEST_F(NativeConversationTest, AQueryIsAnsweredAtOneRevision) {
  bob.turn({{1, publish, 1, "<n 1>"}, {1, publish, 2, "<m 2>"}});
  const Value n = parse_text("<group <rec n> {0: <bind <_>>}>").value();
  const Value m = parse_text("<group <rec m> {0: <bind <_>>}>").value();

  EXPECT_THAT(ann.say(native::Query{.id = 5, .target = 1, .patterns = {n.bytes(), m.bytes()}}),
              ElementsAre("rows 5 last @1: 0 [1] 1 [2]"));
  EXPECT_THAT(ann.say(native::Query{.id = 6, .target = 99, .patterns = {n.bytes()}}),
              ElementsAre("rows 6 last @0 error unknown-reference:"));
}

TEST(NativeQueries, ThatLookAtManyFactsAreAnsweredLaterUnlessTheyAreCancelled) {
  EngineOptions options;
  options.limits.facts_held_at_once = 2;
  Engine slow(options);
  NativePeer ann(slow);
  ann.say(native::Open{.id = 1});
  ann.turn({{1, publish, 1, "<n 1>"}, {1, publish, 2, "<n 2>"}, {1, publish, 3, "<n 3>"}});
  const Value n = parse_text("<group <rec n> {0: <bind <_>>}>").value();
  for (const std::uint64_t id : {5U, 6U}) {
    EXPECT_THAT(ann.say(native::Query{.id = id, .target = 1, .patterns = {n.bytes()}}), IsEmpty());
  }

  EXPECT_THAT(ann.say(native::Cancel{5}), IsEmpty());
  for (int ms = 1; slow.has_steps(); ++ms) slow.tick(Moment(Milliseconds(ms)));

  EXPECT_THAT(ann.take(), ElementsAre("rows 6 last @1: 0 [1] 0 [2] 0 [3]"));
}

TEST_F(NativeConversationTest, ManyMessagesInOneFrameAreDoneOneAfterAnother) {
  Bytes frame;
  const Value fact = parse_text("<n 1>").value();
  const std::vector<native::Event> events = {
      {.target = 1, .handle = 1, .body = fact.bytes(), .kind = publish}};
  native::append_turn(frame, {.number = 1, .events = events, .wants_receipt = true});
  native::append_turn(frame, {.number = 2, .wants_receipt = true});
  native::append_message(frame, native::ClientMessage(native::Ping{4}));

  EXPECT_THAT(ann.say_bytes(frame), ElementsAre("turn 2 batches 0 applied 1 receipt 1@1",
                                                "turn 3 batches 0 applied 2 receipt 2", "pong 4"));
}

TEST_F(NativeConversationTest, WhatIsBoundToNothingIsTakenAndDoesNothing) {
  EXPECT_THAT(ann.say(native::Acknowledge{1}), IsEmpty());
  EXPECT_THAT(ann.say(native::Cancel{77}), IsEmpty());
  EXPECT_FALSE(ann.conversation().ending().has_value());
}

TEST_F(NativeConversationTest, ConditionsAreRefusedAndTheSessionGoesOn) {
  native::ClientTurn turn{.number = 1};
  turn.conditions = native::Conditions{.level = native::Level::durable};

  EXPECT_THAT(ann.say(turn), ElementsAre(HasSubstr("receipt 1 error unsupported")));
  EXPECT_FALSE(ann.conversation().ending().has_value());
}

TEST_F(NativeConversationTest, WhatBreaksTheProtocolEndsTheSessionWithAReason) {
  EXPECT_THAT(ann.say(native::ClientTurn{.number = 3}), ElementsAre("close bad-turn-number"));
  EXPECT_TRUE(ann.conversation().ending().has_value());
  EXPECT_EQ(engine.session_count(), 1U);

  EXPECT_THAT(bob.say_bytes(Bytes{1, 2, 3}), ElementsAre("close bad-frame"));
}

TEST_F(NativeConversationTest, ABodyThatIsNoValueEndsTheSession) {
  const Bytes broken = {0xB4};
  const std::vector<native::Event> events = {
      {.target = 1, .handle = 1, .body = broken, .kind = publish}};

  EXPECT_THAT(ann.say(native::ClientTurn{.number = 1, .events = events}),
              ElementsAre("close bad-binary"));
}

TEST_F(NativeConversationTest, ATextFrameEndsTheSession) {
  ann.conversation().receive(Moment{}, FrameType::text, bytes_of("{}"));

  EXPECT_THAT(ann.take(), ElementsAre("close bad-frame"));
  EXPECT_EQ(ann.conversation().ending()->code, CloseCode::unsupported_data);
}

TEST_F(NativeConversationTest, AResumeTokenOfNoSessionIsToldSo) {
  NativePeer cas(engine);

  EXPECT_THAT(cas.say(native::Open{.id = 2, .resume_token = {1, 2}}),
              ElementsAre("opened 2 error session-gone"));
}

}  // namespace
}  // namespace avow::server
