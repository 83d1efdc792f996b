#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <future>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "avow/asio.hpp"
#include "avow/blocking.hpp"
#include "tests/integration/sdk/server.hpp"

// Durable state through the SDK, against a real server.

namespace avow::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Config {
  static constexpr Label label = "config";
  std::string name;
  int level = 0;
  bool operator==(const Config&) const = default;
};
struct Job {
  static constexpr Label label = "job";
  int number = 0;
};
struct Alive {
  static constexpr Label label = "alive";
  std::string who;
};

std::string code_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Failure& failure) {
    return failure.code();
  }
  return "none";
}

TEST(KeeperSdk, WhatIsPutStaysWhoeverPutIt) {
  Server server;
  blocking::Client ann(server.url());
  {
    blocking::Client bob(server.url());
    const Committed done = bob.put(Config{"a", 1});
    EXPECT_GT(done.revision, 0u);
    EXPECT_EQ(done.epoch, bob.server().epoch);
    bob.put(Config{"b", 2});
  }

  ann.drop(Config{"b", 2});

  EXPECT_THAT(ann.query<Config>(), ElementsAre(Config{"a", 1}));
}

TEST(KeeperSdk, ACommitUnderConditionsIsAllOrNothing) {
  Server server;
  blocking::Client ann(server.url());
  ann.put(Config{"a", 1});

  EXPECT_EQ(code_of([&] {
              ann.commit(Commit().absent(any<Config>()).put(Config{"b", 2}).item(Job{1}));
            }),
            "guard-failed");
  const Committed done = ann.commit(
      Commit().require(Config{"a", 1}).drop(Config{"a", 1}).put(Config{"a", 2}).item(Job{1}));

  EXPECT_THAT(done.results, SizeIs(3));
  EXPECT_THAT(ann.query<Config>(), ElementsAre(Config{"a", 2}));
  EXPECT_THAT(ann.take(any<Job>())->operator->()->number, 1);
}

TEST(KeeperSdk, ASlotHoldsOneFact) {
  Server server;
  blocking::Client ann(server.url());

  ann.slot(Value::symbol("a"), Config{"a", 1});
  ann.slot(Value::symbol("a"), Config{"a", 2});

  EXPECT_THAT(ann.query<Config>(), ElementsAre(Config{"a", 2}));
}

TEST(KeeperSdk, AnItemIsTakenByOneAndGivenBackUnlessAcknowledged) {
  Server server;
  blocking::Client ann(server.url());
  blocking::Client bob(server.url());
  ann.commit(Commit().item(Job{1}));
  {
    const auto job = ann.take(any<Job>());
    ASSERT_TRUE(job.has_value());
    EXPECT_EQ((*job)->number, 1);
    EXPECT_FALSE(bob.take(any<Job>()).has_value());
  }

  const auto again = bob.take(any<Job>(), 10s);
  ASSERT_TRUE(again.has_value());
  again->ack();
  EXPECT_EQ(code_of([&] { again->ack(); }), "unknown-item");
  EXPECT_FALSE(ann.take(any<Job>(), 50ms).has_value());
}

TEST(KeeperSdk, ATakeWaitsForWhatSomebodyElsePuts) {
  Server server;
  blocking::Client ann(server.url());
  blocking::Client bob(server.url());
  std::promise<int> taken;
  ann.space().take<Job>(any<Job>(), 60s, [&](Result<std::optional<Taken<Job>>> job) {
    taken.set_value((**job)->number);
  });
  ann.sync();

  bob.commit(Commit().item(Job{7}));

  EXPECT_EQ(taken.get_future().get(), 7);
}

