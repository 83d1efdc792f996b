#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/session/json_conversation.hpp"
#include "tests/unit/session/json_peer.hpp"

// Commits, takes and leases of a JSON client, with another client in the place of the keeper.

namespace avow::server {
namespace {

using test::JsonPeer;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Events = std::vector<std::string>;

class JsonKeeperTest : public testing::Test {
 protected:
  // Ann knows the keeper as {"$ref": 2}; the keeper calls the first who asks {"$ref": 2} too.
  void SetUp() override {
    keeper.say(R"({"publish": {"<avow-service>": [{"$symbol": "keeper"}, {"$mine": 3}]}})");
    ann.say(R"({"observe": "<avow-service keeper $k>", "id": 1})");
  }

  Engine engine{EngineOptions{}};
  JsonPeer keeper{engine};
  JsonPeer ann{engine};
};

TEST_F(JsonKeeperTest, ACommitIsAnAssertionAtTheKeeper) {
  EXPECT_THAT(ann.say(R"({"commit": [{"put": "<a 1>"}], "absent": ["<b>"], "to": {"$ref": 2},
                          "id": 10})"),
              IsEmpty());

  EXPECT_THAT(keeper.events(),
              ElementsAre(HasSubstr(R"("fact":{"<commit>":[[{"<put>":[{"<a>":[1]}]}],)"
                                    R"({"$dict":[[{"$symbol":"absent"},[)")));
}

TEST_F(JsonKeeperTest, AnAnswerIsToldUnderTheIdAndTheRequestTakenBack) {
  ann.say(R"({"commit": [{"put": "<a>"}, {"drop": "<b>"}], "to": {"$ref": 2}, "id": 10})");
  keeper.take();
  const Events told = keeper.events_after(
      R"({"publish": "<ok {rev: 7 seq: 9 epoch: 255 level: durable results: [#t #f]}>",
          "to": {"$ref": 2}})");

  EXPECT_THAT(ann.take(), ElementsAre(R"([{"op":"ok","id":10,"rev":7,"seq":9,)"
                                      R"("epoch":"00000000000000ff","level":"durable",)"
                                      R"("results":[true,false]}])"));
  EXPECT_THAT(told, ElementsAre(HasSubstr(R"("op":"remove","at":{"$mine":3})")));
  EXPECT_THAT(ann.events_after(R"({"publish": "<c>", "id": 10})"), SizeIs(1)) << "the id is free";
}

TEST_F(JsonKeeperTest, WhatIsTakenIsToldWithItsNumberAndItsCaptures) {
  ann.say(R"({"take": "<job $n _>", "timeout": 100, "to": {"$ref": 2}, "id": 10})");
  EXPECT_THAT(keeper.events(), ElementsAre(HasSubstr(R"([[{"$symbol":"timeout"},100]])")));
  keeper.say(R"({"publish": "<ok {rev: 7 seq: 9 epoch: 1 level: accepted replayed: #t )"
             R"(not-held: [5] results: [{id: 5 value: <job 1 2>}]}>", "to": {"$ref": 2}})");

  EXPECT_THAT(ann.events(),
              ElementsAre(AllOf(HasSubstr(R"("results":[{"id":5,"value":{"<job>":[1,2]},)"
                                          R"("captures":{"n":1}}])"),
                                HasSubstr(R"("replayed":true)"), HasSubstr(R"("not-held":[5])"))));
}

TEST_F(JsonKeeperTest, ARefusalIsAnErrorUnderTheId) {
  ann.say(R"({"commit": [], "require": ["<a>"], "to": {"$ref": 2}, "id": 10})");
  keeper.take();
  keeper.say(R"({"publish": "<error {code: guard-failed message: \"No a.\" retry: 5}>",
                 "to": {"$ref": 2}})");

  EXPECT_THAT(ann.events(), ElementsAre(R"({"op":"error","id":10,"code":"guard-failed",)"
                                        R"("message":"No a.","retry":5})"));
}

TEST_F(JsonKeeperTest, ANonsensicalAnswerIsAnErrorToo) {
  ann.say(R"({"commit": [], "to": {"$ref": 2}, "id": 10})");
  keeper.take();
  keeper.say(R"({"publish": "<fine>", "to": {"$ref": 2}})");

  EXPECT_THAT(ann.events(), ElementsAre(HasSubstr(R"("id":10,"code":"bad-answer")")));
}

TEST_F(JsonKeeperTest, ARequestThatIsRetractedBeforeItsAnswerWasNotDone) {
  ann.say(R"({"take": "<job $n>", "timeout": 100000, "to": {"$ref": 2}, "id": 10})");
  keeper.take();

  EXPECT_THAT(ann.events_after(R"({"retract": 10, "id": 11})"),
              ElementsAre(HasSubstr(R"("op":"error","id":10,"code":"retracted")"),
                          HasSubstr(R"("op":"ok","id":11)")));
  EXPECT_THAT(keeper.events(), ElementsAre(HasSubstr(R"("op":"remove")")));
}

TEST_F(JsonKeeperTest, ALeaseKeepsItsIdUntilItHasExpired) {
  ann.say(R"({"lease": 300, "to": {"$ref": 2}, "id": 10})");
  keeper.take();
  keeper.say(
      R"({"publish": "<ok {id: 4 rev: 7 seq: 9 epoch: 255 level: durable}>", "to": {"$ref": 2}})");
  EXPECT_THAT(ann.events(), ElementsAre(R"({"op":"ok","id":10,"lease":4,"level":"durable"})"));
  EXPECT_THAT(ann.events_after(R"({"lease": 300, "to": {"$ref": 2}, "id": 10})"),
              ElementsAre(HasSubstr("id-in-use")));

  EXPECT_THAT(keeper.events_after(R"({"publish": "<expired 44>", "to": {"$ref": 2}})"),
              ElementsAre(HasSubstr(R"("op":"remove")")));
  EXPECT_THAT(ann.take(), ElementsAre(R"([{"op":"expired","id":10,"rev":44}])"));
}

TEST_F(JsonKeeperTest, ALeaseThatIsRetractedIsHeardOfNoMore) {
  ann.say(R"({"lease": 300, "to": {"$ref": 2}, "id": 10})");
  keeper.take();
  keeper.say(
      R"({"publish": "<ok {id: 4 rev: 7 seq: 9 epoch: 255 level: durable}>", "to": {"$ref": 2}})");
  ann.take();

  EXPECT_THAT(ann.events_after(R"({"retract": 10, "id": 11})"),
              ElementsAre(HasSubstr(R"("op":"ok","id":11)")));
}

TEST_F(JsonKeeperTest, ARequestAtTheKeeperIsATurnOfItsOwn) {
  EXPECT_THAT(ann.events_after(R"([{"publish": "<a>", "id": 2},
                                   {"commit": [], "to": {"$ref": 2}, "id": 10}])"),
              ElementsAre(HasSubstr("turn-refused"), HasSubstr(R"("id":10,"code":"bad-request")")));
  EXPECT_THAT(keeper.take(), IsEmpty());
}

TEST_F(JsonKeeperTest, ReferencesThatNobodyGaveAreRefused) {
  EXPECT_THAT(ann.events_after(R"({"commit": [], "to": {"$ref": 77}, "id": 10})"),
              ElementsAre(HasSubstr("unknown-reference")));
  EXPECT_THAT(ann.events_after(R"({"commit": [{"put": ["x", {"$ref": 77}]}], "to": {"$ref": 2},
                                   "id": 10})"),
              ElementsAre(HasSubstr("unknown-reference")));
}

}  // namespace
}  // namespace avow::server
