#include <algorithm>
#include <atomic>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/transport/socket_client.hpp"
#include "tests/unit/transport/test_server.hpp"

namespace avow::server {
namespace {

TEST(StreamSockets, CarryWhatIsSaidBothWays) {
  TestServer server;
  server.start();
  SocketClient client(server.tcp_port);

  client.send("hello");

  EXPECT_EQ(client.receive(5), "hello");
}

TEST(StreamSockets, AreServedByALoopThatSpinsBeforeItSleeps) {
  // Longer than the test lasts, so that it never sleeps, or so short that it nearly always does.
  using std::chrono::microseconds;
  for (const microseconds spin : {microseconds(std::chrono::minutes(10)), microseconds(1)}) {
    TestServer server(patient_limits(), spin);
    server.start();
    SocketClient client(server.tcp_port);
    for (int i = 0; i < 100; ++i) {
      client.send("hello");
      ASSERT_EQ(client.receive(5), "hello");
    }
    client.end_sending();
    EXPECT_TRUE(server.journal.wait_for("departed closed"));
  }
}

TEST(StreamSockets, LetConnectionsWaitUntilConversationsBegin) {
  TestServer server;
  server.transport().hold_conversations("Come back.");
  server.start();
  SocketClient client(server.tcp_port);
  client.send("hello");
  EXPECT_EQ(server.counters().accepted, 0U);

  server.on_its_thread([&] { server.transport().begin_conversations(); });

  EXPECT_EQ(client.receive(5), "hello");
}

TEST(StreamSockets, AreNotReadWhileInputIsHeldBackForAll) {
  std::atomic<bool> is_behind = true;
  TestServer server;
  server.transport().hold_input_while([&] { return is_behind.load(); });
  server.start();
  SocketClient client(server.tcp_port);
  SocketClient other(server.tcp_port);
  client.send("hello");
  other.send("hello");
  EXPECT_TRUE(server.journal.wait_for("opened"));
  EXPECT_FALSE(server.journal.has("heard hello"));
  other.reset();

  is_behind = false;
  server.on_its_thread([] {});  // Whatever ends it comes through the loop.

  EXPECT_EQ(client.receive(5), "hello");
}

TEST(StreamSockets, GiveTheAnswerToAPeerThatHasEndedItsDirection) {
  TestServer server;
  server.start();
  SocketClient client(server.tcp_port);

  client.send("hello");
  client.end_sending();

  EXPECT_EQ(client.receive_all(), "hello");
  EXPECT_TRUE(server.journal.wait_for("departed closed"));
}

TEST(StreamSockets, TellAResetFromAnEnd) {
  TestServer server;
  server.start();
  SocketClient client(server.tcp_port);
  client.send("hello");
  EXPECT_EQ(client.receive(5), "hello");

  client.reset();

  EXPECT_TRUE(server.journal.wait_for("departed lost"));
  EXPECT_TRUE(server.journal.wait_for("gone"));
}

TEST(StreamSockets, WriteEverythingBeforeAnEnding) {
  TestServer server;
  server.start();
  SocketClient client(server.tcp_port);

  client.send("end");

  EXPECT_EQ(client.receive_all(), "farewell");
  EXPECT_TRUE(server.journal.has("departed closed"));
}

TEST(StreamSockets, KeepAConversationThatHoldsBackItsInput) {
  TestServer server;
  server.start();
  SocketClient client(server.tcp_port);
  client.send("hold");
  ASSERT_TRUE(server.journal.wait_for("heard hold"));

  client.send("hello");
  server.release_latest();

  EXPECT_EQ(client.receive(5), "hello");
  EXPECT_FALSE(server.journal.has("gone"));
}

TEST(StreamSockets, ReadNothingWhileInputIsHeldBack) {
  TestServer server;
  server.start();
  SocketClient held(server.tcp_port);
  held.send("hold");
  ASSERT_TRUE(server.journal.wait_for("heard hold"));

  held.send("not yet");
  SocketClient other(server.tcp_port);
  other.send("hello");

  EXPECT_EQ(other.receive(5), "hello");
  EXPECT_FALSE(server.journal.has("heard not yet"));
}

TEST(StreamSockets, RingWhenADeadlineHasPassed) {
  TestServer server;
  server.start();
  SocketClient client(server.tcp_port);

  client.send("later");

  EXPECT_EQ(client.receive(3), "now");
  EXPECT_TRUE(server.journal.has("on time"));
  EXPECT_FALSE(server.journal.has("too early"));
}

TEST(StreamSockets, LetOthersHaveTheirTurnBeforeTheRestOfWhatHasCome) {
  constexpr std::size_t toils = 500;
  TestServer server;
  server.start();
  SocketClient busy(server.tcp_port);
  SocketClient other(server.tcp_port);
  std::string burst;
  for (std::size_t i = 0; i < toils; ++i) burst += "toil";

  busy.send(burst);
  ASSERT_TRUE(server.journal.wait_for("heard toil"));
  other.send("hello");
  EXPECT_EQ(other.receive(5), "hello");

  const auto events = server.journal.events();
  EXPECT_LT(static_cast<std::size_t>(std::ranges::count(events, "heard toil")), toils);
  busy.send("done");
  EXPECT_EQ(busy.receive(4), "done") << "and none of the burst is lost";
  const auto all = server.journal.events();
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(all, "heard toil")), toils);
}

