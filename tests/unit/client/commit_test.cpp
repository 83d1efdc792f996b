#include "avow/client/commit.hpp"

#include <gmock/gmock.h>

#include "tests/unit/client/fake_keeper.hpp"

// Commits through callbacks: how the keeper is found, what it is asked, and that asking again after
// a lost link is harmless.

namespace avow::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Config {
  static constexpr Label label = "config";
  std::string name;
  int level = 0;
};

class CommitTest : public ::testing::Test {
 protected:
  void SetUp() override { driver.start_and_open(); }
  // The end answers what is still asked; and items must not outlive the world.
  void TearDown() override {
    driver.end();
    last.reset();
  }
  /// Remembers the outcome.
  OnCommitted note() {
    return [this](Result<Committed> outcome) { last = std::move(outcome); };
  }
  [[nodiscard]] std::string code() const {
    return !last ? "none yet" : last->has_value() ? "ok" : last->error().code;
  }

  KeeperDriver driver;
  std::optional<Result<Committed>> last;
};

constexpr std::string_view id_0 = "turn-id: [#x\"00000000000000000000000000000000\" ";

TEST_F(CommitTest, TheKeeperIsLookedForOnceAndOnlyWhenItIsNeeded) {
  driver.world.run();
  EXPECT_THAT(driver.world.heard.turns, IsEmpty());

  driver.client->put(Config{"a", 1});
  driver.run();
  driver.client->put(Config{"b", 1});
  driver.run();

  EXPECT_THAT(driver.world.heard.published("Observe"), ElementsAre(keeper_observer));
  EXPECT_THAT(driver.asked(), SizeIs(2));
}

TEST_F(CommitTest, OperationsAndDemandsGoInOneAssertion) {
  driver.client->commit(Commit()
                            .require(Config{"a", 1})
                            .absent(Query(*parse_pattern_text("<lock _>")))
                            .put(Config{"b", 2})
                            .drop(record("old"))
                            .slot(Value::symbol("leader"), record("leader", "ann"))
                            .item(record("job", 1))
                            .send(record("hello"))
                            .wait(Milliseconds(250))
                            .level(Level::accepted),
                        note());
  driver.run();

  EXPECT_THAT(
      driver.asked(),
      ElementsAre("commit [<put <config \"b\" 2>> <drop <old>> <slot leader <leader \"ann\">> "
                  "<item <job 1>> <send <hello>>] "
                  "{absent: [<group <rec lock> {0: <_>}>] level: accepted require: "
                  "[<group <rec config> {0: <lit \"a\"> 1: <lit 1>}>] timeout: 250 " +
                  std::string(id_0) + "1]}"));
}

TEST_F(CommitTest, TheAnswerIsToldOnceAndTheRequestTakenBack) {
  driver.client->put(Config{"a", 1}, note());
  driver.run();

  driver.commit_is_done("[#t]");

  ASSERT_EQ(code(), "ok");
  EXPECT_EQ((*last)->revision, 20u);
  EXPECT_EQ((*last)->sequence, 30u);
  EXPECT_EQ((*last)->epoch, "00000000000000ab");
  EXPECT_EQ((*last)->level, Level::durable);
  EXPECT_EQ((*last)->turn_id->number, 1u);
  EXPECT_EQ((*last)->results.front(), Value::boolean(true));
  EXPECT_THAT(driver.asked(), ElementsAre(HasSubstr("<put"), "back"));
}

TEST_F(CommitTest, ARefusalIsToldOrReported) {
  driver.client->put(Config{"a", 1}, note());
  driver.run();
  driver.is_refused("no-space");
  EXPECT_EQ(code(), "no-space");

  driver.client->put(Config{"a", 1});
  driver.run();
  driver.is_refused("quota");

  ASSERT_THAT(driver.errors, SizeIs(1));
  EXPECT_EQ(driver.errors[0].code, "quota");
}

TEST_F(CommitTest, ASpaceWithoutAKeeperRefuses) {
  driver.client->put(Config{"a", 1}, note());
  driver.world.run();
  EXPECT_EQ(code(), "none yet");

  driver.tell(keeper_sync_frame());
  EXPECT_EQ(code(), "unsupported");

  last.reset();
  driver.client->put(Config{"b", 1}, note());
  driver.world.run();
  EXPECT_EQ(code(), "unsupported");
}

TEST_F(CommitTest, ATurnThatTheServerRefusesIsTheCommitsRefusal) {
  driver.client->put(Config{"a", 1}, note());
  driver.run();

  driver.tell(refusal_frame(driver.world.heard.turns.back().number, "quota"));

  EXPECT_EQ(code(), "quota");
}

