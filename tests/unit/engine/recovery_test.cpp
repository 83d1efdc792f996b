#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/keeper_world.hpp"

// What a restart brings back: all that was committed, and nothing else.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::KeeperClient;
using testing::KeeperWorld;
using testing::orders;
using testing::standing_numbers;
using testing::test_options;
using ::testing::UnorderedElementsAre;

TEST(Recovery, FactsAndSlotsAreThereAgainInTheirSpaces) {
  KeeperWorld world;
  world.journal().commit_at_once();
  {
    KeeperClient client(world.engine());
    KeeperClient elsewhere(world.engine(), orders);
    (void)client.done("<put <n 1>> <slot \"k\" <n 2>> <put <n 3>>");
    (void)client.done("<drop <n 3>>");
    (void)elsewhere.done("<put <n 4>>");
    client->say("[[% <A <n 5> 5>]]");
  }

  world.restart();

  EXPECT_THAT(standing_numbers(world.engine()), UnorderedElementsAre("9 + [1]", "9 + [2]"));
  EXPECT_THAT(standing_numbers(world.engine(), orders), ElementsAre("9 + [4]"));
  KeeperClient client(world.engine());
  EXPECT_EQ(client.done("<put <n 1>> <slot \"k\" <n 6>> <slot \"k\">"), "[#f #t #t]");
  EXPECT_THAT(standing_numbers(world.engine()), ElementsAre("9 + [1]"));
}

TEST(Recovery, WhatWasNotCommittedIsNotThere) {
  KeeperWorld world;
  {
    KeeperClient client(world.engine());
    (void)client.commit("<put <n 1>>");
    world.commit();
    (void)client.commit("<put <n 2>>");
  }

  world.restart();

  EXPECT_THAT(standing_numbers(world.engine()), ElementsAre("9 + [1]"));
}

TEST(Recovery, ItemsAreThereInOrderAndHeldByNobody) {
  KeeperWorld world;
  world.journal().commit_at_once();
  {
    KeeperClient client(world.engine());
    (void)client.done("<item <job 1>> <item <job 2>> <item <job 3>>");
    (void)client.done("<take <_>>");
    (void)client.done("<take <_>>", "{ack: #t}");
  }

  world.restart();
  KeeperClient client(world.engine());
  const int first = client.commit("<take <_>>");

  EXPECT_THAT(client.outcome(first), HasSubstr("<job 1>"));
  EXPECT_THAT(client.done("<take <_>>"), HasSubstr("<job 3>"));
  EXPECT_EQ(client.done("<take <_>>"), "empty");
}

TEST(Recovery, NoNumberThatWasHandedOutComesAgain) {
  KeeperWorld world;
  world.journal().commit_at_once();
  std::uint64_t item = 0;
  std::uint64_t seq = 0;
  std::uint64_t revision = 0;
  {
    KeeperClient client(world.engine());
    const int asked = client.commit("<item <job 1>>");
    item = client.id_of(asked);
    seq = std::stoull(client.entry(asked, "seq"));
    revision = std::stoull(client.entry(asked, "rev"));
    (void)client.done("<take <_>>", "{ack: #t}");
  }

  world.restart();
  KeeperClient client(world.engine());
  const int asked = client.commit("<item <job 2>>");

  EXPECT_GT(client.id_of(asked), item + (std::uint64_t{1} << 31));
  EXPECT_GT(std::stoull(client.entry(asked, "seq")), seq + (std::uint64_t{1} << 31));
  EXPECT_GT(std::stoull(client.entry(asked, "rev")), revision + (std::uint64_t{1} << 31));
}

TEST(Recovery, AfterACleanEndNumbersGoOnRightAboveTheLastOfAll) {
  KeeperWorld world;
  std::uint64_t last = 0;
  {
    KeeperClient client(world.engine());
    (void)client.commit("<item 1> <item 2> <item 3> <item 4> <item 5> <item 6> <item 7> <item 8>");
    world.commit();
    (void)client.commit(
        "<take <_>> <take <_>> <take <_>> <take <_>> <take <_>> <take <_>> "
        "<take <_>> <take <_>>",
        "{ack: #t}");
    last = world.engine().last_number();
  }

  world.end_and_start();
  KeeperClient client(world.engine());
  const int asked = client.commit("<item 9>");
  world.commit();

  EXPECT_GT(last, world.journal().committed().front().seq + 3) << "there are more items than turns";
  EXPECT_EQ(client.id_of(asked), last + 1);
}

TEST(Recovery, TheEpochIsThatOfTheJournal) {
  EngineOptions options = test_options();
  options.epoch = 1;
  KeeperWorld world(options);

  EXPECT_EQ(world.engine().epoch(), 7U);
}

