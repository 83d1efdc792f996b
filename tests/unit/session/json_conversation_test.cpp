#include "server/session/json_conversation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "avow/capability/sturdy_reference.hpp"
#include "avow/wire/json.hpp"
#include "tests/unit/session/json_peer.hpp"

namespace avow::server {
namespace {

using test::JsonPeer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
using Events = std::vector<std::string>;

class JsonConversationTest : public testing::Test {
 protected:
  Engine engine{EngineOptions{}};
  JsonPeer ann{engine};
  JsonPeer bob{engine};
};

TEST_F(JsonConversationTest, TheServerSpeaksFirstAndTellsItsLimits) {
  EXPECT_THAT(ann.hello(), StartsWith(R"({"hello":{"protocol":"avow.json.v1","server":"avowd")"));
  EXPECT_THAT(ann.hello(), HasSubstr(R"("message-bytes":1048576)"));
}

TEST_F(JsonConversationTest, TheFirstAnswerSaysWhereItIsAndLaterOnesDoNot) {
  const std::vector<std::string> first = ann.say(R"({"publish": "<n 1>", "id": 1})");
  const std::vector<std::string> second = ann.say(R"({"publish": "<n 2>", "id": 2})");

  EXPECT_THAT(first, ElementsAre(R"([{"op":"ok","id":1,"space":"main",)"
                                 R"("epoch":"0000000000000001","rev":1,"seq":1}])"));
  EXPECT_THAT(second, ElementsAre(R"([{"op":"ok","id":2,"rev":2,"seq":2}])"));
}

TEST_F(JsonConversationTest, OpenAnswersWithTheReferenceOfTheSpace) {
  const std::vector<std::string> answer = ann.say(
      R"({"open": "<ref {oid: \"syndicate\" sig: #x\"69ca300c1dbfa08fba692102dd82311a\"}>",)"
      R"( "id": 1})");

  EXPECT_THAT(answer,
              ElementsAre(R"([{"op":"ok","id":1,"space":"main",)"
                          R"("epoch":"0000000000000001","ref":{"$ref":1},"rev":0,"seq":0}])"));
}

TEST_F(JsonConversationTest, ASnapshotIsToldAndThenEveryChangeWithItsCause) {
  bob.say(R"({"publish": "<temperature \"hall\" 18>", "id": 5})");

  EXPECT_THAT(ann.say(R"({"observe": "<temperature $room _>", "id": 8})"),
              ElementsAre(R"([{"op":"add","id":8,"fact":{"<temperature>":["hall",18]},)"
                          R"("captures":{"room":"hall"},"rev":2},)"
                          R"({"op":"synced","id":8,"space":"main","epoch":"0000000000000001",)"
                          R"("rev":2}])"));
  bob.say(R"({"publish": {"<temperature>": ["kitchen", 21.5]}, "id": 6})");
  EXPECT_THAT(ann.take(), ElementsAre(R"([{"op":"add","id":8,)"
                                      R"("fact":{"<temperature>":["kitchen",21.5]},)"
                                      R"("captures":{"room":"kitchen"},"rev":3}])"));
  bob.say(R"({"retract": 5})");
  EXPECT_THAT(ann.take(),
              ElementsAre(R"([{"op":"remove","id":8,)"
                          R"("fact":{"<temperature>":["hall",18]},)"
                          R"("captures":{"room":"hall"},"cause":"retracted","rev":4}])"));
  bob.leave(Departure::lost);
  EXPECT_THAT(ann.take(), ElementsAre(HasSubstr(R"("cause":"session-lost")")));
}

TEST_F(JsonConversationTest, SeveralRequestsInOneListAreOneTurnAndOneAnswer) {
  ann.say(R"([{"observe": "<red $x>", "id": 1}, {"observe": "<green $x>", "id": 2}])");

  const Events oks = bob.events_after(
      R"([{"publish": "<red 1>", "id": 1}, {"publish": "<green 2>", "id": 2},
          {"send": "<red 3>"}])");

  EXPECT_THAT(oks, ElementsAre(R"({"op":"ok","id":1,"space":"main"})", R"({"op":"ok","id":2})"));
  const std::vector<std::string> told = ann.take();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told[0], HasSubstr(R"("op":"message","id":1,"fact":{"<red>":[3]})"));
}

TEST_F(JsonConversationTest, EachSubscriptionCallsTheSameCapturesByItsOwnNames) {
  ann.say(R"([{"observe": "<n $x>", "id": 1}, {"observe": "<n $y>", "id": 2},
              {"observe": "<n $>", "id": 3}])");

  bob.say(R"({"publish": "<n 5>"})");

  EXPECT_THAT(ann.events(),
              ElementsAre(HasSubstr(R"("captures":{"x":5})"), HasSubstr(R"("captures":{"y":5})"),
                          HasSubstr(R"("captures":{"0":5})")));
}

