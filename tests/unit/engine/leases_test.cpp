#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/keeper_world.hpp"

// Leases: facts that stay until their time is over, by the engine's clock and never too early.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::KeeperClient;
using testing::KeeperWorld;
using testing::numbers;
using ::testing::StartsWith;
using testing::TestClient;

constexpr Milliseconds ttl{400};

std::string op(std::string_view label, std::uint64_t id, std::string_view rest = "") {
  return "<" + std::string(label) + " " + std::to_string(id) + std::string(rest) + ">";
}

struct LeasesOfASpace : ::testing::Test {
  LeasesOfASpace() {
    world.journal().commit_at_once();
    watcher.resolve();
    watcher.observe(9, numbers, 1);
  }

  // A lease that has begun to count, with the fact <n 1>.
  std::uint64_t begin() {
    asked = client.lease(ttl);
    const std::uint64_t id = client.id_of(asked);
    EXPECT_EQ(client.done(op("lease-to", id, " <n 1>")), "[#t]");
    world.pass(Milliseconds{0});
    (void)watcher.heard();
    return id;
  }

  KeeperWorld world;
  TestClient watcher{world.engine()};
  KeeperClient client{world.engine()};
  int asked = 0;
};

TEST_F(LeasesOfASpace, ItsFactsGoWhenItsTimeIsOverAndNotBefore) {
  (void)begin();

  world.pass(ttl - Milliseconds{1});
  EXPECT_THAT(watcher.heard(), IsEmpty());
  world.pass(Milliseconds{1});

  EXPECT_THAT(watcher.heard(), ElementsAre("9 -"));
  EXPECT_EQ(watcher.told.back().cause, Cause::expired);
  EXPECT_EQ(world.journal().row_count(), 0U);
}

TEST_F(LeasesOfASpace, WhenNobodyTicksItStillNeverEndsEarly) {
  world.pass(Milliseconds{1'000});
  const std::uint64_t id = client.id_of(client.lease(ttl));
  (void)client.done(op("lease-to", id, " <n 1>"));

  world.pass(ttl);
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]")) << "it may have begun a moment ago";
  world.pass(ttl);

  EXPECT_THAT(watcher.heard(), ElementsAre("9 -"));
}

TEST_F(LeasesOfASpace, TheNextDeadlineTellsWhenToTick) {
  EXPECT_FALSE(world.engine().next_deadline());
  const std::uint64_t id = client.id_of(client.lease(ttl));
  EXPECT_EQ(world.engine().next_deadline(), Moment::min()) << "to begin to count";

  world.pass(Milliseconds{10});
  EXPECT_EQ(world.engine().next_deadline(), world.now() + ttl);
  (void)client.done(op("renew", id));
  EXPECT_EQ(world.engine().next_deadline(), Moment::min());
  (void)client.done(op("end", id));
  EXPECT_FALSE(world.engine().next_deadline());
}

TEST_F(LeasesOfASpace, OneRenewalRenewsAllItsFacts) {
  const std::uint64_t id = begin();
  (void)client.done(op("lease-to", id, " <n 2>"));
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [2]"));

  for (int i = 0; i < 5; ++i) {
    world.pass(ttl - Milliseconds{1});
    EXPECT_EQ(client.done(op("renew", id)), "[#t]");
    world.pass(Milliseconds{0});
  }
  EXPECT_THAT(watcher.heard(), IsEmpty());
  world.pass(ttl);

  EXPECT_THAT(watcher.heard(), ElementsAre("9 -", "9 -"));
  EXPECT_EQ(watcher.turn_sizes.back(), 2U);
}

TEST_F(LeasesOfASpace, TheEndByIdIsToldApartFromExpiry) {
  const std::uint64_t id = begin();

  EXPECT_EQ(client.done(op("end", id)), "[#t]");

  EXPECT_THAT(watcher.heard(), ElementsAre("9 -"));
  EXPECT_EQ(watcher.told.back().cause, Cause::retracted);
  EXPECT_THAT(client.answer(asked), StartsWith("<ended "));
  EXPECT_EQ(client.done(op("end", id)), "unknown-lease");
  EXPECT_EQ(client.done(op("renew", id)), "unknown-lease");
  EXPECT_EQ(client.done(op("lease-to", id, " <n 1>")), "unknown-lease");
}

TEST_F(LeasesOfASpace, ItsHolderIsToldOfTheExpiryInPlaceOfTheFirstAnswer) {
  (void)begin();
  EXPECT_THAT(client.answer(asked), StartsWith("<ok {"));
  (void)client->heard();

  world.pass(ttl);

  EXPECT_THAT(client->heard(), ElementsAre(StartsWith(std::to_string(asked) + " + <expired "),
                                           std::to_string(asked) + " -"));
  EXPECT_EQ(client->told.back().cause, Cause::expired);
}

TEST_F(LeasesOfASpace, ALeaseOutlivesItsRequestAndItsSession) {
  (void)begin();
  client.retract(asked);
  client->close(Cause::closed);
  EXPECT_THAT(watcher.heard(), IsEmpty());

  world.pass(ttl);

  EXPECT_THAT(watcher.heard(), ElementsAre("9 -"));
}

TEST_F(LeasesOfASpace, AnybodyWhoKnowsTheIdRenewsIt) {
  const std::uint64_t id = begin();
  KeeperClient other(world.engine());

  world.pass(ttl - Milliseconds{1});
  EXPECT_EQ(other.done(op("renew", id)), "[#t]");
  world.pass(Milliseconds{1});

  EXPECT_THAT(watcher.heard(), IsEmpty());
}

TEST_F(LeasesOfASpace, AFactStaysAsLongAsAnythingSupportsIt) {
  const std::uint64_t first = begin();
  const std::uint64_t second = client.id_of(client.lease(ttl));
  EXPECT_EQ(client.done(op("lease-to", second, " <n 1>") + op("lease-to", second, " <n 1>")),
            "[#t #f]");
  EXPECT_EQ(client.done("<put <n 1>>"), "[#t]");

  (void)client.done(op("end", first));
  (void)client.done("<drop <n 1>>");
  EXPECT_THAT(watcher.heard(), IsEmpty());
  (void)client.done(op("end", second));

  EXPECT_THAT(watcher.heard(), ElementsAre("9 -"));
}

TEST_F(LeasesOfASpace, ALeaseThatEndsInACommitIsGoneForItsLaterOperations) {
  const std::uint64_t id = begin();

  EXPECT_EQ(client.done(op("end", id) + op("lease-to", id, " <n 2>")), "unknown-lease");
  EXPECT_EQ(client.done(op("lease-to", id, " <n 2>") + op("end", id)), "[#t #t]");

  EXPECT_THAT(watcher.heard(), ElementsAre("9 -"));
}

TEST_F(LeasesOfASpace, AnExpiryIsADurableTurnThatEverybodyWaitsFor) {
  KeeperWorld slow;
  KeeperClient holder(slow.engine());
  TestClient there(slow.engine());
  there.resolve();
  there.observe(9, numbers, 1);
  const int lease = holder.lease(ttl);
  slow.commit();
  (void)holder.commit(op("lease-to", holder.id_of(lease), " <n 1>"));
  slow.commit();
  (void)there.heard();
  slow.pass(Milliseconds{0});

  slow.pass(ttl);
  EXPECT_THAT(there.heard(), IsEmpty());
  slow.commit();

  EXPECT_THAT(there.heard(), ElementsAre("9 -"));
}

TEST_F(LeasesOfASpace, WhatIsRefused) {
  EXPECT_EQ(client.entry(client.lease(Milliseconds{49}), "code"), "bad-request");
  EXPECT_EQ(client.entry(client.lease(std::chrono::hours(24 * 31)), "code"), "bad-request");
  EXPECT_EQ(client.done("<renew \"x\">"), "bad-request");
}

// ---- restarts -------------------------------------------------------------------------------

TEST(LeasesAcrossRestarts, WhatWasLeftIsLeftAndDowntimeIsNotCounted) {
  KeeperWorld world;
  world.journal().commit_at_once();
  {
    KeeperClient client(world.engine());
    const std::uint64_t id = client.id_of(client.lease(ttl));
    (void)client.done(op("lease-to", id, " <n 1>"));
    world.pass(Milliseconds{0});
    world.pass(ttl / 4);
    world.pass(ttl / 4);  // Half of it is left, and that is written down.
  }
  world.restart();
  TestClient watcher(world.engine());
  watcher.resolve();
  watcher.observe(9, numbers, 1);
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]"));

  world.pass(Milliseconds{0});
  world.pass(ttl / 2 - Milliseconds{1});
  EXPECT_THAT(watcher.heard(), IsEmpty());
  world.pass(Milliseconds{1});

  EXPECT_THAT(watcher.heard(), ElementsAre("9 -"));
  EXPECT_EQ(watcher.told.back().cause, Cause::expired);
}

