#include "avow/blocking.hpp"

#include <gmock/gmock.h>
#include <thread>

#include "tests/integration/sdk/facts.hpp"
#include "tests/integration/sdk/seen.hpp"
#include "tests/integration/sdk/server.hpp"

// Programs that use the blocking client, against a real server.

namespace avow::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST(BlockingSdk, TwoClientsSeeEachOthersFacts) {
  Server server;
  blocking::Client ann(server.url());
  blocking::Client bob(server.url());

  const Publication ann_here = ann.publish(Present{"ann", "lobby"});
  const Publication bob_here = bob.publish(Present{"bob", "hall"});

  const std::vector<Present> everybody = ann.query<Present>();
  EXPECT_THAT(everybody, UnorderedElementsAre(Present{"ann", "lobby"}, Present{"bob", "hall"}));
  EXPECT_THAT(bob.query(where(&Present::room, "lobby")), ElementsAre(Present{"ann", "lobby"}));
}

TEST(BlockingSdk, FactsComeAndGoWithTheirClient) {
  Server server;
  blocking::Client watcher(server.url());
  Seen seen;
  const Subscription subscription =
      watcher.subscribe(Query(*parse_pattern_text("<present $who _>")), [&](const Change& change) {
        if (change.kind == Change::Kind::add) seen.add("+" + to_text(change.fact));
        if (change.kind == Change::Kind::remove) {
          seen.add("-" + to_text(change.captures) + " " + change.cause);
        }
      });
  watcher.wait_synced(subscription);
  {
    blocking::Client other(server.url());
    const Publication here = other.publish(Present{"ann", "lobby"});
    seen.wait_for("+<present \"ann\" \"lobby\">");
  }

  seen.wait_for("-[\"ann\"] retracted");
  {
    blocking::Client other(server.url());
    other.hold(Present{"bob", "lobby"});
    other.sync();
  }
  seen.wait_for("-[\"bob\"] closed");
}

TEST(BlockingSdk, DuringBeginsAndStopsWithNestedFacets) {
  Server server;
  blocking::Client watcher(server.url());
  blocking::Client other(server.url());
  Seen seen;
  const Subscription during =
      watcher.during(where(&Present::room, "lobby"), [&](const Present& present, Facet& facet) {
        seen.add("+" + present.who);
        facet.on_stop([&seen, who = present.who] { seen.add("-" + who); });
        facet.publish(record("greeted", present.who));
        facet.during<Temperature>([&seen](const Temperature& temperature, Facet& inner) {
          seen.add("+" + temperature.room);
          inner.on_stop([&seen, room = temperature.room] { seen.add("-" + room); });
        });
      });
  Publication here = other.publish(Present{"ann", "lobby"});
  const Publication elsewhere = other.publish(Present{"bob", "hall"});
  other.hold(Temperature{"lobby", 20});
  seen.wait_for("+lobby");
  EXPECT_EQ(other.query(Query(*parse_pattern_text("<greeted _>"))).rows.size(), 1u);

  here.retract();
  seen.wait_for("-ann");
  watcher.sync();

  EXPECT_THAT(seen.all(), ElementsAre("+ann", "+lobby", "-lobby", "-ann"));
  EXPECT_THAT(other.query(Query(*parse_pattern_text("<greeted _>"))).rows, IsEmpty());
}

TEST(BlockingSdk, MessagesReachWhoListens) {
  Server server;
  blocking::Client listener(server.url());
  blocking::Client speaker(server.url());
  Seen seen;
  const Subscription listening =
      listener.on_message<Present>([&](const Present& present) { seen.add(present.who); });
  listener.wait_synced(listening);

  speaker.send(Present{"ann", "lobby"});

  seen.wait_for("ann");
}

TEST(BlockingSdk, AProviderLearnsWhatOthersAskForAndHowMany) {
  Server server;
  blocking::Client provider(server.url());
  Seen seen;
  const Query demand = of_others(counted(
      parse_pattern_text("<Observe <group <rec present> {0: <bind <lit $who>>}> _>").value()));
  const Subscription own =
      provider.subscribe(where(&Present::who, "ann").pattern, [](const Change&) {});
  const Subscription asked = provider.subscribe(demand, [&](const Change& change) {
    if (change.kind == Change::Kind::synced) return;
    seen.add((change.kind == Change::Kind::add ? "+" : "-") + to_text(change.captures) + " " +
             std::to_string(change.count) + change.cause);
  });
  provider.wait_synced(asked);
  blocking::Client one(server.url());
  blocking::Client two(server.url());

  {
    const Subscription first =
        one.subscribe(where(&Present::who, "ann").pattern, [](const Change&) {});
    one.wait_synced(first);
    const Subscription second =
        two.subscribe(where(&Present::who, "ann").pattern, [](const Change&) {});
    two.wait_synced(second);
    seen.wait_for("+[\"ann\"] 2");
    EXPECT_THAT(seen.all(), testing::IsSupersetOf({"+[\"ann\"] 1", "+[\"ann\"] 2"}));
  }
  seen.wait_for("-[\"ann\"] 1retracted");
}