TEST_F(JsonConversationTest, ANameUsedTwiceDemandsEqualityAndIsToldOnce) {
  ann.say(R"({"observe": "<pair $x $x>", "id": 1})");

  bob.say(R"([{"publish": "<pair 1 2>"}, {"publish": "<pair 3 3>"}])");

  EXPECT_THAT(ann.events(), ElementsAre(HasSubstr(R"("captures":{"x":3})")));
}

TEST_F(JsonConversationTest, AQueryAnswersRowsAndThenOkInOneMessage) {
  bob.say(R"([{"publish": "<n 1>"}, {"publish": "<n 2>"}])");

  EXPECT_THAT(ann.say(R"({"query": "<n $x>", "id": 4})"),
              ElementsAre(R"([{"op":"add","id":4,"fact":{"<n>":[1]},"captures":{"x":1},"rev":1},)"
                          R"({"op":"add","id":4,"fact":{"<n>":[2]},"captures":{"x":2},"rev":1},)"
                          R"({"op":"ok","id":4,"space":"main","epoch":"0000000000000001",)"
                          R"("rev":1,"seq":1}])"));
}

TEST_F(JsonConversationTest, ConstantsGivenBesideAPatternAreNeverReadAsPattern) {
  bob.say(R"([{"publish": "<n \"_\">"}, {"publish": "<n 2>"}])");

  EXPECT_THAT(ann.events_after(R"({"query": "<n $x>", "id": 4, "with": {"x": "_"}})"),
              ElementsAre(HasSubstr(R"("fact":{"<n>":["_"]})"), HasSubstr(R"("op":"ok")")));
}

TEST_F(JsonConversationTest, AWithdrawnSubscriptionIsToldNothingMoreNotEvenItsEnd) {
  bob.say(R"({"publish": "<n 1>"})");
  ann.say(R"({"observe": "<n $x>", "id": 1})");

  EXPECT_THAT(ann.events_after(R"({"retract": 1, "id": 2})"), ElementsAre(R"({"op":"ok","id":2})"));
  bob.say(R"({"publish": "<n 2>"})");
  EXPECT_THAT(ann.take(), IsEmpty());
  EXPECT_THAT(ann.events_after(R"({"observe": "<m>", "id": 1})"),
              ElementsAre(R"({"op":"synced","id":1})"));
}

TEST_F(JsonConversationTest, AMessageBeforeTheRetractionInTheSameTurnIsStillTold) {
  ann.say(R"({"observe": "<says $x>", "id": 1})");

  const Events told =
      ann.events_after(R"([{"send": "<says 3>"}, {"retract": 1}, {"send": "<says 4>"}])");

  EXPECT_THAT(told, ElementsAre(HasSubstr(R"("captures":{"x":3})")));
}

TEST_F(JsonConversationTest, ASendSaysHowManyItReached) {
  ann.say(R"([{"observe": "<says $x>", "id": 1}, {"observe": "<says _>", "id": 2}])");

  EXPECT_THAT(bob.events_after(R"({"send": "<says 1>", "id": 1})"),
              ElementsAre(R"({"op":"ok","id":1,"space":"main","reached":2})"));
  EXPECT_THAT(bob.events_after(R"({"send": "<shouts 1>", "id": 1})"),
              ElementsAre(R"({"op":"ok","id":1,"reached":0})"));
}

// ---- references ---------------------------------------------------------------------------------

TEST_F(JsonConversationTest, AReferenceLeadsFromOneClientToTheOther) {
  ann.say(R"({"publish": {"<service>": [{"$mine": 3}]}, "id": 1})");
  bob.say(R"({"observe": "<service $ref>", "id": 1})");
  const std::vector<std::string> sent =
      bob.say(R"([{"publish": "<holding 1>", "to": {"$ref": 2}, "id": 7},
                  {"send": "<hi>", "to": {"$ref": 2}}])");

  EXPECT_THAT(ann.take(),
              ElementsAre(R"([{"op":"add","at":{"$mine":3},"handle":2,"fact":{"<holding>":[1]}},)"
                          R"({"op":"message","at":{"$mine":3},"fact":{"<hi>":[]}}])"))
      << sent[0];
  bob.say(R"({"retract": 7})");
  EXPECT_THAT(ann.take(),
              ElementsAre(R"([{"op":"remove","at":{"$mine":3},"handle":2,"cause":"retracted"}])"));
}