TEST(Recovery, ASpaceStaysWhileAnythingIsKeptInIt) {
  KeeperWorld world;
  world.journal().commit_at_once();
  {
    KeeperClient client(world.engine());
    (void)client.done("<put <n 1>> <item 1>");
  }
  EXPECT_EQ(world.engine().spaces().size(), 1U);
  world.restart();
  EXPECT_EQ(world.engine().spaces().size(), 1U);
  {
    KeeperClient client(world.engine());
    (void)client.done("<drop <n 1>>");
  }
  EXPECT_EQ(world.engine().spaces().size(), 1U);
  {
    KeeperClient client(world.engine());
    (void)client.done("<take <_>>", "{ack: #t}");
  }

  EXPECT_EQ(world.engine().spaces().size(), 0U);
  EXPECT_EQ(world.engine().reference_count(), 2U) << "the gatekeeper and nobody";
}

TEST(Recovery, ManyRowsComeInManyTurns) {
  KeeperWorld world;
  world.journal().commit_at_once();
  {
    KeeperClient client(world.engine());
    std::string ops;
    for (int i = 0; i < 5'000; ++i) ops += "<put <n " + std::to_string(i) + ">>";
    (void)client.done(ops);
  }
  world.restart();

  EXPECT_EQ(standing_numbers(world.engine()).size(), 5'000U);
}

/// Tells one row to whoever recovers.
class OneRow final : public Journal {
 public:
  OneRow(StoredKind kind, std::string_view key, std::string_view value)
      : kind_(kind), key_(key), value_(value) {}

  Result<HistoryStart> recover(RecoverySink& sink) override {
    sink.space(0, "main", 1);
    AVOW_TRY_VOID(sink.row({kind_, 0, bytes_of(key_), bytes_of(value_)}));
    return HistoryStart{.epoch = 7, .above = 9, .through = std::uint64_t{1} << 32};
  }
  void start(JournalListener&) override {}
  void append(JournalTurn) override {}
  void reserve(std::uint64_t) override {}
  LogSpan span() const override { return {}; }
  Result<void> close(std::uint64_t) override { return {}; }

 private:
  StoredKind kind_;
  std::string_view key_;
  std::string_view value_;
};

std::string recovered(StoredKind kind, std::string_view key, std::string_view value) {
  OneRow journal(kind, key, value);
  EngineOptions options = test_options();
  options.journal = &journal;
  Engine engine(options);
  const Result<HistoryStart> start = engine.recover();
  return start ? "good" : start.error().code;
}

TEST(Recovery, ARowThatNoKeeperWroteEndsIt) {
  constexpr std::string_view id("\0\0\0\0\0\0\0\1", 8);
  EXPECT_EQ(recovered(StoredKind::fact, "\x80", ""), "good");
  EXPECT_EQ(recovered(StoredKind::fact, "\x80\x80", ""), "corrupt");
  EXPECT_EQ(recovered(StoredKind::slot, "\x80", ""), "corrupt");
  EXPECT_EQ(recovered(StoredKind::item, id, "\x80"), "good");
  EXPECT_EQ(recovered(StoredKind::item, "\x80", "\x80"), "corrupt");
  EXPECT_EQ(recovered(StoredKind::lease, id, id), "corrupt");
  EXPECT_EQ(recovered(StoredKind::lease_fact, std::string(id) + "\x80", ""), "corrupt");
  EXPECT_EQ(recovered(StoredKind{99}, "\x80", ""), "corrupt");
}

/// Keeps nothing, so it is to be told nothing.
class NothingKept final : public Journal {
 public:
  Result<HistoryStart> recover(RecoverySink&) override {
    return HistoryStart{.epoch = 7, .through = std::uint64_t{1} << 32};
  }
  void start(JournalListener&) override {}
  bool keeps() const override { return false; }
  void append(JournalTurn) override { ADD_FAILURE() << "A turn was written down for nobody."; }
  void reserve(std::uint64_t) override {}
  LogSpan span() const override { return {}; }
  Result<void> close(std::uint64_t) override { return {}; }
};

TEST(Recovery, NothingIsWrittenDownForAJournalThatKeepsNothing) {
  NothingKept journal;
  EngineOptions options = test_options();
  options.journal = &journal;
  options.journal_level = Level::accepted;
  Engine engine(options);
  ASSERT_TRUE(engine.recover());
  KeeperClient client(engine);

  EXPECT_EQ(client.done("<put <a 1>>"), "[#t]");
  EXPECT_EQ(client.done("<drop <a 1>>"), "[#t]");
}

}  // namespace
}  // namespace avow::server
