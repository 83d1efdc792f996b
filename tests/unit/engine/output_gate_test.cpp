#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <utility>

#include "server/engine/number_reserve.hpp"
#include "tests/unit/engine/keeper_world.hpp"

// The output gate: nobody is told what could still be lost, and nobody waits without need.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::KeeperClient;
using testing::KeeperWorld;
using testing::numbers;
using testing::orders;
using testing::test_options;
using testing::TestClient;

struct Gate : ::testing::Test {
  Gate() {
    watcher.resolve();
    watcher.observe(9, numbers, 1);
  }

  KeeperWorld world;
  TestClient watcher{world.engine()};
  KeeperClient client{world.engine()};
};

TEST_F(Gate, NobodyIsToldOfADurableTurnBeforeItIsCommitted) {
  const int put = client.commit("<put <n 1>>");
  EXPECT_EQ(client.answer(put), "");
  EXPECT_THAT(watcher.heard(), IsEmpty());
  EXPECT_GT(world.engine().held_bytes(), 0U);

  world.commit();

  EXPECT_EQ(client.outcome(put), "[#t]");
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]"));
  EXPECT_EQ(world.engine().held_bytes(), 0U);
}

TEST_F(Gate, TurnsAreToldInOrderHoweverManyAreCommittedAtOnce) {
  (void)client.commit("<put <n 1>>");
  client->say("[[% <A <n 2> 5>]]");
  (void)client.commit("<put <n 3>>");
  client->say("[[% <R 5>]]");
  const std::uint64_t first = world.journal().appended().front().seq;

  world.journal().commit_through(first);
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]", "9 + [2]"));
  world.commit();
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [3]", "9 -"));
}

TEST_F(Gate, WhatTouchesTheSpaceLaterWaitsToo) {
  (void)client.commit("<put <n 1>>");

  watcher.say("[[% <A <n 2> 50>]]");

  EXPECT_THAT(watcher.heard(), IsEmpty());
  world.commit();
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]", "9 + [2]"));
}

TEST_F(Gate, WhoComesLaterIsToldOfNothingThatIsNotCommitted) {
  (void)client.commit("<put <n 1>>");
  TestClient late(world.engine());
  late.resolve();
  late.observe(9, numbers, 1);
  EXPECT_THAT(late.heard(), IsEmpty());

  world.commit();

  EXPECT_THAT(late.heard(), ElementsAre("9 + [1]"));
}

TEST_F(Gate, AnotherSpaceDoesNotWait) {
  TestClient elsewhere(world.engine());
  elsewhere.resolve(orders);
  elsewhere.observe(9, numbers, 1);
  (void)client.commit("<put <n 1>>");

  elsewhere.say("[[% <A <n 2> 50>]]");

  EXPECT_THAT(elsewhere.heard(), ElementsAre("9 + [2]"));
}

TEST_F(Gate, WhatTheSessionDoesElsewhereAfterADurableTurnWaits) {
  TestClient elsewhere(world.engine());
  elsewhere.resolve(orders);
  elsewhere.observe(9, numbers, 1);
  client->resolve(orders);  // From now on `%` means that space; the keeper is still that of main.
  (void)client.commit("<put <n 1>>");

  client->say("[[% <A <n 2> 50>]]");

  EXPECT_THAT(elsewhere.heard(), IsEmpty());
  world.commit();
  EXPECT_THAT(elsewhere.heard(), ElementsAre("9 + [2]"));
}

TEST_F(Gate, ASyncIsAnsweredInItsPlace) {
  TestClient bystander(world.engine());
  bystander.resolve();
  (void)client.commit("<put <n 1>>");
  client->say("[[% <S #:[0 30]>]]");
  watcher.say("[[% <S #:[0 30]>]]");
  bystander.say("[[% <S #:[0 30]>]]");

  EXPECT_THAT(client->heard_at(30), IsEmpty());
  EXPECT_THAT(watcher.heard_at(30), IsEmpty()) << "it would overtake what the watcher is told";
  EXPECT_THAT(bystander.heard(), ElementsAre("30 = #t")) << "it caused nothing that lasts";
  world.commit();
  EXPECT_THAT(client->heard_at(30), ElementsAre("30 = #t"));
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]", "30 = #t"));
}