TEST_F(JsonConversationTest, ASyncGoesThroughToTheOwnerOfAnEntity) {
  ann.say(R"({"publish": {"<service>": [{"$mine": 3}]}, "id": 1})");
  bob.say(R"({"observe": "<service $ref>", "id": 1})");

  EXPECT_THAT(bob.say(R"({"sync": true, "id": 9, "to": {"$ref": 2}})"), IsEmpty());
  EXPECT_THAT(ann.take(), ElementsAre(R"([{"op":"sync","at":{"$mine":3},"peer":{"$ref":2}}])"));
  ann.say(R"({"send": true, "to": {"$ref": 2}})");
  EXPECT_THAT(bob.events(), ElementsAre(HasSubstr(R"({"op":"ok","id":9)")));
}

TEST_F(JsonConversationTest, AFactWithReferencesGoesAsItCame) {
  bob.say(R"({"observe": "<service $ref>", "id": 1})");
  ann.say(R"({"publish": {"<service>": [{"$mine": 3}]}, "id": 1})");
  const Events came = bob.events();

  ann.say(R"({"retract": 1})");

  ASSERT_THAT(came, SizeIs(1));
  EXPECT_THAT(came[0], HasSubstr(R"("captures":{"ref":{"$ref":2}})"));
  EXPECT_THAT(bob.events(),
              ElementsAre(R"({"op":"remove","id":1,"fact":{"<service>":[{"$ref":2}]},)"
                          R"("captures":{"ref":{"$ref":2}},"cause":"retracted"})"));
}

TEST_F(JsonConversationTest, ReferencesInRowsLiveUntilTheQueryIsRetracted) {
  ann.say(R"({"publish": {"<service>": [{"$mine": 3}]}, "id": 1})");
  bob.say(R"({"query": "<service $ref>", "id": 1})");

  EXPECT_THAT(bob.events_after(R"({"query": "<n>", "id": 1})"),
              ElementsAre(HasSubstr(R"("code":"id-in-use")")));
  EXPECT_THAT(bob.events_after(R"({"send": "<hi>", "to": {"$ref": 2}})"), IsEmpty());
  EXPECT_THAT(ann.events(), SizeIs(1));
  bob.say(R"({"retract": 1})");
  EXPECT_THAT(bob.events_after(R"({"send": "<hi>", "to": {"$ref": 2}})"),
              ElementsAre(HasSubstr(R"("code":"unknown-reference")")));
}

// ---- what is refused ----------------------------------------------------------------------------

TEST_F(JsonConversationTest, NothingOfAListWithOneBadRequestIsDoneAndEveryIdIsAnswered) {
  EXPECT_THAT(ann.events_after(R"([{"publish": "<half 1>", "id": 1},
                                   {"publish": "<half", "id": 2}, {"send": "<half>"}])"),
              ElementsAre(HasSubstr(R"("id":1,"code":"turn-refused")"),
                          HasSubstr(R"("id":2,"code":"bad-text")")));

  EXPECT_THAT(bob.events_after(R"({"query": "<half _>", "id": 1})"), SizeIs(1));
}

TEST_F(JsonConversationTest, ALiveIdUsedAgainIsRefusedAndWhatItStandsForStays) {
  ann.say(R"({"publish": "<held>", "id": 1})");

  EXPECT_THAT(ann.events_after(R"({"publish": "<other>", "id": 1})"),
              ElementsAre(HasSubstr(R"("id":1,"code":"id-in-use")")));
  EXPECT_THAT(ann.events_after(R"([{"send": "<a>", "id": 2}, {"send": "<a>", "id": 2}])"),
              ElementsAre(HasSubstr("turn-refused"), HasSubstr("id-in-use")));
  EXPECT_THAT(bob.events_after(R"({"query": "<held>", "id": 1})"), SizeIs(2));
}

TEST_F(JsonConversationTest, AnIdThatIsRetractedMayBeUsedAgainInTheSameTurn) {
  ann.say(R"({"publish": "<n 1>", "id": 1})");
  ann.say(R"([{"retract": 1}, {"publish": "<n 2>", "id": 1}])");

  EXPECT_THAT(bob.events_after(R"({"query": "<n $x>", "id": 1})"),
              ElementsAre(HasSubstr(R"("x":2)"), HasSubstr(R"("op":"ok")")));
  ann.say(R"({"retract": 1})");
  EXPECT_THAT(bob.events_after(R"({"query": "<n $x>", "id": 1})"), SizeIs(1));
}

