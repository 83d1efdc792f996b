#include <gmock/gmock.h>

#include "avow/client/relay.hpp"
#include "tests/unit/client/relay_driver.hpp"

// A relay whose session outlives its connection: nothing is said twice, nothing is lost, and the
// program learns nothing of it.

namespace avow::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t open_alone = 1;  // Messages of the client, when it has only said `open`.

class RelayResume : public testing::Test {
 protected:
  RelayResume() { driver.connect_with(opened_with_grace(1'000)); }

  void lose() {
    driver.disconnect();
    driver.heard = {};
    driver.notices.clear();
  }
  void come_back(std::uint64_t received) { driver.connect_with(resumed(received)); }
  [[nodiscard]] std::vector<std::uint64_t> turns_heard() const {
    std::vector<std::uint64_t> numbers;
    for (const HeardTurn& turn : driver.heard.turns) numbers.push_back(turn.number);
    return numbers;
  }

  RelayDriver driver{Milliseconds(1'000)};
};

TEST_F(RelayResume, TheGraceIsAskedForAndTheTokenKept) {
  EXPECT_EQ(driver.heard.openings.at(0).grace_ms, 1'000u);
  EXPECT_EQ(driver.relay.resume_token(), (Bytes{1, 2, 3}));
  EXPECT_EQ(driver.relay.grace(), Milliseconds(1'000));
}

TEST_F(RelayResume, WhatTheServerHasIsNotSaidAgainAndNobodyIsToldOfTheLoss) {
  driver.submit({{Part::Publish{1, present("ann")}}}, {2});
  driver.submit({{Part::Observe{3, present_query()}}});
  driver.tell(snapshot_frame(3, 30, {sequence("ann")}, 12));
  lose();
  EXPECT_TRUE(driver.relay.waits());

  come_back(open_alone + 2);

  EXPECT_THAT(driver.heard.turns, IsEmpty());
  EXPECT_EQ(driver.heard.openings.at(0).resume_token, (Bytes{1, 2, 3}));
  EXPECT_EQ(driver.heard.openings.at(0).received, 2u) << "the answer to the open, and the snapshot";
  ASSERT_EQ(driver.notices.size(), 1u);
  EXPECT_TRUE(driver.all<Notice::Opened>().at(0).resumed);
}

TEST_F(RelayResume, WhatTheServerDoesNotHaveIsSaidOnceUnderItsNumber) {
  driver.submit({{Part::Publish{1, present("ann")}}}, {2});
  driver.submit({{Part::Publish{3, present("bob")}}});
  lose();

  come_back(open_alone + 1);

  EXPECT_THAT(turns_heard(), ElementsAre(2u));
  driver.tell(receipt_frame(1, 20));
  EXPECT_EQ(driver.all<Notice::Answered>().size(), 1u) << "the answer was under way";
}

TEST_F(RelayResume, WhatIsAskedWhileTheLinkIsLostIsSaidWhenItIsBack) {
  lose();
  driver.submit({{Part::Send{present("hello")}}}, {5});
  driver.submit({{Part::Publish{1, present("ann")}}});
  EXPECT_THAT(driver.notices, IsEmpty());

  come_back(open_alone);

  EXPECT_THAT(turns_heard(), ElementsAre(1u, 2u));
}

TEST_F(RelayResume, ATurnOfWhichHalfHadComeIsTakenWholeTheSecondTime) {
  driver.submit({{Part::Observe{3, present_query()}}});
  driver.tell(snapshot_frame(3, 30, {}, 12));
  wire::native::SessionPart part;
  part.batches = 2;
  driver.tell(frame_of({part}));
  lose();

  come_back(open_alone + 1);
  EXPECT_EQ(driver.heard.openings.at(0).received, 2u);
  driver.tell(turn_frame({.by_topic = {appears(30, 1, sequence("ann"))}}));

  EXPECT_THAT(driver.changes(3), ElementsAre("+ [\"ann\"]"));
}

TEST_F(RelayResume, AQueryInFlightIsAnsweredOnce) {
  (void)driver.relay.query(4, present_query());
  driver.deliver();
  lose();

  come_back(open_alone + 1);
  EXPECT_THAT(driver.heard.queries, IsEmpty());
  wire::native::Rows rows;
  rows.id = 4;
  rows.last = true;
  driver.tell(frame_of({rows}));

  EXPECT_EQ(driver.all<Notice::Found>().size(), 1u);
}

TEST_F(RelayResume, WhereTheSessionIsGoneItBeginsAnewOnTheSameConnection) {
  driver.submit({{Part::Publish{1, present("ann")}}});
  driver.tell(receipt_frame(1, 20));
  driver.submit({{Part::Send{present("hello")}}}, {2});
  lose();

  driver.connect_with(not_opened("session-gone"));
  ASSERT_EQ(driver.all<Notice::Answered>().size(), 1u);
  EXPECT_EQ(driver.all<Notice::Answered>()[0].outcome.error().code, "outcome-unknown");
  EXPECT_THAT(driver.heard.turns, IsEmpty());
  driver.tell(frame_of({opened_with_grace(1'000)}));

  EXPECT_EQ(driver.heard.openings.size(), 2u);
  EXPECT_THAT(driver.heard.published("present"), ElementsAre(1u));
  EXPECT_FALSE(driver.all<Notice::Opened>().at(0).resumed);
}

TEST_F(RelayResume, ASessionThatIsGivenUpIsNotAskedFor) {
  driver.submit({{Part::Send{present("hello")}}}, {2});
  driver.disconnect();
  EXPECT_THAT(driver.all<Notice::Answered>(), IsEmpty());

  const Notices told = driver.relay.give_up_session();

  EXPECT_EQ(told.size(), 1u);
  EXPECT_FALSE(driver.relay.waits());
  driver.heard = {};
  driver.connect_with(opened_with_grace(1'000));
  EXPECT_THAT(driver.heard.openings.at(0).resume_token, IsEmpty());
}

TEST_F(RelayResume, ASecondLossBeforeTheAnswerChangesNothing) {
  driver.submit({{Part::Publish{1, present("ann")}}});
  lose();
  driver.relay.connected(record("ref", "token"));
  driver.tell(frame_of({hello()}));
  lose();

  come_back(open_alone);

  EXPECT_THAT(turns_heard(), ElementsAre(1u));
  EXPECT_TRUE(driver.all<Notice::Opened>().at(0).resumed);
}

TEST_F(RelayResume, WhatHasBeenTakenInIsAcknowledgedNowAndThen) {
  for (int i = 0; i < 40; ++i) driver.tell(turn_frame({.by_topic = {says(9, sequence("x"))}}));

  EXPECT_THAT(driver.heard.acknowledgements, ElementsAre(32u));
}

TEST_F(RelayResume, WhatTheServerAcknowledgesNeedNotBeKept) {
  driver.submit({{Part::Publish{1, present("ann")}}});
  driver.tell(frame_of({wire::native::Acknowledge{open_alone + 1}}));
  lose();

  come_back(open_alone + 1);

  EXPECT_THAT(turns_heard(), IsEmpty());
}

TEST_F(RelayResume, AnAcknowledgementOfWhatWasNeverSaidBreaksTheProtocol) {
  const auto taken = driver.relay.receive(frame_of({wire::native::Acknowledge{open_alone + 1}}));

  EXPECT_FALSE(taken.has_value());
}

TEST_F(RelayResume, ASessionThatTheServerEndsIsNotResumed) {
  driver.tell(frame_of({wire::native::Close{}}));
  lose();

  EXPECT_FALSE(driver.relay.waits());
}

TEST_F(RelayResume, TooMuchToBeKeptGivesTheSessionUp) {
  lose();
  const std::string large(900'000, 'x');
  for (ClientId id = 10; id < 22; ++id) {
    driver.submit({{Part::Publish{id, present(large.c_str())}}}, {100 + id});
  }

  EXPECT_FALSE(driver.relay.waits());
  EXPECT_THAT(driver.all<Notice::Answered>(), IsEmpty()) << "facts are said again";
}

}  // namespace
}  // namespace avow::test