TEST(BlockingSdk, ATurnComesAndGoesWhole) {
  Server server;
  blocking::Client client(server.url());
  Publication old = client.publish(Present{"ann", "lobby"});

  const Receipt receipt = client.turn([&old](Turn& turn) {
    turn.hold(Present{"ann", "hall"}).hold(Present{"bob", "hall"}).retract(old);
  });

  EXPECT_GT(receipt.revision(), 0u);
  EXPECT_EQ(receipt.spaces.at(0).space, "main");
  EXPECT_THAT(client.query<Present>(),
              UnorderedElementsAre(Present{"ann", "hall"}, Present{"bob", "hall"}));
}

TEST(BlockingSdk, AnIntegerIsReadWhereADoubleIsDueAndToldOnce) {
  Server server;
  blocking::Client client(server.url());
  Seen seen;
  const Subscription adds = client.on_add<Temperature>(
      [&](const Temperature& fact) { seen.add(fact.room + std::to_string(fact.celsius)); });
  client.hold(record("temperature", "hall", 21));
  client.hold(record("temperature", "hall", 21.0));
  client.hold(record("temperature", "hall", 21.0, "and more"));
  client.sync();
  client.sync();

  EXPECT_THAT(seen.all(), ElementsAre("hall21.000000"));
  EXPECT_THAT(client.query<Temperature>(), ElementsAre(Temperature{"hall", 21}));
}

TEST(BlockingSdk, SpacesAreApart) {
  Server server;
  Options options;
  options.url = server.url();
  options.space = "orders";
  blocking::Client orders(options);
  blocking::Client main_space(server.url());
  const Publication here = orders.publish(Present{"ann", "lobby"});

  EXPECT_EQ(orders.server().space, "orders");
  EXPECT_EQ(orders.query<Present>().size(), 1u);
  EXPECT_THAT(main_space.query<Present>(), IsEmpty());
}

TEST(BlockingSdk, AWrongTokenIsRefused) {
  Server server;
  try {
    const blocking::Client client(
        server.url(), "<ref {oid: \"syndicate\" sig: #x\"00000000000000000000000000000000\"}>");
    FAIL() << "it was let in";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), "refused");
  }
}

TEST(BlockingSdk, WithoutAServerThereIsNone) {
  try {
    const blocking::Client client("ws://127.0.0.1:1");
    FAIL() << "it found a server";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), "no-server");
    EXPECT_NE(failure.error().detail.find("ws://127.0.0.1:1"), std::string::npos);
  }
}

TEST(BlockingSdk, ACallbackThatWaitsIsToldThatItMustNot) {
  Server server;
  blocking::Client client(server.url());
  Seen seen;
  const Subscription adds = client.on_add<Present>([&](const Present&) {
    try {
      client.sync();
    } catch (const Failure& failure) {
      seen.add(failure.code());
    }
  });
  client.hold(Present{"ann", "lobby"});

  seen.wait_for("would-block");
}

TEST(BlockingSdk, ManyThreadsMayUseOneClient) {
  Server server;
  blocking::Client client(server.url());
  constexpr int thread_count = 4;
  std::vector<std::thread> threads;
  threads.reserve(thread_count);
  for (int number = 0; number < thread_count; ++number) {
    threads.emplace_back([&client, number] {
      for (int i = 0; i < 25; ++i) {
        const Publication here = client.publish(record("n", number, i));
        Subscription adds = client.on_add<Present>([](const Present&) {});
        EXPECT_GE(client.query(Query(*parse_pattern_text("<n _ _>"))).rows.size(), 1u);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  client.sync();

  EXPECT_THAT(client.query(Query(*parse_pattern_text("<n _ _>"))).rows, IsEmpty());
}

TEST(BlockingSdk, TheEndOfAClientWhoseServerIsGoneIsQuick) {
  auto server = std::make_unique<Server>();
  std::optional<blocking::Client> client(std::in_place, server->url());
  client->hold(Present{"ann", "lobby"});
  server->kill();

  const auto begun = std::chrono::steady_clock::now();
  client.reset();

  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

TEST(BlockingSdk, AClientMayEndInItsOwnCallback) {
  Server server;
  auto client = std::make_unique<blocking::Client>(server.url());
  Seen seen;
  client
      ->on_add<Present>([&](const Present&) {
        client.reset();
        seen.add("ended");
      })
      .hold();
  client->hold(Present{"ann", "lobby"});

  seen.wait_for("ended");
}

}  // namespace
}  // namespace avow::test
