#include <future>
#include <gmock/gmock.h>
#include <map>
#include <mutex>
#include <vector>

#include "avow/blocking.hpp"
#include "tests/integration/sdk/facts.hpp"
#include "tests/integration/sdk/seen.hpp"
#include "tests/integration/sdk/server.hpp"

// The server is killed and started again: programs need not notice more than what is true.

namespace avow::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What a client's link did: `up`, `lost`.
Subscription watch_link(Space& space, Seen& seen) {
  return space.on_link([&seen](const LinkState& state) {
    if (state.phase == LinkState::Phase::up) seen.add("up");
    if (state.phase == LinkState::Phase::lost) seen.add("lost");
  });
}

TEST(ReconnectingSdk, FactsAndSubscriptionsComeBackAndOnlyTrueDifferencesAreTold) {
  auto server = std::make_unique<Server>();
  const std::string port = server->port();
  blocking::Client client(server->url());
  std::optional<blocking::Client> other(std::in_place, server->url());
  const Publication ann = client.publish(Present{"ann", "lobby"});
  const Publication bob = other->publish(Present{"bob", "lobby"});
  Seen seen;
  Seen link;
  const Subscription during = client.during<Present>([&](const Present& fact, Facet& facet) {
    seen.add("+" + fact.who);
    facet.on_stop([&seen, who = fact.who] { seen.add("-" + who); });
  });
  client.wait_synced(during);
  EXPECT_THAT(seen.all(), testing::UnorderedElementsAre("+ann", "+bob"));
  seen.clear();
  const Subscription watching = watch_link(client, link);

  server->kill();
  link.wait_for("lost");
  EXPECT_TRUE(during.is_synced()) << "it never goes back";
  EXPECT_THAT(seen.all(), IsEmpty()) << "what was told stands while the link is down";
  other.reset();
  link.clear();
  server = std::make_unique<Server>(port);
  link.wait_for("up");
  seen.wait_for("-bob");

  EXPECT_THAT(client.query<Present>(), ElementsAre(Present{"ann", "lobby"}));
  EXPECT_THAT(seen.all(), ElementsAre("-bob")) << "ann never left";
}

// L14. Half of the owners come back, the others do not.
TEST(ReconnectingSdk, AfterAKillEachFactOfASessionGoesOnceWithItsCauseUnlessItsOwnerIsBack) {
  constexpr int facts = 1'000;
  auto server = std::make_unique<Server>();
  const std::string port = server->port();
  blocking::Client watcher(server->url());
  blocking::Client loyal(server->url());
  std::optional<blocking::Client> gone(std::in_place, server->url());
  std::vector<Publication> kept;
  std::vector<Publication> lost;
  for (int i = 0; i < facts; i += 2) {
    kept.push_back(loyal.publish(Present{std::to_string(i), "loyal"}));
    lost.push_back(gone->publish(Present{std::to_string(i + 1), "gone"}));
  }
  Seen seen;
  Seen last;
  std::mutex guard;
  std::map<std::string, int> removals;
  Query all(*parse_pattern_text("<present $who $room>"), Want::captures);
  const Subscription watching =
      watcher.space().subscribe(std::move(all), [&](const Change& change) {
        if (change.kind == Change::Kind::synced) seen.add("synced");
        if (change.kind != Change::Kind::remove) return;
        const std::lock_guard hold(guard);
        ++removals[to_text(change.captures) + " " + change.cause];
        if (removals.size() == facts / 2) last.add("all");
      });
  seen.wait_for("synced");

  server->kill();
  lost.clear();
  gone.reset();
  server = std::make_unique<Server>(port);
  last.wait_for("all");

  const std::lock_guard hold(guard);
  for (const auto& [what, times] : removals) {
    EXPECT_EQ(times, 1) << what;
    EXPECT_THAT(what, ::testing::EndsWith("\"gone\"] server-restart"));
  }
}

TEST(ReconnectingSdk, WhatIsAskedWhileTheLinkIsDownIsDoneWhenItIsBack) {
  auto server = std::make_unique<Server>();
  const std::string port = server->port();
  blocking::Client client(server->url());
  Publication gone = client.publish(Present{"gone", "lobby"});
  Seen seen;
  Seen link;
  const Subscription watching = watch_link(client, link);
  server->kill();
  link.wait_for("lost");

  client.hold(Present{"new", "lobby"});
  gone.retract();
  Subscription late = client.on_add<Present>([&](const Present& fact) { seen.add(fact.who); });
  client.space().query(any<Present>().pattern, [&](const Result<Rows>& found) {
    seen.add("found " + std::to_string(found.value().rows.size()));
  });
  std::string refusal;
  try {
    client.send(Present{"message", "lobby"});
  } catch (const Failure& failure) {
    refusal = failure.code();
  }
  link.clear();
  server = std::make_unique<Server>(port);
  client.wait_synced(late);
  seen.wait_for("found 1");

  EXPECT_EQ(refusal, "link-down");
  EXPECT_THAT(client.query<Present>(), ElementsAre(Present{"new", "lobby"}));
  seen.wait_for("new");
}

TEST(ReconnectingSdk, ASubscriptionMadeTheMomentTheLinkIsBackIsNotLost) {
  auto server = std::make_unique<Server>();
  const std::string port = server->port();
  blocking::Client client(server->url());
  client.hold(Present{"ann", "lobby"});
  const Subscription early = client.on_add<Present>([](const Present&) {});
  Seen seen;
  Seen link;
  Subscription added;
  const Subscription adding = client.on_link([&](const LinkState& state) {
    if (state.phase == LinkState::Phase::lost) link.add("lost");
    if (state.phase != LinkState::Phase::up || link.all().empty()) return;
    added = client.on_add<Present>([&seen](const Present& fact) { seen.add(fact.who); });
  });

  server->kill();
  link.wait_for("lost");
  server = std::make_unique<Server>(port);

  seen.wait_for("ann");
}

TEST(ReconnectingSdk, AServerThatComesLateIsWaitedForIfAsked) {
  Options options;
  {
    const Server server;
    options.url = server.url();
  }
  options.connect_within = Milliseconds(20'000);
  const std::string port = options.url.substr(options.url.rfind(':') + 1);
  auto connecting =
      std::async(std::launch::async, [&options] { return blocking::Client(options).link().phase; });

  const Server server(port);

  EXPECT_EQ(connecting.get(), LinkState::Phase::up);
}

}  // namespace
}  // namespace avow::test
