#include <gtest/gtest.h>

#include "tests/unit/transport/socket_client.hpp"
#include "tests/unit/transport/test_server.hpp"

namespace avow::server {
namespace {

std::string answer_to(TestServer& server, const std::string& request_line,
                      const std::string& fields = "Host: localhost\r\n") {
  SocketClient client(server.websocket_port);
  client.send(request_line + " HTTP/1.1\r\n" + fields + "\r\n");
  return client.receive_all();
}

bool has_line(const std::string& answer, const std::string& line) {
  return answer.find("\r\n" + line + "\r\n") != std::string::npos;
}

std::string body_of(const std::string& answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

TEST(HttpSockets, AnswerAPageAndEndTheConnection) {
  TestServer server;
  server.start();

  const std::string answer = answer_to(server, "GET /here?query");

  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(has_line(answer, "Content-Length: 17"));
  EXPECT_TRUE(has_line(answer, "Connection: close"));
  EXPECT_TRUE(has_line(answer, "X-Content-Type-Options: nosniff"));
  EXPECT_EQ(body_of(answer), "the page at /here");
}

TEST(HttpSockets, AnswerTheHeadOfAPageWithoutItsBody) {
  TestServer server;
  server.start();

  const std::string answer = answer_to(server, "HEAD /here");

  EXPECT_TRUE(has_line(answer, "Content-Length: 17")) << answer;
  EXPECT_EQ(body_of(answer), "");
}

TEST(HttpSockets, DoNotSayALengthOfWhatTheClientHasAlready) {
  TestServer server;
  server.start();

  const std::string answer =
      answer_to(server, "GET /", "Host: localhost\r\nIf-None-Match: \"v1\"\r\n");

  EXPECT_TRUE(answer.starts_with("HTTP/1.1 304 ")) << answer;
  EXPECT_EQ(answer.find("Content-Length"), std::string::npos);
  EXPECT_EQ(body_of(answer), "");
}

TEST(HttpSockets, AnswerPagesAloneUntilConversationsBegin) {
  TestServer server;
  server.transport().hold_conversations("Come back.");
  server.start();

  EXPECT_EQ(body_of(answer_to(server, "GET /here")), "the page at /here");
  SocketClient early(server.websocket_port);
  early.send(WebSocketClient::upgrade_request());
  const std::string refusal = early.receive_all();
  EXPECT_TRUE(refusal.starts_with("HTTP/1.1 503 ")) << refusal;
  EXPECT_TRUE(has_line(refusal, "Retry-After: 1"));
  EXPECT_EQ(body_of(refusal), "Come back.\n");

  server.on_its_thread([&] { server.transport().begin_conversations(); });

  WebSocketClient client(server.websocket_port);
  client.say("hello");
  EXPECT_EQ(client.next().payload, "hello");
}

TEST(HttpSockets, RefuseARequestWithTwoHosts) {
  TestServer server;
  server.start();

  const std::string answer = answer_to(server, "GET /", "Host: localhost\r\nHost: evil\r\n");

  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
}

TEST(HttpSockets, RefuseAHeadThatIsTooLargeWhileItIsStillSent) {
  TransportLimits limits = patient_limits();
  limits.request_head_bytes_max = 1'000;
  TestServer server(limits);
  server.start();
  SocketClient client(server.websocket_port);

  client.send("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + std::string(100'000, 'x'));

  EXPECT_TRUE(client.receive_until("\r\n").starts_with("HTTP/1.1 431 "));
}

TEST(HttpSockets, CutAHandshakeThatDoesNotCome) {
  TransportLimits limits = patient_limits();
  limits.handshake_time_max = Milliseconds(50);
  TestServer server(limits);
  server.start();
  SocketClient client(server.websocket_port);

  client.send("GET / HT");

  EXPECT_EQ(client.receive_all(), "");
  EXPECT_EQ(server.cut_for(Cut::slow_handshake), 1U);
}

TEST(HttpSockets, TurnAwayWhoFindsNoPlaceInAWholeResponse) {
  TransportLimits limits = patient_limits();
  limits.connections_max = 1;
  TestServer server(limits);
  server.start();
  WebSocketClient first(server.websocket_port);

  SocketClient second(server.websocket_port);

  const std::string answer = second.receive_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_TRUE(has_line(answer, "Content-Length: " + std::to_string(body_of(answer).size())));
}

TEST(HttpSockets, HaveTheirPlaceBackOnceTheyAreGone) {
  TransportLimits limits = patient_limits();
  limits.connections_max = 1;
  TestServer server(limits);
  server.start();
  {
    WebSocketClient first(server.websocket_port);
    first.send(frame(opcode_close, ""));
    EXPECT_EQ(first.next().opcode, opcode_close);
  }
  ASSERT_TRUE(server.journal.wait_for("gone"));

  // The place is free a moment after the conversation has gone, which only trying can tell.
  std::string answer;
  do {
    answer = answer_to(server, "GET /");
  } while (answer.starts_with("HTTP/1.1 503 "));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
}

}  // namespace
}  // namespace avow::server
