#include "avow/asio.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>

#include "avow/raw.hpp"
#include "tests/integration/sdk/facts.hpp"
#include "tests/integration/sdk/server.hpp"

// Programs of coroutines on their own io_context, against a real server.

namespace avow::test {
namespace {

namespace asio = boost::asio;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

/// Runs the test's coroutine to its end.
void run(task<void> body) {
  asio::io_context io(1);
  std::exception_ptr thrown;
  bool ended = false;
  asio::co_spawn(io, std::move(body), [&](std::exception_ptr error) {
    thrown = error;
    ended = true;
  });
  io.run_for(std::chrono::seconds(60));
  EXPECT_TRUE(ended) << "it did not end in time";
  if (thrown) std::rethrow_exception(thrown);
}

task<void> two_clients(std::string url) {
  Dataspace ann = co_await connect(url);
  Dataspace bob = co_await connect(url);
  AwaitablePublication here = ann.publish(Present{"ann", "lobby"});
  const Receipt receipt = co_await here.accepted();
  EXPECT_GT(receipt.revision(), 0u);
  std::vector<std::string> seen;
  auto body = [&seen](const Present& present, Facet& facet) {
    seen.push_back("+" + present.who);
    facet.on_stop([&seen, who = present.who] { seen.push_back("-" + who); });
  };
  const Subscription during = bob.during(where(&Present::room, "lobby"), body);
  co_await bob.synced(during);
  here.retract();
  co_await ann.sync();
  co_await bob.sync();
  EXPECT_THAT(seen, ElementsAre("+ann", "-ann"));
  co_await ann.close();
  co_await bob.close();
}

TEST(AsioSdk, TwoClientsOfOneContextSeeEachOther) {
  const Server server;
  run(two_clients(server.url()));
}

task<void> turns_and_messages(std::string url) {
  Dataspace space = co_await connect(url);
  std::vector<std::string> heard;
  auto hear = [&heard](const Present& present) { heard.push_back(present.who); };
  const Subscription listening = space.on_message<Present>(hear);
  auto edit = [](Turn& turn) {
    turn.hold(Present{"ann", "hall"}).hold(Present{"bob", "hall"}).send(Present{"hi", "hall"});
  };
  co_await space.turn(edit);
  const Present there{"there", "hall"};
  co_await space.sent(there);
  co_await space.sync();
  EXPECT_THAT(heard, ElementsAre("hi", "there"));
  const std::vector<Present> all = co_await space.query<Present>();
  EXPECT_THAT(all, UnorderedElementsAre(Present{"ann", "hall"}, Present{"bob", "hall"}));
}

TEST(AsioSdk, TurnsMessagesAndQueriesAreAwaited) {
  const Server server;
  run(turns_and_messages(server.url()));
}

task<void> refused(std::string url) {
  std::string code;
  try {
    const std::string wrong =
        "<ref {oid: \"syndicate\" sig: #x\"00000000000000000000000000000000\"}>";
    const Dataspace space = co_await connect(url, wrong);
  } catch (const Failure& failure) {
    code = failure.code();
  }
  EXPECT_EQ(code, "refused");
}

TEST(AsioSdk, ARefusalIsThrown) {
  const Server server;
  run(refused(server.url()));
}

task<void> cancelled(Server& server) {
  using asio::experimental::awaitable_operators::operator||;
  Dataspace space = co_await connect(server.url());
  server.kill();
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(50));
  auto query = space.query<Present>();
  auto expiry = timer.async_wait(asio::use_awaitable);
  const auto first = co_await (std::move(query) || std::move(expiry));
  EXPECT_EQ(first.index(), 1u) << "nobody can have answered";
}

TEST(AsioSdk, WaitingCanBeCancelled) {
  Server server;
  run(cancelled(server));
}

task<void> abandoned(std::string url) {
  Dataspace space = co_await connect(url);
  const Subscription adds = space.on_add<Present>([](const Present&) {});
  asio::steady_timer never(co_await asio::this_coro::executor, std::chrono::hours(1));
  co_await never.async_wait(asio::use_awaitable);
}

TEST(AsioSdk, AContextMayGoWhileClientsLive) {
  const Server server;
  asio::io_context io(1);
  asio::co_spawn(io, abandoned(server.url()), asio::detached);

  io.run_for(std::chrono::milliseconds(300));
}

task<void> raw_frames(std::string url) {
  RawLink link = co_await RawLink::open(url, "avow.json.v1");
  const auto hello = co_await link.receive();
  EXPECT_TRUE(hello && hello->find("hello") != std::string::npos);
  link.send("{\"publish\": \"<n 1>\", \"id\": 1}");
  const auto answer = co_await link.receive();
  EXPECT_TRUE(answer && answer->find("\"ok\"") != std::string::npos) << answer.value_or("nothing");
  co_await link.close();
  const auto end = co_await link.receive();
  EXPECT_FALSE(end.has_value());
}

TEST(AsioSdk, RawFramesTravelAsTheyAre) {
  const Server server;
  run(raw_frames(server.url()));
}

}  // namespace
}  // namespace avow::test
