#include <gmock/gmock.h>

#include "avow/client/relay.hpp"
#include "tests/unit/client/relay_driver.hpp"

// A subscription in the next session: it goes on from where it was.

namespace avow::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RelayGoingOn : public ::testing::Test {
 protected:
  // Ann and Bob are there at revision 12, then the session is lost, and the next one begins.
  void lose_session() {
    driver.connect();
    driver.submit({{Part::Observe{4, present_query()}}});
    driver.tell(snapshot_frame(4, 30, {sequence("ann"), sequence("bob")}, 12));
    driver.disconnect();
    driver.heard = {};
    driver.notices.clear();
    driver.connect(90);
  }
  [[nodiscard]] std::string asked() const {
    return to_text(driver.heard.turns.at(0).events.at(0).body);
  }
  // What a server tells that can say what has changed.
  void go_on(const std::vector<Telling>& events, std::uint64_t revision = 90) {
    wire::native::SessionPart part;
    part.subscribed = {{4, 31, space_number}};
    part.synced = {{4, space_number, revision}};
    driver.tell(turn_frame({.part = part, .by_entity = events, .revision = revision}));
  }
  static Telling went(const char* who, std::uint64_t handle, Cause cause) {
    Telling telling = disappears(4, handle, cause);
    telling.body = sequence(who);
    return telling;
  }

  RelayDriver driver;
};

TEST_F(RelayGoingOn, AsksFromTheRevisionUpToWhichItWasToldAll) {
  lose_session();

  EXPECT_THAT(asked(), HasSubstr("else: resync"));
  EXPECT_THAT(asked(), HasSubstr("from: 12"));
  EXPECT_THAT(asked(), HasSubstr("epoch: \"" + driver.all<Notice::Opened>()[0].info.epoch + "\""));
}

TEST_F(RelayGoingOn, TurnsThatOthersWereToldOfCountToo) {
  driver.connect();
  driver.submit({{Part::Observe{4, present_query()}}});
  driver.tell(snapshot_frame(4, 30, {}, 12));
  driver.submit({{Part::Publish{5, present("ann")}}});
  driver.tell(receipt_frame(2, 40));
  driver.submit({{Part::Retract{5}}});
  driver.disconnect();
  driver.heard = {};

  driver.connect(90);

  EXPECT_THAT(asked(), HasSubstr("from: 40"));
}

TEST_F(RelayGoingOn, OfOneThatPausesOnlyWhatItWasToldItselfCounts) {
  driver.connect();
  driver.submit({{Part::Observe{4, when_slow(present_query(), SlowPolicy::pause)}}});
  driver.tell(snapshot_frame(4, 30, {}, 12));
  driver.tell(turn_frame({.by_topic = {appears(30, 9, sequence("bob"))}, .revision = 13}));
  driver.submit({{Part::Publish{5, present("ann")}}});
  driver.tell(receipt_frame(2, 40));
  driver.submit({{Part::Retract{5}}});
  driver.disconnect();
  driver.heard = {};

  driver.connect(90);

  EXPECT_THAT(asked(), HasSubstr("from: 13"));
  EXPECT_THAT(asked(), HasSubstr("policy: pause"));
}

TEST_F(RelayGoingOn, OneThatIsToldTheLatestOnlyBeginsAnew) {
  driver.connect();
  driver.submit({{Part::Observe{4, latest_per(present_query(), {}, Milliseconds(10))}}});
  driver.tell(snapshot_frame(4, 30, {sequence("ann")}, 12));
  driver.disconnect();
  driver.heard = {};
  driver.notices.clear();

  driver.connect(90);
  EXPECT_THAT(asked(), ::testing::Not(HasSubstr("from:")));
  driver.tell(snapshot_frame(4, 31, {sequence("bob")}, 90));

  EXPECT_THAT(driver.changes(4), ElementsAre("+ [\"bob\"]", "- [\"ann\"] unseen"));
}

TEST_F(RelayGoingOn, ASubscriptionWhoseSnapshotWasNotCompleteBeginsAnew) {
  driver.connect();
  driver.submit({{Part::Observe{4, present_query()}}});
  driver.disconnect();
  driver.heard = {};

  driver.connect(90);

  EXPECT_THAT(asked(), ::testing::Not(HasSubstr("from:")));
}

TEST_F(RelayGoingOn, IsToldWhatHasChangedWithItsCauseAndKeepsTheRest) {
  lose_session();

  go_on({appears(4, 7, sequence("cid")), went("ann", 0, Cause::expired)});

  EXPECT_THAT(driver.changes(4), ElementsAre("+ [\"cid\"]", "- [\"ann\"] expired"));
}

TEST_F(RelayGoingOn, LaterRemovalsNameWhatWent) {
  lose_session();
  go_on({appears(4, 7, sequence("cid"))});
  driver.notices.clear();

  driver.tell(
      turn_frame({.by_entity = {went("bob", 2, Cause::retracted), went("cid", 7, Cause::closed)}}));
  driver.tell(turn_frame({.by_entity = {appears(4, 8, sequence("bob"))}}));

  EXPECT_THAT(driver.changes(4),
              ElementsAre("- [\"bob\"] retracted", "- [\"cid\"] closed", "+ [\"bob\"]"));
}