TEST(LeasesAcrossRestarts, AQuarterIsLeftAtLeast) {
  KeeperWorld world;
  world.journal().commit_at_once();
  {
    KeeperClient client(world.engine());
    const std::uint64_t id = client.id_of(client.lease(ttl));
    (void)client.done(op("lease-to", id, " <n 1>"));
    world.pass(Milliseconds{0});
    world.pass(ttl / 2);
    world.pass(ttl / 2 - Milliseconds{1});
  }
  world.restart();
  world.pass(Milliseconds{0});

  world.pass(ttl / 4 - Milliseconds{1});
  EXPECT_EQ(world.journal().row_count(), 2U);
  world.pass(Milliseconds{1});
  EXPECT_EQ(world.journal().row_count(), 0U);
}

TEST(LeasesAcrossRestarts, AHundredRestartsDoNotExtendALeaseWithoutBound) {
  KeeperWorld world;
  world.journal().commit_at_once();
  {
    KeeperClient client(world.engine());
    (void)client.lease(ttl);
    world.pass(Milliseconds{0});
  }
  int runs = 0;
  for (; runs < 100 && world.journal().row_count() > 0; ++runs) {
    world.restart();
    world.pass(ttl / 4);  // Begins to count.
    world.pass(ttl / 4);
  }

  EXPECT_LE(runs, 5);
}

TEST(LeasesAcrossRestarts, RenewalsReachTheJournalAtMostEveryQuarter) {
  KeeperWorld world;
  world.journal().commit_at_once();
  KeeperClient client(world.engine());
  const std::uint64_t id = client.id_of(client.lease(ttl));
  world.pass(Milliseconds{0});
  const std::size_t before = world.journal().committed().size();

  for (int i = 0; i < 40; ++i) {
    world.pass(ttl / 40);
    (void)client.done(op("renew", id));
  }

  EXPECT_LE(world.journal().committed().size(), before + 4);
  EXPECT_GE(world.journal().committed().size(), before + 3);
}

}  // namespace
}  // namespace avow::server