TEST_F(CommitTest, WhatCannotBeKeptIsNotEvenAsked) {
  driver.client->put(record("a", ReferenceId{4}), note());
  driver.run();
  EXPECT_EQ(code(), "reference-not-durable");

  driver.client->commit(Commit().take(Query(*parse_pattern_text("<pair $x $x>"))), note());
  driver.run();
  EXPECT_EQ(code(), "unsupported");

  driver.client->commit(Commit().ack(Item()), note());
  driver.run();
  EXPECT_EQ(code(), "unknown-item");

  driver.client->put(Value::string(std::string(2'000'000, 'a')), note());
  driver.run();
  EXPECT_EQ(code(), "limit");
  EXPECT_THAT(driver.asked(), IsEmpty());
}

// ---- lost links -----------------------------------------------------------------------------

TEST_F(CommitTest, AfterALostLinkItIsAskedAgainUnderTheSameTurnId) {
  driver.client->put(Config{"a", 1}, note());
  driver.run();
  const std::vector<std::string> first = driver.asked();

  driver.reconnect();

  EXPECT_EQ(driver.asked(), first);
  driver.commit_is_done("[#t]", "replayed: #t");
  ASSERT_EQ(code(), "ok");
  EXPECT_TRUE((*last)->replayed);
}

TEST_F(CommitTest, AServerOfAnotherHistoryCannotSayWhatBecameOfIt) {
  driver.client->put(Config{"a", 1}, note());
  driver.run();

  driver.reconnect(0xCD);

  EXPECT_EQ(code(), "outcome-unknown");
  EXPECT_THAT(last->error().detail, HasSubstr("00000000000000000000000000000000/1"));
  EXPECT_THAT(driver.asked(), IsEmpty());
}