TEST_F(RelayGoingOn, IsLostAgainAndGoesOnFromThere) {
  lose_session();
  go_on({}, 90);
  driver.disconnect();
  driver.heard = {};

  driver.connect(95);

  EXPECT_THAT(asked(), HasSubstr("from: 90"));
  go_on({went("ann", 0, Cause::retracted)}, 95);
  EXPECT_THAT(driver.changes(4), ElementsAre("- [\"ann\"] retracted"));
}

TEST_F(RelayGoingOn, AfterARestartOwnersHaveTimeToComeBack) {
  lose_session();

  driver.tell(resync_frame(4, 31, {}, 90, ResyncReason::server_restart));
  EXPECT_THAT(driver.changes(4), IsEmpty());
  EXPECT_TRUE(driver.relay.awaits_owners());
  driver.tell(turn_frame({.by_entity = {appears(4, 7, sequence("bob"))}}));
  for (Notice& notice : driver.relay.stop_awaiting_owners()) driver.notices.push_back(notice);

  EXPECT_THAT(driver.changes(4), ElementsAre("- [\"ann\"] server-restart"));
  EXPECT_FALSE(driver.relay.awaits_owners());
}

TEST_F(RelayGoingOn, WhoHasComeBackAndGoesIsGone) {
  lose_session();
  driver.tell(resync_frame(4, 31, {}, 90, ResyncReason::server_restart));
  driver.tell(turn_frame({.by_entity = {appears(4, 7, sequence("bob"))}}));

  driver.tell(turn_frame({.by_topic = {disappears(31, 7, Cause::closed)}}));

  EXPECT_THAT(driver.changes(4), ElementsAre("- [\"bob\"] closed"));
}

TEST_F(RelayGoingOn, ALinkThatIsLostWhileOwnersAreAwaitedTellsOfThemOnce) {
  lose_session();
  driver.tell(resync_frame(4, 31, {sequence("bob")}, 90, ResyncReason::server_restart));
  driver.disconnect();
  EXPECT_THAT(driver.relay.stop_awaiting_owners(), IsEmpty()) << "who knows who is there?";

  driver.connect(95);
  go_on({appears(4, 9, sequence("cid"))}, 95);

  EXPECT_THAT(driver.changes(4), ElementsAre("+ [\"cid\"]", "- [\"ann\"] server-restart"));
}

// The program reads too slowly: the server says from where on nothing more is told.
class RelayInGap : public RelayGoingOn {
 protected:
  RelayInGap() {
    driver.connect();
    driver.submit({{Part::Observe{4, present_query()}}});
    driver.tell(snapshot_frame(4, 30, {sequence("ann"), sequence("bob")}, 12));
    driver.notices.clear();
    wire::native::SessionPart part;
    part.gaps = {{.observer = 4, .space = space_number, .after = 15}};
    driver.tell(turn_frame({.part = part}));
  }
  void catch_up(const std::vector<Telling>& events, std::uint64_t missed = 0) {
    wire::native::SessionPart part;
    part.synced = {{.observer = 4, .space = space_number, .revision = 90, .missed = missed}};
    driver.tell(turn_frame({.part = part, .by_entity = events, .revision = 90}));
  }
};

TEST_F(RelayInGap, IsToldNothingOfItButWhatIsDifferentAfterwards) {
  EXPECT_THAT(driver.changes(4), IsEmpty());

  catch_up({appears(4, 7, sequence("cid")), went("ann", 0, Cause::expired)});

  EXPECT_THAT(driver.changes(4), ElementsAre("+ [\"cid\"]", "- [\"ann\"] expired"));
}

TEST_F(RelayInGap, KnowsWhatWentLaterByItsCaptures) {
  catch_up({});
  driver.tell(turn_frame({.by_entity = {went("bob", 9, Cause::closed)}}));

  EXPECT_THAT(driver.changes(4), ElementsAre("- [\"bob\"] closed"));
}

TEST_F(RelayInGap, IsToldHowManyMessagesItMissed) {
  catch_up({}, 7);

  EXPECT_THAT(driver.changes(4), ElementsAre("missed 7"));
}

TEST_F(RelayInGap, GoesOnFromTheGapIfTheSessionIsLost) {
  driver.submit({{Part::Publish{5, present("dan")}}});
  driver.tell(receipt_frame(2, 40));
  driver.submit({{Part::Retract{5}}});
  driver.disconnect();
  driver.heard = {};

  driver.connect(90);

  EXPECT_THAT(asked(), HasSubstr("from: 15"));
}

TEST_F(RelayInGap, AResyncEndsItAndWhatIsNotThereWasUnseen) {
  wire::native::SessionPart part;
  part.gaps = {{.observer = 4,
                .space = space_number,
                .after = 15,
                .floor = 20,
                .resync = true,
                .reason = ResyncReason::compacted}};
  part.synced = {{.observer = 4, .space = space_number, .revision = 90}};

  driver.tell(
      turn_frame({.part = part, .by_entity = {appears(4, 2, sequence("bob"))}, .revision = 90}));

  EXPECT_THAT(driver.changes(4), ElementsAre("- [\"ann\"] unseen"));
}

TEST_F(RelayGoingOn, SyncedIsToldOnceAndNoMore) {
  lose_session();
  go_on({});

  EXPECT_THAT(driver.changes(4), IsEmpty());
}

}  // namespace
}  // namespace avow::test