TEST_F(Gate, AReceiptWaitsForTheDurableTurnsOfItsSession) {
  (void)client.commit("<put <n 1>>");
  world.engine().submit(client->session(),
                        {.events = {}, .ticket = Ticket{5}, .wants_receipt = true});
  EXPECT_THAT(client->receipts, IsEmpty());

  world.commit();

  ASSERT_EQ(client->receipts.size(), 1U);
  EXPECT_EQ(client->receipts[0].ticket, Ticket{5});
}

TEST_F(Gate, AQueryIsAnsweredWhenWhatItSawIsCommitted) {
  (void)client.commit("<put <n 1>>");

  world.engine().query(watcher.session(), {.ticket = Ticket{3},
                                           .target = wire::Number(watcher.space),
                                           .patterns = {parse_text(numbers).value()},
                                           .options = {}});
  EXPECT_THAT(watcher.answers, IsEmpty());
  world.commit();

  ASSERT_EQ(watcher.answers.size(), 1U);
  EXPECT_EQ(watcher.answers[0].rows.size(), 1U);
}

TEST(GateOfWaitingQueries, OneIsAnsweredWhenWhatItSawAtItsEndIsCommitted) {
  EngineOptions options = test_options();
  options.limits.facts_held_at_once = 1;
  KeeperWorld world(std::move(options));
  TestClient asker(world.engine());
  asker.resolve();
  asker.say("[[% <A <n 1> 1>] [% <A <n 2> 2>]]");
  KeeperClient client(world.engine());
  world.engine().query(asker.session(), {.ticket = Ticket{3},
                                         .target = wire::Number(asker.space),
                                         .patterns = {parse_text(numbers).value()},
                                         .options = {}});

  (void)client.commit("<put <n 3>>");
  for (int ms = 1; world.engine().has_steps(); ++ms) world.engine().tick(Moment(Milliseconds(ms)));

  EXPECT_THAT(asker.answers, IsEmpty());
  world.commit();
  ASSERT_EQ(asker.answers.size(), 1U);
  EXPECT_EQ(asker.answers[0].rows.size(), 3U);
}

TEST_F(Gate, AfterWhatWaitsNothingOfTheSessionGoesAhead) {
  TestClient elsewhere(world.engine());
  elsewhere.resolve(orders);
  watcher.resolve(orders);
  watcher.observe(10, numbers, 60);
  (void)client.commit("<put <n 1>>");

  elsewhere.say("[[% <A <n 2> 50>]]");

  EXPECT_THAT(watcher.heard(), IsEmpty()) << "the first is still on its way";
  world.commit();
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]", "10 + [2]"));
}

TEST_F(Gate, ASessionThatBreaksARuleHearsOfItInOrder) {
  const int put = client.commit("<put <n 1>>");
  client->say("[[% <A <n 2> 5>] [% <A <n 3> 5>]]");
  EXPECT_FALSE(client->end);

  world.commit();

  EXPECT_EQ(client.outcome(put), "[#t]");
  ASSERT_TRUE(client->end);
  EXPECT_EQ(client->end->code, "handle-in-use");
}

TEST_F(Gate, ASessionThatIsClosedHearsNothingMore) {
  const int put = client.commit("<put <n 1>>");
  client->close(Cause::closed);

  world.commit();

  EXPECT_EQ(client.answer(put), "");
  EXPECT_THAT(watcher.heard(), ElementsAre("9 + [1]"));
  EXPECT_EQ(world.engine().held_bytes(), 0U);
}

TEST_F(Gate, ASessionThatIsClosedWhileItsEndWaitsHearsNothingMore) {
  (void)client.commit("<put <n 1>>");
  client->say("[[% <A <n 2> 5>] [% <A <n 3> 5>]]");
  client->close(Cause::closed);

  world.commit();

  EXPECT_FALSE(client->end);
}

TEST_F(Gate, ARefusalTellsHowThingsAreAndWaits) {
  (void)client.commit("<put <n 1>>");
  KeeperClient other(world.engine());
  const int refused = other.commit("<put <m>>", "{absent: [<group <rec n> {}>]}");
  EXPECT_EQ(other.answer(refused), "");

  world.commit();

  EXPECT_EQ(other.outcome(refused), "guard-failed");
}

TEST_F(Gate, AnAcceptedCommitIsAnsweredAtOnceAndWrittenDownAllTheSame) {
  const int put = client.commit("<put <n 1>>", "{level: accepted}");

  EXPECT_EQ(client.outcome(put), "[#t]");
  EXPECT_EQ(client.entry(put, "level"), "accepted");
  EXPECT_EQ(world.journal().appended().size(), 1U);
}

