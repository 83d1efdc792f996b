#include <algorithm>
#include <gtest/gtest.h>

#include "tests/unit/transport/socket_client.hpp"
#include "tests/unit/transport/test_server.hpp"

namespace avow::server {
namespace {

TEST(WebSockets, CarryMessagesBothWaysAsTheKindTheyAre) {
  TestServer server;
  server.start();
  WebSocketClient client(server.websocket_port);

  client.say("hello");
  EXPECT_EQ(client.next().payload, "hello");

  client.send(frame(opcode_binary, "bytes"));
  const ReceivedFrame answer = client.next();
  EXPECT_EQ(answer.opcode, opcode_binary);
  EXPECT_EQ(answer.payload, "bytes");
  EXPECT_TRUE(server.journal.has("text hello"));
  EXPECT_TRUE(server.journal.has("heard bytes"));
}

TEST(WebSockets, HearWhatCameTogetherWithTheUpgrade) {
  TestServer server;
  server.start();

  WebSocketClient client(server.websocket_port, frame(opcode_text, "early"));

  EXPECT_EQ(client.next().payload, "early");
}

TEST(WebSockets, PutFragmentsTogether) {
  TestServer server;
  server.start();
  WebSocketClient client(server.websocket_port);

  client.send(frame(opcode_text, "hel", Fin::no));
  client.send(frame(opcode_ping, "between"));
  client.send(frame(opcode_continuation, "lo"));

  EXPECT_EQ(client.next().opcode, opcode_pong);
  EXPECT_EQ(client.next().payload, "hello");
}

TEST(WebSockets, LetOthersHaveTheirTurnBetweenTheMessagesOfOneBurst) {
  constexpr std::size_t messages = 500;
  TestServer server;
  server.start();
  WebSocketClient busy(server.websocket_port);
  WebSocketClient other(server.websocket_port);
  Bytes burst;
  for (std::size_t i = 0; i < messages; ++i) append(burst, frame(opcode_text, "toil"));

  busy.send(burst);
  ASSERT_TRUE(server.journal.wait_for("text toil"));
  other.say("hello");
  EXPECT_EQ(other.next().payload, "hello");

  const auto events = server.journal.events();
  EXPECT_LT(static_cast<std::size_t>(std::ranges::count(events, "text toil")), messages);
  busy.say("done");
  EXPECT_EQ(busy.next().payload, "done") << "and none of the burst is lost";
  const auto all = server.journal.events();
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(all, "text toil")), messages);
}

TEST(WebSockets, CarryMessagesUpToTheirLimit) {
  TransportLimits limits = patient_limits();
  limits.message_bytes_max = 100'000;
  TestServer server(limits);
  server.start();
  WebSocketClient client(server.websocket_port);
  const std::string longest(limits.message_bytes_max, 'x');

  client.say(longest);

  EXPECT_EQ(client.next().payload, longest);
}

TEST(WebSockets, RefuseALongerMessageWhenItIsAnnounced) {
  TransportLimits limits = patient_limits();
  limits.message_bytes_max = 100'000;
  TestServer server(limits);
  server.start();
  WebSocketClient client(server.websocket_port);

  client.send(frame_head(opcode_text, limits.message_bytes_max + 1));

  EXPECT_EQ(client.next().close_code(), 1009U);
  client.end_sending();
  EXPECT_TRUE(server.journal.wait_for("departed lost"));
}

TEST(WebSockets, RefuseAMessageOfTooManyFragments) {
  TransportLimits limits = patient_limits();
  limits.message_frames_max = 4;
  TestServer server(limits);
  server.start();
  WebSocketClient client(server.websocket_port);

  // In one piece, and complete: how the bytes are cut must not matter.
  Bytes message = frame(opcode_text, "x", Fin::no);
  for (int more = 0; more < 3; ++more) append(message, frame(opcode_continuation, "x", Fin::no));
  append(message, frame(opcode_continuation, "x"));
  client.send(message);

  ReceivedFrame last = client.next();
  while (last.opcode == opcode_text) last = client.next();
  EXPECT_EQ(last.close_code(), 1008U);
  EXPECT_EQ(server.cut_for(Cut::too_many_frames), 1U);
}

TEST(WebSockets, AnswerACloseAndEnd) {
  TestServer server;
  server.start();
  WebSocketClient client(server.websocket_port);

  client.send(frame(opcode_close, "\x03\xE8 farewell"));

  EXPECT_EQ(client.next().close_code(), 1000U);
  EXPECT_EQ(client.receive_all(), "");
  EXPECT_TRUE(server.journal.wait_for("departed closed"));
}

TEST(WebSockets, RefuseACloseWithACodeThatNobodyMayUse) {
  TestServer server;
  server.start();
  WebSocketClient client(server.websocket_port);

  client.send(frame(opcode_close, "\x13\x88"));

  EXPECT_EQ(client.next().close_code(), 1002U);
  client.end_sending();
  EXPECT_EQ(client.receive_all(), "");
}