TEST(KeeperSdk, FactsOfALeaseStayWhileItIsRenewedAndGoWithItsHandle) {
  Server server;
  blocking::Client ann(server.url());
  blocking::Client bob(server.url());
  {
    const Lease lease = ann.lease(200ms);
    ann.commit(Commit().lease_to(lease, Alive{"ann"}));
    // As long as a lease of the same length that nobody renews lives, three times.
    for (int turn = 0; turn < 3; ++turn) {
      std::promise<void> expired;
      Lease other = bob.lease(200ms, [&](std::uint64_t) { expired.set_value(); });
      std::move(other).release();
      EXPECT_FALSE(bob.take(any<Job>(), 200ms).has_value());
    }
    EXPECT_THAT(bob.query<Alive>(), SizeIs(1));
  }
  ann.sync();

  EXPECT_THAT(bob.query<Alive>(), IsEmpty());
}

TEST(KeeperSdk, AServerThatLostItsMemoryCannotSayWhatBecameOfACommit) {
  Server server;
  const std::string port = server.port();
  blocking::Client ann(server.url());
  std::promise<std::string> outcome;
  ann.space().commit(Commit().require(any<Job>()).put(Config{"a", 1}).wait(600s),
                     [&](const Result<Committed>& done) {
                       outcome.set_value(done.has_value() ? "ok" : done.error().code);
                     });
  ann.sync();

  server.kill();
  Server again(port);

  EXPECT_EQ(outcome.get_future().get(), "outcome-unknown");
}

task<void> work(std::string url) {
  Dataspace space = co_await connect(url);
  Commit commit;
  commit.item(Job{1}).item(Job{2});
  co_await space.commit(commit);
  const Config config{"a", 1};
  const Committed put = co_await space.put(config);
  EXPECT_THAT(put.results, ElementsAre(Value::boolean(true)));
  std::optional<AwaitableTaken<Job>> job = co_await space.take(any<Job>());
  EXPECT_EQ((*job)->number, 1);
  co_await job->ack();
  const std::optional<AwaitableItem> other =
      co_await space.take(Query(*parse_pattern_text("<job $n>")), 5s);
  EXPECT_EQ(other->value(), record("job", 2));
  const std::optional<AwaitableTaken<Job>> nothing = co_await space.take(any<Job>());
  EXPECT_FALSE(nothing.has_value());
  const Lease lease = co_await space.lease(60s);
  EXPECT_GT(lease.number(), 0u);
  co_await space.close();
}

TEST(KeeperSdk, CoroutinesDoTheSame) {
  const Server server;
  boost::asio::io_context io(1);
  std::exception_ptr thrown;
  bool ended = false;
  boost::asio::co_spawn(io, work(server.url()), [&](std::exception_ptr error) {
    thrown = error;
    ended = true;
  });
  io.run_for(60s);
  EXPECT_TRUE(ended) << "it did not end in time";
  if (thrown) std::rethrow_exception(thrown);
}

TEST(KeeperSdk, ALastTurnIsDoneWhenItsClientIsLostAndNotWhenItIsClosed) {
  Server server;
  // A process of its own, which will be killed: so nothing is said in good order. It begins before
  // there is any other thread here.
  const pid_t lost = fork();
  ASSERT_GE(lost, 0);
  if (lost == 0) {
    blocking::Client client(server.url());
    client.hold(Config{"held", 1});
    client.last_turn(Commit().put(Alive{"lost"})).hold();
    client.put(Config{"ready", 1});
    pause();
    _exit(0);
  }
  blocking::Client onlooker(server.url());
  {
    blocking::Client closed(server.url());
    closed.last_turn(Commit().put(Alive{"closed"})).hold();
  }
  std::promise<void> ready;
  const Subscription seen = onlooker.on_add<Config>([&](const Config& config) {
    if (config.name == "ready") ready.set_value();
  });
  ready.get_future().wait();
  EXPECT_THAT(onlooker.query<Alive>(), IsEmpty());
  std::promise<std::string> done;
  const Subscription told =
      onlooker.on_add<Alive>([&](const Alive& alive) { done.set_value(alive.who); });

  kill(lost, SIGKILL);
  waitpid(lost, nullptr, 0);

  EXPECT_EQ(done.get_future().get(), "lost");
  EXPECT_THAT(onlooker.query<Config>(), ElementsAre(Config{"ready", 1}));
}

}  // namespace
}  // namespace avow::test