TEST_F(CommitTest, WhatWasNeverSaidIsSimplySaidLater) {
  driver.lose();
  driver.client->put(Config{"a", 1}, note());

  driver.world.pass(Milliseconds(1'000));
  driver.world.connection->establish();
  driver.tell(frame_of({hello()}));
  driver.tell(frame_of({opened()}));
  driver.run();
  driver.commit_is_done("[#t]");

  EXPECT_EQ(code(), "ok");
}

TEST_F(CommitTest, ClosingLeavesOnlyWhatWasSaidUnknown) {
  driver.client->put(Config{"a", 1}, note());
  driver.run();
  std::optional<Result<Committed>> waiting;

  driver.lose();
  driver.client->commit(Commit().put(Config{"b", 1}),
                        [&](Result<Committed> outcome) { waiting = std::move(outcome); });
  driver.client->close();
  driver.world.run();

  EXPECT_EQ(code(), "outcome-unknown");
  ASSERT_TRUE(waiting.has_value());
  EXPECT_EQ(waiting->error().code, "closed");
}

// ---- items ----------------------------------------------------------------------------------

class ItemTest : public CommitTest {
 protected:
  void take() {
    driver.client->take(Query(*parse_pattern_text("<job $n>")), Milliseconds(500),
                        [this](Result<std::optional<Item>> item) { taken = std::move(item); });
    driver.run();
  }
  void take_5() {
    take();
    driver.commit_is_done("[{id: 5 value: <job 1>}]");
    driver.world.heard = {};
  }
  void TearDown() override {
    CommitTest::TearDown();
    taken.reset();
  }

  std::optional<Result<std::optional<Item>>> taken;
};

TEST_F(ItemTest, ATakeWaitsAsLongAsToldAndHoldsTheItem) {
  take();
  EXPECT_THAT(driver.asked(), ElementsAre("commit [<take <group <rec job> {0: <bind <_>>}>>] "
                                          "{timeout: 500}"));

  driver.commit_is_done("[{id: 5 value: <job 1>}]");

  ASSERT_TRUE(taken.has_value() && taken->has_value() && (*taken)->has_value());
  EXPECT_EQ((**taken)->id(), 5u);
  EXPECT_EQ((**taken)->value(), record("job", 1));
}

TEST_F(ItemTest, NothingInTimeIsNoError) {
  take();
  driver.is_refused("empty");

  ASSERT_TRUE(taken.has_value() && taken->has_value());
  EXPECT_FALSE((*taken)->has_value());
}

TEST_F(ItemTest, AnAcknowledgedItemIsGone) {
  take_5();
  std::optional<bool> acknowledged;

  (**taken)->ack([&](const Result<void>& outcome) { acknowledged = outcome.has_value(); });
  driver.run();
  EXPECT_THAT(driver.asked(), ElementsAre(HasSubstr("[<ack 5>]")));
  driver.commit_is_done("[#t]");
  taken.reset();
  driver.run();

  EXPECT_EQ(acknowledged, true);
  EXPECT_THAT(driver.asked(), ElementsAre(HasSubstr("[<ack 5>]"), "back"));
}

TEST_F(ItemTest, AnItemThatNobodyAcknowledgesIsGivenBack) {
  take_5();

  taken.reset();
  driver.run();

  EXPECT_THAT(driver.asked(), ElementsAre("commit [<ack 5> <item <job 1>>] {}"));
}

TEST_F(ItemTest, ARefusedCommitLeavesTheItemHeld) {
  take_5();
  driver.client->commit(Commit().require(Config{"a", 1}).ack(**taken->operator->()), note());
  driver.run();
  driver.is_refused("guard-failed");
  driver.world.heard = {};

  taken.reset();
  driver.run();

  EXPECT_THAT(driver.asked(), ElementsAre("commit [<ack 5> <item <job 1>>] {}"));
}

TEST_F(ItemTest, ALostLinkEndsTheHold) {
  take_5();
  driver.lose();

  driver.client->commit(Commit().ack(**taken->operator->()), note());
  driver.world.run();

  EXPECT_EQ(code(), "unknown-item");
  taken.reset();
  driver.reconnect();
  EXPECT_THAT(driver.asked(), IsEmpty());
}

TEST_F(ItemTest, AnAcknowledgementOnItsWayIsAskedForBeforeAnythingIsTakenAgain) {
  take_5();
  const Item item = **taken->operator->();
  take();
  item.ack({});
  driver.run();

  driver.reconnect();

  EXPECT_THAT(driver.asked(), ElementsAre(HasSubstr("<ack 5>"), HasSubstr("<take")));
}

TEST_F(ItemTest, WhatWasConsumedAtOnceIsTheSameAfterALostLinkAndNotHeld) {
  driver.client->commit(Commit().take(any<Config>()).consume(), note());
  driver.run();
  driver.reconnect();
  driver.commit_is_done("[{id: 5 value: <config \"a\" 1>}]", "replayed: #t");
  driver.world.heard = {};
  ASSERT_EQ(code(), "ok");
  EXPECT_EQ((*last)->items.front().value(), record("config", "a", 1));

  last.reset();
  driver.run();

  EXPECT_THAT(driver.asked(), IsEmpty());
}

TEST_F(ItemTest, WhatANamedCommitTookIsHeldAgainUnlessTheServerSaysOtherwise) {
  driver.client->commit(Commit().take(any<Config>()).put(record("busy")), note());
  driver.run();
  driver.reconnect();
  driver.commit_is_done("[{id: 5 value: <config \"a\" 1>} #t]", "replayed: #t");
  last.reset();
  driver.run();
  EXPECT_THAT(driver.asked().back(), HasSubstr("<ack 5>"));

  driver.client->commit(Commit().take(any<Config>()).put(record("busy")), note());
  driver.run();
  driver.commit_is_done("[{id: 6 value: <config \"a\" 1>} #t]", "replayed: #t not-held: [6]");
  driver.world.heard = {};
  last.reset();
  driver.run();
  EXPECT_THAT(driver.asked(), IsEmpty());
}

TEST_F(ItemTest, ATypedTakeReadsTheFields) {
  std::optional<Result<std::optional<Taken<Config>>>> typed;
  const auto note_typed = [&](Result<std::optional<Taken<Config>>> item) {
    typed.emplace(std::move(item));
  };
  driver.client->take<Config>(any<Config>(), Milliseconds(0), note_typed);
  driver.run();
  driver.commit_is_done("[{id: 5 value: <config \"a\" 7>}]");
  EXPECT_EQ((**typed)->operator->()->level, 7);
  typed.reset();
  driver.run();
  driver.world.heard = {};

  driver.client->take<Config>(any<Config>(), Milliseconds(0), note_typed);
  driver.run();
  driver.commit_is_done("[{id: 6 value: <config 3 7>}]");
  driver.run();

  EXPECT_EQ(typed->error().code, "bad-item");
  EXPECT_THAT(driver.asked().back(), HasSubstr("[<ack 6> <item <config 3 7>>]"));
}

TEST(PatternOf, AValueIsMatchedByItsAtoms) {
  const Value value = parse_text("<a 1 [\"b\" {c: 2.0}]>").value();

  const Pattern pattern = pattern_of(value).value();

  EXPECT_TRUE(pattern.match(value).has_value());
  EXPECT_FALSE(pattern.match(parse_text("<a 1 [\"b\" {c: 3.0}]>").value()).has_value());
  EXPECT_TRUE(pattern_of(Value::symbol("_")).value().match(Value::symbol("_")).has_value());
  EXPECT_FALSE(pattern_of(Value::symbol("_")).value().match(Value::symbol("x")).has_value());
  EXPECT_EQ(pattern_of(parse_text("#{1 2}").value()).error().code, "bad-pattern");
}

}  // namespace
}  // namespace avow::test