TEST(WebSockets, SayWhyAConversationEndsInWholeLetters) {
  TestServer server;
  server.start();
  WebSocketClient client(server.websocket_port);

  client.say("end");

  EXPECT_EQ(client.next().payload, "farewell");
  const ReceivedFrame close = client.next();
  EXPECT_EQ(close.close_code(), 1008U);
  EXPECT_EQ(close.close_reason(), std::string(122, 'x'));
}

TEST(WebSockets, TellAnEndWithoutACloseAsALoss) {
  TestServer server;
  server.start();
  WebSocketClient client(server.websocket_port);

  client.end_sending();

  EXPECT_TRUE(server.journal.wait_for("departed lost"));
}

TEST(WebSockets, KeepAConversationThatHoldsBackItsInput) {
  TestServer server;
  server.start();
  WebSocketClient client(server.websocket_port);
  client.say("hold");
  ASSERT_TRUE(server.journal.wait_for("text hold"));

  client.say("hello");
  server.release_latest();

  EXPECT_EQ(client.next().payload, "hello");
}

TEST(WebSockets, CutAMessageThatCrawls) {
  TransportLimits limits = patient_limits();
  limits.message_time_max = Milliseconds(50);
  TestServer server(limits);
  server.start();
  WebSocketClient client(server.websocket_port);

  client.send(ByteView(frame(opcode_text, "hello")).first(1));

  EXPECT_EQ(client.next().close_code(), 1008U);
  EXPECT_EQ(server.cut_for(Cut::slow_message), 1U);
}

TEST(WebSockets, CutAMessageWhoseNextFragmentDoesNotCome) {
  TransportLimits limits = patient_limits();
  limits.message_time_max = Milliseconds(50);
  TestServer server(limits);
  server.start();
  WebSocketClient client(server.websocket_port);

  client.send(frame(opcode_text, "hel", Fin::no));

  EXPECT_EQ(client.next().close_code(), 1008U);
}

TEST(WebSockets, EndAPeerThatGivesNoSignOfLife) {
  TransportLimits limits = patient_limits();
  limits.ping_interval = Milliseconds(20);
  limits.silence_max = Milliseconds(200);
  TestServer server(limits);
  server.start();
  WebSocketClient client(server.websocket_port);

  EXPECT_EQ(client.next().opcode, opcode_ping);
  EXPECT_TRUE(server.journal.wait_for("departed lost"));

  EXPECT_EQ(server.cut_for(Cut::silent), 1U);
}

TEST(WebSockets, KeepAPeerThatSaysNothingButAnswersPings) {
  TransportLimits limits = patient_limits();
  limits.ping_interval = Milliseconds(20);
  limits.silence_max = std::chrono::seconds(10);
  TestServer server(limits);
  server.start();
  WebSocketClient client(server.websocket_port);

  for (int round = 0; round < 5; ++round) {
    ASSERT_EQ(client.next().opcode, opcode_ping);
    client.send(frame(opcode_pong, ""));
  }

  EXPECT_FALSE(server.journal.has("departed lost"));
}

TEST(WebSockets, CutAPeerThatDoesNotRead) {
  TransportLimits limits = patient_limits();
  limits.write_stall_max = Milliseconds(50);
  TestServer server(limits);
  server.start();
  WebSocketClient client(server.websocket_port);

  client.say("flood");

  EXPECT_TRUE(server.journal.wait_for("departed lost"));
  EXPECT_EQ(server.cut_for(Cut::slow_consumer), 1U);
}

TEST(WebSockets, LeaveAPeerInPeaceThatReads) {
  TestServer server;
  server.start();
  WebSocketClient client(server.websocket_port);

  client.say("flood");

  EXPECT_EQ(client.next().payload, std::string(FakeConversation::flood_bytes, '~'));
  client.say("hello");
  EXPECT_EQ(client.next().payload, "hello");
}

TEST(WebSockets, EndAPeerThatDoesNotAnswerOurClose) {
  TransportLimits limits = patient_limits();
  limits.close_time_max = Milliseconds(50);
  TestServer server(limits);
  server.start();
  WebSocketClient client(server.websocket_port);
  client.say("end");
  EXPECT_EQ(client.next().payload, "farewell");
  EXPECT_EQ(client.next().close_code(), 1008U);

  server.stop();  // Waits for the last connection, and for nothing else.

  EXPECT_TRUE(server.journal.has("gone"));
}

TEST(WebSockets, EndAPeerThatClosesAndReadsNoMore) {
  TransportLimits limits = patient_limits();
  limits.close_time_max = Milliseconds(50);
  TestServer server(limits);
  server.start();
  WebSocketClient client(server.websocket_port);
  client.say("flood");
  ASSERT_TRUE(server.journal.wait_for("text flood"));

  client.send(frame(opcode_close, ""));

  EXPECT_TRUE(server.journal.wait_for("departed closed"));
  server.stop();
}

TEST(WebSockets, SayThatTheServerGoesAway) {
  TestServer server;
  server.start();
  WebSocketClient client(server.websocket_port);
  client.say("hello");
  EXPECT_EQ(client.next().payload, "hello");

  server.transport().shut_down();

  EXPECT_EQ(client.next().close_code(), 1001U);
  client.send(frame(opcode_close, "\x03\xE9"));
  EXPECT_EQ(client.receive_all(), "");
}

}  // namespace
}  // namespace avow::server
