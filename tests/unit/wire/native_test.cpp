#include "avow/wire/native.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

#include "avow/model/builder.hpp"

namespace avow::wire::native {
namespace {

template <class Message>
Result<std::vector<Message>> read_all(ByteView frame, const FrameLimits& limits = {}) {
  AVOW_TRY(FrameReader<Message> reader, FrameReader<Message>::open(frame, limits));
  std::vector<Message> messages;
  while (true) {
    AVOW_TRY(const Message* const message, reader.next());
    if (message == nullptr) return messages;
    messages.push_back(*message);
  }
}

// Reads a frame that holds one message, and looks at it while its spans are valid.
template <class Part, class Message, class Look>
void read_one(const Bytes& frame, Look&& look) {
  auto reader = FrameReader<Message>::open(frame).value();
  const Message* const message = reader.next().value();
  ASSERT_NE(message, nullptr);
  ASSERT_TRUE(std::holds_alternative<Part>(*message)) << message->index();
  look(std::get<Part>(*message));
  EXPECT_EQ(reader.next().value(), nullptr);
}

Bytes frame_of(const ClientMessage& message) {
  Bytes frame;
  append_message(frame, message);
  return frame;
}
Bytes frame_of(const ServerMessage& message) {
  Bytes frame;
  append_message(frame, message);
  return frame;
}

const Value kitchen = record("temperature", "kitchen", 21.5);
const Value hall = record("temperature", "hall", 18);

std::vector<Event> two_events() {
  return {{.target = 3, .handle = 7, .body = kitchen.bytes(), .kind = EventKind::publish},
          {.target = 4, .handle = 0, .body = hall.bytes(), .kind = EventKind::message}};
}

TEST(NativeFrame, ATurnComesBackAsItWasWritten) {
  const std::vector<Event> events = two_events();
  const Bytes frame = frame_of(ClientMessage(ClientTurn{.number = 12,
                                                        .events = events,
                                                        .wants_receipt = true,
                                                        .conditions = {},
                                                        .traceparent = "00-aa-bb-01"}));

  read_one<ClientTurn, ClientMessage>(frame, [&](const ClientTurn& turn) {
    EXPECT_EQ(turn.number, 12U);
    EXPECT_TRUE(turn.wants_receipt);
    EXPECT_FALSE(turn.conditions.has_value());
    EXPECT_EQ(turn.traceparent, "00-aa-bb-01");
    ASSERT_EQ(turn.events.size(), 2U);
    EXPECT_EQ(turn.events[0].target, 3U);
    EXPECT_EQ(turn.events[0].handle, 7U);
    EXPECT_EQ(turn.events[0].kind, EventKind::publish);
    EXPECT_TRUE(equal(turn.events[0].body, kitchen.bytes()));
    EXPECT_EQ(turn.events[1].kind, EventKind::message);
    EXPECT_TRUE(equal(turn.events[1].body, hall.bytes()));
  });
}

TEST(NativeFrame, TheConditionsOfATurnComeBack) {
  const Value pattern = record("lit", 1);
  Conditions conditions;
  conditions.level = Level::durable;
  conditions.turn_id = TurnId{.client = Bytes(16, 9), .number = 4};
  conditions.require = {pattern.bytes(), pattern.bytes()};
  conditions.absent = {pattern.bytes()};
  conditions.guard_target = 5;
  conditions.timeout_ms = 250;
  const Bytes frame =
      frame_of(ClientMessage(ClientTurn{.number = 1, .events = {}, .conditions = conditions}));

  read_one<ClientTurn, ClientMessage>(frame, [&](const ClientTurn& turn) {
    ASSERT_TRUE(turn.conditions.has_value());
    EXPECT_EQ(turn.conditions->level, Level::durable);
    EXPECT_EQ(turn.conditions->turn_id, conditions.turn_id);
    EXPECT_EQ(turn.conditions->require.size(), 2U);
    EXPECT_TRUE(equal(turn.conditions->absent.at(0), pattern.bytes()));
    EXPECT_EQ(turn.conditions->guard_target, 5U);
    EXPECT_EQ(turn.conditions->timeout_ms, 250U);
  });
}

TEST(NativeFrame, ABatchComesBackAndItsBodiesLieInTheFrame) {
  std::vector<Event> events = two_events();
  events[1].kind = EventKind::retract;
  events[1].cause = Cause::session_lost;
  events[1].body = {};
  const Bytes frame = frame_of(ServerMessage(Batch{.seq = 90,
                                                   .epoch = 17,
                                                   .revision = 42,
                                                   .after = 40,
                                                   .space = 2,
                                                   .addressing = Addressing::entities,
                                                   .snapshot = true,
                                                   .events = events,
                                                   .actors = {kitchen.bytes()}}));

  read_one<Batch, ServerMessage>(frame, [&](const Batch& batch) {
    EXPECT_EQ(batch.seq, 90U);
    EXPECT_EQ(batch.epoch, 17U);
    EXPECT_EQ(batch.revision, 42U);
    EXPECT_EQ(batch.after, 40U);
    EXPECT_EQ(batch.space, 2U);
    EXPECT_EQ(batch.addressing, Addressing::entities);
    EXPECT_TRUE(batch.snapshot);
    ASSERT_EQ(batch.events.size(), 2U);
    EXPECT_TRUE(equal(batch.events[0].body, kitchen.bytes()));
    EXPECT_GE(batch.events[0].body.data(), frame.data());
    EXPECT_LT(batch.events[0].body.data(), frame.data() + frame.size());
    EXPECT_EQ(batch.events[1].cause, Cause::session_lost);
    EXPECT_TRUE(batch.events[1].body.empty());
    ASSERT_EQ(batch.actors.size(), 1U);
  });
}

TEST(NativeFrame, BytesThatSeveralEventsShareTravelOnce) {
  const Value big = Value::bytes(Bytes(10'000, 1));
  const std::vector<Event> events(20, {.target = 1, .handle = 1, .body = big.bytes(), .kind = {}});

  const Bytes frame = frame_of(ServerMessage(Batch{.events = events, .actors = {}}));

  EXPECT_LT(frame.size(), 12'000U);
  read_one<Batch, ServerMessage>(frame, [&](const Batch& batch) {
    ASSERT_EQ(batch.events.size(), 20U);
    for (const Event& event : batch.events) EXPECT_TRUE(equal(event.body, big.bytes()));
  });
}

TEST(NativeFrame, ASessionPartComesBackWhole) {
  SessionPart part;
  part.turn = 5;
  part.batches = 2;
  part.seq = 99;
  part.applied = 7;
  part.receipts = {{.turn = 7, .seq = 99, .revisions = {{.space = 1, .revision = 3}}},
                   {.turn = 8, .fault = Fault{{"quota", "Too many facts."}, 500, {}}}};
  part.subscribed = {{.observer = 11, .topic = 4, .space = 1}};
  part.unsubscribed = {{.observer = 12, .topic = 5, .space = 1}};
  part.synced = {{.observer = 11, .space = 1, .revision = 3}};
  part.credit = Credit{.turns = 10, .bytes = 1'000};
  part.progress = {{.space = 1, .revision = 3}};
  part.gaps = {{.observer = 11, .space = 1, .after = 1, .floor = 2, .resync = true}};
  part.faults = {{.observer = 12,
                  .space = 1,
                  .ended = true,
                  .after = 3,
                  .fault = {.error = {"slow-consumer", "It reads too slowly."}}}};
  part.resume_token = {1, 2, 3};

  read_one<SessionPart, ServerMessage>(frame_of(ServerMessage(part)), [&](const SessionPart& read) {
    EXPECT_EQ(read.turn, part.turn);
    EXPECT_EQ(read.batches, part.batches);
    EXPECT_EQ(read.seq, part.seq);
    EXPECT_EQ(read.applied, part.applied);
    EXPECT_EQ(read.receipts, part.receipts);
    EXPECT_EQ(read.subscribed, part.subscribed);
    EXPECT_EQ(read.unsubscribed, part.unsubscribed);
    EXPECT_EQ(read.synced, part.synced);
    EXPECT_EQ(read.credit, part.credit);
    EXPECT_EQ(read.progress, part.progress);
    EXPECT_EQ(read.gaps, part.gaps);
    EXPECT_EQ(read.faults, part.faults);
    EXPECT_EQ(read.resume_token, part.resume_token);
  });
}

TEST(NativeFrame, RowsComeBack) {
  const std::vector<Row> rows = {{.pattern = 0, .item = 0, .captures = kitchen.bytes()},
                                 {.pattern = 1, .item = 5, .captures = hall.bytes()}};
  const Bytes frame = frame_of(ServerMessage(
      Rows{.id = 3, .rows = rows, .last = true, .space = 1, .revision = 8, .seq = 9, .fault = {}}));

  read_one<Rows, ServerMessage>(frame, [&](const Rows& read) {
    EXPECT_EQ(read.id, 3U);
    EXPECT_TRUE(read.last);
    EXPECT_EQ(read.revision, 8U);
    ASSERT_EQ(read.rows.size(), 2U);
    EXPECT_EQ(read.rows[1].pattern, 1U);
    EXPECT_EQ(read.rows[1].item, 5U);
    EXPECT_TRUE(equal(read.rows[1].captures, hall.bytes()));
    EXPECT_FALSE(read.fault.has_value());
  });
}

TEST(NativeFrame, HelloAndOpenedComeBack) {
  const Hello hello{.server = "avowd",
                    .version = "0.1.0",
                    .epoch = 77,
                    .features = {"topics"},
                    .limits = {{.name = "frame-bytes", .value = 1 << 20}}};
  const Opened opened{.id = 1,
                      .reference = 2,
                      .space = 3,
                      .name = "main",
                      .epoch = 77,
                      .revision = 5,
                      .seq = 6,
                      .fault = Fault{{"unsupported", "No such space."}, 0, {}},
                      .resume_token = {9},
                      .resumed = true,
                      .applied = 4,
                      .grace_ms = 1'000,
                      .received = 8};

  read_one<Hello, ServerMessage>(frame_of(ServerMessage(hello)), [&](const Hello& read) {
    EXPECT_EQ(read.server, "avowd");
    EXPECT_EQ(read.features, hello.features);
    EXPECT_EQ(read.limits, hello.limits);
  });
  read_one<Opened, ServerMessage>(frame_of(ServerMessage(opened)), [&](const Opened& read) {
    EXPECT_EQ(read.name, "main");
    EXPECT_EQ(read.fault, opened.fault);
    EXPECT_TRUE(read.resumed);
    EXPECT_EQ(read.grace_ms, 1'000U);
    EXPECT_EQ(read.received, 8U);
  });
}

TEST(NativeFrame, AnAcknowledgementOfTheServerComesBack) {
  read_one<Acknowledge, ServerMessage>(frame_of(ServerMessage(Acknowledge{5})),
                                       [](const Acknowledge& read) { EXPECT_EQ(read.number, 5U); });
}

TEST(NativeFrame, AnOpenThatResumesComesBack) {
  const Open open{.id = 1, .resume_token = {1, 2}, .received = 3, .grace_ms = 4, .epoch = 5};

  read_one<Open, ClientMessage>(frame_of(ClientMessage(open)), [](const Open& read) {
    EXPECT_EQ(read.resume_token, (Bytes{1, 2}));
    EXPECT_EQ(read.received, 3U);
    EXPECT_EQ(read.grace_ms, 4U);
    EXPECT_EQ(read.epoch, 5U);
  });
}

TEST(NativeFrame, TheSmallMessagesOfAClientComeBackInOrder) {
  Bytes frame;
  append_message(
      frame, ClientMessage(Open{
                 .id = 1, .reference = kitchen.bytes(), .features = {"a", "b"}, .client = "test"}));
  append_message(frame, ClientMessage(Cancel{4}));
  append_message(frame, ClientMessage(Acknowledge{5}));
  append_message(frame, ClientMessage(Credit{.turns = 6}));
  append_message(frame, ClientMessage(Ping{7}));
  append_message(frame, ClientMessage(Pong{8}));
  append_message(frame, ClientMessage(LastTurn{.turn = {.number = 9}, .delay_ms = 10}));
  append_message(frame, ClientMessage(OutcomeQuestion{.id = 11, .turn_id = {Bytes(16, 1), 2}}));
  append_message(frame, ClientMessage(Close{}));

  const auto messages = read_all<ClientMessage>(frame).value();

  ASSERT_EQ(messages.size(), 9U);
  EXPECT_EQ(std::get<Open>(messages[0]).features.size(), 2U);
  EXPECT_EQ(std::get<Cancel>(messages[1]).id, 4U);
  EXPECT_EQ(std::get<Acknowledge>(messages[2]).number, 5U);
  EXPECT_EQ(std::get<Credit>(messages[3]).turns, 6U);
  EXPECT_EQ(std::get<Ping>(messages[4]).number, 7U);
  EXPECT_EQ(std::get<Pong>(messages[5]).number, 8U);
  EXPECT_EQ(std::get<LastTurn>(messages[6]).delay_ms, 10U);
  EXPECT_EQ(std::get<OutcomeQuestion>(messages[7]).turn_id.number, 2U);
  EXPECT_TRUE(std::holds_alternative<Close>(messages[8]));
}

TEST(NativeFrame, AFrameThatDoesNotBeginAtAWordIsReadAllTheSame) {
  const std::vector<Event> events = two_events();
  const Bytes frame = frame_of(ClientMessage(ClientTurn{.number = 1, .events = events}));
  Bytes shifted(3, 0);
  append(shifted, frame);

  const auto messages = read_all<ClientMessage>(ByteView(shifted).subspan(3));

  EXPECT_TRUE(messages.has_value());
}

TEST(NativeFrame, ABatchWrittenOnceIsPartOfEveryFrameThatItIsPutInto) {
  const std::vector<Event> events = two_events();
  Bytes shared;
  append_batch(shared, {.revision = 42, .events = events, .actors = {}});
  Bytes first;
  append_session_part(first, {.turn = 1, .batches = 1});
  append(first, shared);

  const auto messages = read_all<ServerMessage>(first).value();

  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(std::get<SessionPart>(messages[0]).batches, 1U);
  EXPECT_EQ(std::get<Batch>(messages[1]).revision, 42U);
}

// ---- what must be refused -----------------------------------------------------------------------

std::string refusal(ByteView frame, const FrameLimits& limits = {}) {
  const auto read = read_all<ClientMessage>(frame, limits);
  return read ? "" : read.error().code;
}

TEST(NativeFrame, AFrameCutAnywhereIsRefused) {
  const std::vector<Event> events = two_events();
  const Bytes frame = frame_of(ClientMessage(ClientTurn{.number = 1, .events = events}));

  for (std::size_t size = 0; size < frame.size(); ++size) {
    EXPECT_EQ(refusal(ByteView(frame).first(size)), "bad-frame") << size;
  }
}

TEST(NativeFrame, TooManySegmentsAreRefusedBeforeTheyAreLookedAt) {
  const Bytes frame = {16, 0, 0, 0, 0, 0, 0, 0};

  EXPECT_EQ(refusal(frame), "limit");
}

TEST(NativeFrame, AnnouncedSizesBeyondTheFrameAreRefused) {
  const Bytes frame = {0, 0, 0, 0, 255, 255, 255, 255};
  const Bytes most = {255, 255, 255, 255, 255, 255, 255, 255};

  EXPECT_EQ(refusal(frame), "bad-frame");
  EXPECT_EQ(refusal(most), "limit");
}

TEST(NativeFrame, ABodyOutsideItsMessageIsRefused) {
  const std::vector<Event> events = two_events();
  Bytes frame = frame_of(ClientMessage(ClientTurn{.number = 1, .events = events}));
  // The first event stands behind its list's tag; its length is the second half of its third word.
  const Bytes target_and_handle = {3, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0};
  const auto event =
      std::search(frame.begin(), frame.end(), target_and_handle.begin(), target_and_handle.end());
  ASSERT_NE(event, frame.end());
  event[23] = 1;

  EXPECT_EQ(refusal(frame), "bad-frame");
}

TEST(NativeFrame, MoreEventsOrBytesThanAllowedAreRefused) {
  const std::vector<Event> events = two_events();
  const Bytes frame = frame_of(ClientMessage(ClientTurn{.number = 1, .events = events}));

  EXPECT_EQ(refusal(frame, {.events_max = 1}), "limit");
  EXPECT_EQ(refusal(frame, {.bytes_max = 64}), "limit");
  EXPECT_EQ(refusal(frame), "");
}

TEST(NativeFrame, PointersThatGoRoundInACircleAreRefused) {
  // The root is a last turn whose turn, whose events, and so on, is the root itself.
  Bytes frame = {0, 0, 0, 0, 3, 0, 0, 0};
  append(frame, Bytes{0, 0, 0, 0, 1, 0, 1, 0});
  append(frame, Bytes{8, 0, 0, 0, 0, 0, 0, 0});
  append(frame, Bytes{0xF8, 0xFF, 0xFF, 0xFF, 1, 0, 1, 0});

  EXPECT_EQ(refusal(frame), "bad-frame");
}

TEST(NativeFrame, AMessageOfALaterReleaseReadsAsUnknown) {
  Bytes frame = frame_of(ClientMessage(Ping{1}));
  const std::uint8_t ping_discriminant = 6;
  const auto found = std::find(frame.begin() + 16, frame.end(), ping_discriminant);
  ASSERT_NE(found, frame.end());
  *found = 200;

  const auto messages = read_all<ClientMessage>(frame).value();

  ASSERT_EQ(messages.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<Unknown>(messages[0]));
}

}  // namespace
}  // namespace avow::wire::native
