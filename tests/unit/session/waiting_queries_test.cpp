#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "tests/unit/session/json_peer.hpp"

// A query that has to look at many facts is answered later, in one message.

namespace avow::server {
namespace {

using test::JsonPeer;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

EngineOptions two_facts_at_once() {
  EngineOptions options;
  options.limits.facts_held_at_once = 2;
  return options;
}

class JsonWaitingQueries : public testing::Test {
 protected:
  JsonWaitingQueries() {
    (void)bob.say(R"([{"publish": {"<n>": [1]}}, {"publish": {"<n>": [2]}},)"
                  R"( {"publish": {"<n>": [3]}, "id": 3}])");
  }
  void step() { engine.tick(Moment(Milliseconds(++now_))); }

  Engine engine{two_facts_at_once()};
  JsonPeer bob{engine};
  JsonPeer ann{engine};

 private:
  std::int64_t now_ = 0;
};

TEST_F(JsonWaitingQueries, AreAnsweredInOneMessageWhenAllHasBeenLookedAt) {
  EXPECT_THAT(ann.say(R"({"query": "<n $x>", "id": 9})"), IsEmpty());
  step();
  EXPECT_THAT(ann.take(), IsEmpty());
  step();

  EXPECT_THAT(ann.take(), ElementsAre(AllOf(HasSubstr(R"("captures":{"x":1})"),
                                            HasSubstr(R"("captures":{"x":3})"),
                                            HasSubstr(R"({"op":"ok","id":9,)"))));
}

TEST_F(JsonWaitingQueries, KeepNothingBehindThemWaiting) {
  (void)ann.say(R"({"query": "<n $x>", "id": 9})");

  EXPECT_THAT(ann.events_after(R"({"sync": true, "id": 10})"),
              ElementsAre(AllOf(HasSubstr(R"("op":"ok")"), HasSubstr(R"("id":10)"))));
  EXPECT_THAT(ann.events_after(R"({"query": "<m $x>", "id": 11})"),
              ElementsAre(AllOf(HasSubstr(R"("op":"ok")"), HasSubstr(R"("id":11)"))));
  step();
  step();
  EXPECT_THAT(ann.take(), SizeIs(1));
}

TEST_F(JsonWaitingQueries, HaveIdsThatAreLiveUntilTheyAreAnswered) {
  (void)ann.say(R"({"query": "<n $x>", "id": 9})");

  EXPECT_THAT(ann.events_after(R"({"query": "<m $x>", "id": 9})"),
              ElementsAre(HasSubstr(R"("op":"error")")));
  step();
  step();
  EXPECT_THAT(ann.take(), ElementsAre(HasSubstr(R"({"op":"ok","id":9)")));
}

TEST_F(JsonWaitingQueries, SeeTheTurnOfTheirOwnMessage) {
  (void)ann.say(R"([{"publish": {"<n>": [4]}, "id": 8}, {"query": "<n $x>", "id": 9}])");
  (void)bob.say(R"({"retract": 3})");
  step();
  step();

  EXPECT_THAT(ann.take(), ElementsAre(AllOf(HasSubstr(R"("captures":{"x":4})"),
                                            testing::Not(HasSubstr(R"("captures":{"x":3})")),
                                            HasSubstr(R"({"op":"ok","id":9,"rev":3)"))));
}

}  // namespace
}  // namespace avow::server