TEST(StreamSockets, CutAPeerThatDoesNotRead) {
  TransportLimits limits = patient_limits();
  limits.write_stall_max = Milliseconds(50);
  TestServer server(limits);
  server.start();
  SocketClient client(server.tcp_port);

  client.send("flood");

  EXPECT_TRUE(server.journal.wait_for("departed lost"));
  EXPECT_EQ(server.cut_for(Cut::slow_consumer), 1U);
  EXPECT_LT(client.receive_all().size(), FakeConversation::flood_bytes);
}

TEST(StreamSockets, LeaveAPeerInPeaceThatReads) {
  TestServer server;
  server.start();
  SocketClient client(server.tcp_port);

  client.send("flood");

  EXPECT_EQ(client.receive(FakeConversation::flood_bytes),
            std::string(FakeConversation::flood_bytes, '~'));
  client.send("hello");
  EXPECT_EQ(client.receive(5), "hello");
}

TEST(StreamSockets, EndAPeerThatDoesNotEndAfterUs) {
  TransportLimits limits = patient_limits();
  limits.close_time_max = Milliseconds(50);
  TestServer server(limits);
  server.start();
  SocketClient client(server.tcp_port);
  client.send("end");
  EXPECT_EQ(client.receive_all(), "farewell");

  server.stop();  // Waits for the last connection, and for nothing else.

  EXPECT_TRUE(server.journal.has("gone"));
}

TEST(StreamSockets, TellEveryConversationOfAShutdown) {
  TestServer server;
  server.start();
  SocketClient client(server.tcp_port);
  client.send("hello");
  EXPECT_EQ(client.receive(5), "hello");

  server.transport().shut_down();

  EXPECT_EQ(client.receive_all(), "");
  EXPECT_TRUE(server.journal.wait_for("departed closed"));
}

TEST(StreamSockets, DoNotOutliveTheTimeOfAShutdown) {
  TransportLimits limits = patient_limits();
  limits.drain_time_max = Milliseconds(50);
  TestServer server(limits);
  server.start();
  SocketClient client(server.tcp_port);
  client.send("flood");  // Is never read, so the farewell cannot be written.
  ASSERT_TRUE(server.journal.wait_for("heard flood"));

  server.stop();

  EXPECT_TRUE(server.journal.has("departed lost"));
}

TEST(StreamSockets, TurnAwayWhoFindsNoPlace) {
  TransportLimits limits = patient_limits();
  limits.connections_max = 1;
  TestServer server(limits);
  server.start();
  SocketClient first(server.tcp_port);
  first.send("hello");
  EXPECT_EQ(first.receive(5), "hello");

  SocketClient second(server.tcp_port);

  const std::string told = second.receive_all();
  EXPECT_TRUE(told.starts_with("<error \"there are too many connections")) << told;
  EXPECT_EQ(server.counters().refused[static_cast<std::size_t>(Refusal::connection_limit)], 1U);
}

TEST(StreamSockets, OfUnixAreForTheirOwnerAloneAndGoWithTheServer) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("avow-sockets-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = folder / "socket";
  TestServer server;
  ASSERT_EQ(*server.transport().listen_unix(path), "unix:" + path);
  server.start();

  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  {
    SocketClient client(path);
    client.send("hello");
    EXPECT_EQ(client.receive(5), "hello");
  }
  server.stop();
  EXPECT_FALSE(std::filesystem::exists(path));
  std::filesystem::remove(folder);
}

}  // namespace
}  // namespace avow::server
