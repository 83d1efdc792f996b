#include <gmock/gmock.h>

#include "tests/unit/client/fake_keeper.hpp"

// Last turns through callbacks: every session is told them anew, under a name that takes the one
// before over.

namespace avow::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LastTurnTest : public ::testing::Test {
 protected:
  void SetUp() override { driver.start_and_open(); }
  // A last turn must not outlive the world.
  void TearDown() override {
    driver.end();
    last = {};
  }
  void ask(Commit commit) {
    last = driver.client->last_turn(
        std::move(commit),
        {.delay = Milliseconds(400),
         .on_done = [this] { told.emplace_back("done"); },
         .on_over = [this](const Error& why) { told.push_back("over " + why.code); }},
        [this](const Result<void>& kept) {
          told.push_back(kept.has_value() ? "kept" : "refused " + kept.error().code);
        });
    driver.run();
  }
  void ask() { ask(Commit().put(Present{"nobody"})); }
  void keep() {
    driver.tell(
        answer_frame(driver.last("last-turn"), "<ok {rev: 1 seq: 2 epoch: 171 level: durable}>"));
  }

  KeeperDriver driver;
  LastTurn last;
  std::vector<std::string> told;
};

TEST_F(LastTurnTest, ItIsAskedForUnderANameAndToldWhenItIsKept) {
  ask();

  EXPECT_THAT(driver.asked(),
              ElementsAre(::testing::AllOf(HasSubstr("last-turn [<put <present \"nobody\">>]"),
                                           HasSubstr("turn-id: "), HasSubstr("delay: 400"))));
  EXPECT_THAT(told, IsEmpty());
  keep();
  EXPECT_THAT(told, ElementsAre("kept"));
}

TEST_F(LastTurnTest, ARefusalIsToldOnceAndNothingIsSaidAgain) {
  ask();
  driver.is_refused("bad-request", "last-turn");

  EXPECT_THAT(told, ElementsAre("refused bad-request"));
  driver.reconnect();
  EXPECT_THAT(driver.asked(), IsEmpty());
}

TEST_F(LastTurnTest, WhatIsWrongWithTheCommitIsToldWithoutAsking) {
  ask(Commit().ack(Item()));

  EXPECT_THAT(driver.asked(), IsEmpty());
  EXPECT_THAT(told, ElementsAre("refused unknown-item"));
}

TEST_F(LastTurnTest, ANewSessionIsToldItUnderTheSameName) {
  ask();
  keep();
  const std::vector<std::string> before = driver.asked();

  driver.reconnect();

  EXPECT_THAT(driver.asked(), before);
  keep();
  EXPECT_THAT(told, ElementsAre("kept"));
}

TEST_F(LastTurnTest, WhatHasBeenDoneIsToldAndStandsAgainUnderAFreshName) {
  ask();
  keep();
  const std::vector<std::string> before = driver.asked();
  driver.reconnect();
  const std::uint64_t request = driver.last("last-turn");
  driver.world.heard = {};

  driver.tell(answer_frame(request, "<error {code: already-done message: \"Done.\"}>"));

  EXPECT_THAT(told, ElementsAre("kept", "done"));
  ASSERT_THAT(driver.asked(), ElementsAre("back", HasSubstr("last-turn")));
  EXPECT_NE(driver.asked().back(), before.front());
}

TEST_F(LastTurnTest, AProgramsOwnNameIsUsedOnce) {
  ask(Commit().put(Present{"nobody"}).turn_id({{1, 2, 3}, 7}));
  keep();
  driver.reconnect();

  driver.is_refused("already-done", "last-turn");

  EXPECT_THAT(told, ElementsAre("kept", "done"));
  driver.reconnect();
  EXPECT_THAT(driver.asked(), IsEmpty());
}

TEST_F(LastTurnTest, ANameThatWasUsedBeforeIsRefused) {
  ask(Commit().put(Present{"nobody"}).turn_id({{1, 2, 3}, 7}));

  driver.is_refused("already-done", "last-turn");

  EXPECT_THAT(told, ElementsAre("refused already-done"));
}

TEST_F(LastTurnTest, WhatIsTakenOverByItsNameIsOver) {
  ask();
  keep();

  driver.tell(answer_frame(driver.last("last-turn"), "<withdrawn 9>"));

  EXPECT_THAT(told, ElementsAre("kept", "over withdrawn"));
  driver.reconnect();
  EXPECT_THAT(driver.asked(), IsEmpty());
}

TEST_F(LastTurnTest, ItsEndTakesItBackAndNothingMoreIsTold) {
  ask();
  keep();
  driver.world.heard = {};

  last.forget();
  driver.run();

  EXPECT_THAT(driver.asked(), ElementsAre("back"));
  driver.reconnect();
  EXPECT_THAT(driver.asked(), IsEmpty());
  EXPECT_THAT(told, ElementsAre("kept"));
}

TEST_F(LastTurnTest, OneThatIsHeldOutlivesItsHandle) {
  ask();
  keep();

  std::move(last).hold();
  driver.reconnect();

  EXPECT_THAT(driver.asked(), SizeIs(1));
}

TEST_F(LastTurnTest, TheEndOfTheClientSaysNothingOfWhatStands) {
  ask();
  keep();

  driver.end();

  EXPECT_THAT(told, ElementsAre("kept"));
}

}  // namespace
}  // namespace avow::test
