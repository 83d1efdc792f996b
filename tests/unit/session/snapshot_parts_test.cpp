#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/session/json_peer.hpp"
#include "tests/unit/session/two_facts_a_part.hpp"

// S14: what is there comes in several messages if it is much, and no faster than it is taken.

namespace avow::server {
namespace {

using test::JsonPeer;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Events = std::vector<std::string>;

ConversationLimits one_part_waits() {
  ConversationLimits limits;
  limits.outbox_bytes_to_pause_snapshots = 1;
  return limits;
}

class JsonSnapshotParts : public testing::Test {
 protected:
  void publish(int count) {
    for (int n = 1; n <= count; ++n) {
      const std::string number = std::to_string(n);
      std::string request = R"({"publish": {"<n>": [)";
      request.append(number).append(R"(]}, "id": )").append(number).append("}");
      bob.say(request);
    }
  }
  void step() { engine.tick(Moment(Milliseconds(++now_))); }

  Engine engine{test::two_facts_a_part()};
  JsonPeer bob{engine};
  JsonPeer ann{engine, one_part_waits()};

 private:
  std::int64_t now_ = 0;
};

TEST_F(JsonSnapshotParts, SayThatTheyAreSyncedInTheLastMessage) {
  publish(4);

  const Events first = ann.say(R"({"observe": "<n $x>", "id": 8})");
  step();
  const Events second = ann.take();

  EXPECT_THAT(
      first, ElementsAre(AllOf(HasSubstr(R"("captures":{"x":2})"),
                               Not(HasSubstr(R"("captures":{"x":3})")), Not(HasSubstr("synced")))));
  EXPECT_THAT(second, ElementsAre(AllOf(HasSubstr(R"("captures":{"x":4})"),
                                        HasSubstr(R"({"op":"synced","id":8,"space":"main")"))));
}

TEST_F(JsonSnapshotParts, WaitUntilWhatWasToldBeforeHasBeenTaken) {
  publish(6);
  ann.conversation().receive(Moment{}, FrameType::text,
                             bytes_of(R"({"observe": "<n $x>", "id": 8})"));
  const std::size_t waiting = ann.conversation().outbox().waiting_bytes();

  step();
  EXPECT_EQ(engine.next_deadline(), std::nullopt);
  EXPECT_EQ(ann.conversation().outbox().waiting_bytes(), waiting);
  EXPECT_THAT(ann.take(), ElementsAre(HasSubstr(R"("captures":{"x":2})")));

  EXPECT_EQ(engine.next_deadline(), Moment{});
  step();
  EXPECT_THAT(ann.take(), ElementsAre(HasSubstr(R"("captures":{"x":4})")));
}

TEST_F(JsonSnapshotParts, AreAnsweredWithAnErrorWhereTheSubscriptionIsRetractedBefore) {
  publish(4);
  (void)ann.say(R"({"observe": "<n $x>", "id": 8})");

  EXPECT_THAT(ann.events_after(R"({"retract": 8, "id": 9})"),
              ElementsAre(AllOf(HasSubstr(R"("id":8)"), HasSubstr(R"("code":"retracted")")),
                          AllOf(HasSubstr(R"("op":"ok")"), HasSubstr(R"("id":9)"))));
  step();
  EXPECT_THAT(ann.take(), IsEmpty());
}

TEST_F(JsonSnapshotParts, AreCompleteWhenAWaitIsAnswered) {
  publish(4);
  (void)ann.say(R"({"observe": "<n $x>", "id": 8})");

  EXPECT_THAT(ann.say(R"({"wait": 4, "id": 9})"), IsEmpty());
  EXPECT_THAT(ann.events_after(R"({"sync": true, "id": 10})"),
              ElementsAre(HasSubstr(R"("id":10)")));
  step();
  const Events told = ann.take();

  EXPECT_THAT(told, testing::SizeIs(2));
  EXPECT_THAT(told[0], HasSubstr("synced"));
  EXPECT_THAT(told[1], HasSubstr(R"({"op":"ok","id":9,"rev":6)"));
}

TEST_F(JsonSnapshotParts, OfARetractedSubscriptionAreNotWaitedFor) {
  publish(4);
  (void)ann.say(R"({"observe": "<n $x>", "id": 8})");
  (void)ann.say(R"({"wait": 1, "id": 9})");

  EXPECT_THAT(ann.events_after(R"({"retract": 8})"),
              testing::Contains(AllOf(HasSubstr(R"("op":"ok")"), HasSubstr(R"("id":9)"))));
}

TEST_F(JsonSnapshotParts, AWaitForWhatHasNotBeenIsRefusedAndForWhatWasIsAnsweredAtOnce) {
  publish(2);

  EXPECT_THAT(ann.events_after(R"({"wait": 2, "id": 1})"),
              ElementsAre(AllOf(HasSubstr(R"("op":"ok")"), HasSubstr(R"("id":1)"))));
  EXPECT_THAT(ann.events_after(R"({"wait": 3, "id": 2})"),
              ElementsAre(HasSubstr(R"("code":"future-revision")")));
  EXPECT_THAT(ann.events_after(R"({"wait": -1, "id": 3})"), ElementsAre(HasSubstr("bad-request")));
}

}  // namespace
}  // namespace avow::server