TEST_F(JsonConversationTest, UnknownReferencesAreRefusedWhereverTheyStand) {
  for (const char* request : {R"({"publish": ["x", {"$ref": 4711}], "id": 1})",
                              R"({"publish": "<x #:[1 4711]>", "id": 1})",
                              R"({"send": "<x>", "to": {"$ref": 4711}, "id": 1})",
                              R"({"query": "<x #:[1 4711]>", "id": 1})"}) {
    EXPECT_THAT(ann.events_after(request), ElementsAre(HasSubstr("unknown-reference"))) << request;
  }
}

TEST_F(JsonConversationTest, NumbersBelowZeroAreNotTheClients) {
  EXPECT_THAT(ann.events_after(R"({"publish": [{"$mine": -1}], "id": 1})"),
              ElementsAre(HasSubstr("bad-value")));
}

TEST_F(JsonConversationTest, ABinaryFrameEndsTheConversationWithAReason) {
  ann.conversation().receive(Moment{}, FrameType::binary, bytes_of("{}"));

  ASSERT_TRUE(ann.conversation().ending().has_value());
  EXPECT_EQ(ann.conversation().ending()->code, CloseCode::unsupported_data);
  EXPECT_THAT(ann.take(), ElementsAre(HasSubstr("bad-frame")));
  EXPECT_EQ(engine.session_count(), 1U);
}

TEST_F(JsonConversationTest, TextThatIsNoJsonIsAnsweredAndTheConversationGoesOn) {
  EXPECT_THAT(ann.say("{publish"), ElementsAre(HasSubstr("bad-json")));
  EXPECT_THAT(ann.say(R"({"sync": true, "id": 1})"), ElementsAre(HasSubstr(R"("op":"ok")")));
}

TEST_F(JsonConversationTest, AClientThatSaysNothingIsCutInTime) {
  ASSERT_TRUE(ann.conversation().deadline().has_value());

  ann.conversation().on_time(*ann.conversation().deadline());

  EXPECT_THAT(ann.take(), ElementsAre(HasSubstr("too-slow")));
  EXPECT_TRUE(ann.conversation().ending().has_value());
}

class SmallEngine : public testing::Test {
 protected:
  static EngineOptions small() {
    EngineOptions options;
    options.limits.session_facts_max = 2;
    options.limits.shapes_per_label_max = 1;
    return options;
  }
  Engine engine{small()};
  JsonPeer ann{engine};
};

TEST_F(SmallEngine, ATurnOverALimitIsRefusedWholeAndItsIdsAreFreeAgain) {
  ann.say(R"({"publish": "<n 1>", "id": 1})");

  EXPECT_THAT(ann.events_after(R"([{"retract": 1}, {"publish": "<n 2>", "id": 2},
                                   {"publish": "<n 3>", "id": 3}, {"publish": "<n 4>", "id": 4}])"),
              ElementsAre(HasSubstr(R"("id":2,"code":"quota")"), HasSubstr(R"("id":3)"),
                          HasSubstr(R"("id":4)")));
  EXPECT_THAT(ann.events_after(R"({"publish": "<n 5>", "id": 2})"), SizeIs(1));
  EXPECT_THAT(ann.events_after(R"({"publish": "<n 6>", "id": 1})"),
              ElementsAre(HasSubstr("id-in-use")));
}

TEST_F(SmallEngine, ASubscriptionThatCannotBeInForceIsRefusedAndItsIdIsFreeAgain) {
  ann.say(R"({"observe": "<n 1 $x>", "id": 1})");

  EXPECT_THAT(ann.events_after(R"({"observe": "<n $x 1>", "id": 2})"),
              ElementsAre(HasSubstr(R"({"op":"error","id":2,"code":"limit")")));
  EXPECT_THAT(ann.events_after(R"({"observe": "<n 2 $x>", "id": 2})"),
              ElementsAre(R"({"op":"synced","id":2})"));
}

TEST(JsonConversation, ASubscriptionThatTheReferenceStopsIsRefused) {
  Engine engine{EngineOptions{}};
  JsonPeer ann(engine);
  const Value caveat = wire::value_from_json_text(R"({"<reject>":[{"<rec>":[{"$symbol":"Observe"},)"
                                                  R"([{"<_>":[]},{"<_>":[]},{"<_>":[]}]]}]})",
                                                  wire::JsonAuthor::client)
                           .value();
  const Value narrow = development_reference().attenuate(caveat).to_value();
  ann.say(R"({"open": )" + wire::to_json(narrow, wire::JsonAuthor::client) + R"(, "id": 1})");

  EXPECT_THAT(ann.events_after(R"({"observe": "<n $x>", "id": 2})"),
              ElementsAre(HasSubstr(R"("id":2,"code":"stopped")")));
  EXPECT_THAT(ann.events_after(R"({"publish": "<n 1>", "id": 2})"), SizeIs(1));
}

TEST(JsonConversation, WithoutTheDevelopmentReferenceTheServerAsksForOne) {
  EngineOptions options;
  options.server_key = {1, 2, 3};
  Engine engine(options);
  JsonPeer ann(engine);

  EXPECT_THAT(ann.events_after(R"({"sync": true, "id": 1})"),
              ElementsAre(HasSubstr(R"({\"open\": )")));
}

}  // namespace
}  // namespace avow::server