TEST_F(Gate, ADurableCommitThatFindsItsFactWaitsUntilThatFactIsCommitted) {
  (void)client.commit("<put <n 1>>", "{level: accepted}");
  KeeperClient other(world.engine());
  const int put = other.commit("<put <n 1>>");
  EXPECT_EQ(other.answer(put), "");

  world.commit();

  EXPECT_EQ(other.outcome(put), "[#f]");
  EXPECT_EQ(other.entry(put, "level"), "durable");
}

TEST_F(Gate, AQueryThatIsAnsweredAsDurableWaitsForWhatWasOnlyAccepted) {
  (void)client.commit("<put <n 1>>", "{level: accepted}");
  KeeperClient other(world.engine());
  const int query = other.query("<group <rec n> {}>");
  EXPECT_EQ(other.answer(query), "");

  world.commit();

  EXPECT_THAT(other.answer(query), ::testing::HasSubstr("durable"));
}

TEST_F(Gate, AfterAFailureEverybodyHearsThatTheOutcomeIsUnknownAndNothingElse) {
  const int put = client.commit("<put <n 1>>");
  KeeperClient idle(world.engine());

  world.engine().failed({"disk", "the disk is gone"});
  world.engine().committed(~std::uint64_t{0} >> 1);

  ASSERT_TRUE(client->end);
  EXPECT_EQ(client->end->code, "outcome-unknown");
  EXPECT_EQ(client.answer(put), "");
  EXPECT_THAT(watcher.heard(), IsEmpty());
  EXPECT_TRUE(idle->end);
  EXPECT_EQ(world.engine().session_count(), 0U);
}

TEST_F(Gate, AfterAFailureNothingLastingIsDone) {
  world.engine().failed({"disk", "the disk is gone"});

  KeeperClient late(world.engine());

  EXPECT_EQ(late.done("<put <n 1>>"), "shutting-down");
  EXPECT_THAT(world.journal().appended(), IsEmpty());
}

TEST(RelaxedSpaces, NobodyWaitsAndAnswersSaySo) {
  EngineOptions options = test_options();
  options.relaxed_spaces = {"main"};
  KeeperWorld world(options);
  KeeperClient client(world.engine());
  KeeperClient elsewhere(world.engine(), orders);

  const int put = client.commit("<put <n 1>>");

  EXPECT_EQ(client.outcome(put), "[#t]");
  EXPECT_EQ(client.entry(put, "level"), "accepted");
  EXPECT_EQ(elsewhere.answer(elsewhere.commit("<put <n 1>>")), "");
}

TEST(WithoutAJournal, EverythingIsAcceptedAndNothingWaits) {
  Engine engine(test_options());
  KeeperClient client(engine);

  const int put = client.commit("<put <n 1>>", "{" + testing::turn_id('a', 1) + "}");

  EXPECT_EQ(client.outcome(put), "[#t]");
  EXPECT_EQ(client.entry(put, "level"), "accepted");
  const int again = client.commit("<put <n 1>>", "{" + testing::turn_id('a', 1) + "}");
  EXPECT_EQ(client.entry(again, "replayed"), "#t");
}

TEST(NumberReserveTest, MoreIsAskedForOnceWhenHalfIsUsed) {
  avow::test::FakeJournal journal;
  NumberReserve reserve;
  reserve.begin(journal, 1'000, 1'100);

  reserve.use(1'050);
  EXPECT_EQ(journal.asked_for(), 0U);
  reserve.use(1'051);
  EXPECT_EQ(journal.asked_for(), 1'051 + NumberReserve::step);
  reserve.use(1'052);
  EXPECT_EQ(journal.asked_for(), 1'051 + NumberReserve::step);
  EXPECT_TRUE(reserve.has(1'052, 48));
  EXPECT_FALSE(reserve.has(1'052, 49));

  reserve.extend(1'200);
  EXPECT_TRUE(reserve.has(1'052, 49));
}

TEST(NumberReserveTest, AJournalThatReservesNoMoreIsAFailedOne) {
  KeeperWorld world(test_options(), (1 << 20) + 100);
  KeeperClient client(world.engine());
  while (!client->end && world.engine().seq() < 200) client->say("[[% <M 1>]]");

  EXPECT_EQ(world.engine().seq(), 102U) << "the last turn is that of the end of the session";
  ASSERT_TRUE(client->end);
  EXPECT_EQ(client->end->code, "outcome-unknown");
}

}  // namespace
}  // namespace avow::server
