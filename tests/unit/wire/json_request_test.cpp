#include "avow/wire/json_request.hpp"

#include <gtest/gtest.h>
#include <string>

#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"
#include "avow/wire/json_event.hpp"
#include "tests/unit/wire/refusal.hpp"

namespace avow::wire {
namespace {

JsonRequest accepted(std::string_view message) {
  return read_json_requests(message).value().at(0).request.value();
}

TEST(JsonRequests, AStringDirectlyUnderAVerbIsTextAndDeeperItIsAString) {
  const auto text = std::get<JsonRequest::Publish>(accepted(R"({"publish": "<a b>"})").what);
  const auto json = std::get<JsonRequest::Publish>(accepted(R"({"publish": ["<a b>"]})").what);

  EXPECT_EQ(text.fact, record("a", Value::symbol("b")));
  EXPECT_EQ(json.fact, sequence("<a b>"));
}

TEST(JsonRequests, EachRequestIsReadWithItsIdAndTarget) {
  const JsonRequest publish = accepted(R"({"publish": "<a>", "id": 7, "to": {"$ref": 4}})");
  const JsonRequest send = accepted(R"({"to": {"$ref": 5}, "send": {"<b>": [1]}})");
  const JsonRequest retract = accepted(R"({"retract": 7})");
  const JsonRequest sync = accepted(R"({"sync": true, "id": 0})");
  const JsonRequest open =
      accepted(R"({"open": "<ref {oid: 1 sig: #x\"\"}>", "id": 9007199254740992})");

  EXPECT_EQ(publish.id, JsonId{7});
  EXPECT_EQ(publish.to, 4);
  EXPECT_EQ(send.id, std::nullopt);
  EXPECT_EQ(send.to, 5);
  EXPECT_EQ(std::get<JsonRequest::Send>(send.what).message, record("b", 1));
  EXPECT_EQ(std::get<JsonRequest::Retract>(retract.what).id, 7U);
  EXPECT_EQ(sync.id, JsonId{0});
  EXPECT_TRUE(std::holds_alternative<JsonRequest::Sync>(sync.what));
  EXPECT_TRUE(std::holds_alternative<JsonRequest::Open>(open.what));
}

TEST(JsonRequests, WhatIsAboutTheSessionIsRead) {
  const JsonRequest open = accepted(R"({"open": "<r>", "grace": 5000, "id": 1})");
  const JsonRequest resume =
      accepted(R"({"resume": "AQI=", "received": 7, "space": "main", "epoch": "00000000000000ff", )"
               R"("id": 2})");
  const JsonRequest acknowledge = accepted(R"({"acknowledge": 9})");

  EXPECT_EQ(std::get<JsonRequest::Open>(open.what).grace_ms, 5'000U);
  const auto& asked = std::get<JsonRequest::Resume>(resume.what);
  EXPECT_EQ(asked.token, (Bytes{1, 2}));
  EXPECT_EQ(asked.received, 7U);
  EXPECT_EQ(asked.space, "main");
  EXPECT_EQ(asked.epoch, 0xFFU);
  EXPECT_EQ(std::get<JsonRequest::Acknowledge>(acknowledge.what).number, 9U);
}

TEST(JsonRequests, WhatIsAboutTheSessionGoesWithNothingElse) {
  EXPECT_EQ(refusal(R"({"publish": "<a>", "grace": 1, "id": 1})"), "bad-request");
  EXPECT_EQ(refusal(R"({"open": "<r>", "received": 1, "id": 1})"), "bad-request");
  EXPECT_EQ(refusal(R"({"resume": "AQI=", "timeout": 1, "id": 1})"), "bad-request");
  EXPECT_EQ(refusal(R"({"resume": "AQI="})"), "bad-request");
  EXPECT_EQ(refusal(R"({"resume": "AQI=", "epoch": "ff", "id": 1})"), "bad-request");
  EXPECT_EQ(refusal(R"({"acknowledge": -1})"), "bad-request");
}

TEST(JsonRequests, PatternsAreTextWithNamesOrWireFormWithoutThem) {
  const JsonRequest text =
      accepted(R"({"observe": "<t $room $who>", "id": 1, "with": {"who": {"$symbol": "ann"}}})");
  const JsonRequest wire = accepted(R"({"query": {"<bind>": [{"<_>": []}]}, "id": 1})");

  const NamedPattern& named = std::get<JsonRequest::Observe>(text.what).pattern;
  EXPECT_EQ(named.names, std::vector<std::string>{"room"});
  EXPECT_TRUE(named.pattern.match(parse_text("<t 1 ann>").value()).has_value());
  EXPECT_FALSE(named.pattern.match(parse_text("<t 1 bob>").value()).has_value());
  const NamedPattern& unnamed = std::get<JsonRequest::Query>(wire.what).pattern;
  EXPECT_EQ(unnamed.names, std::vector<std::string>{""});
}

TEST(JsonRequests, ASubscriptionMaySayFromWhereItGoesOnAndHowOftenItWantsToHearOfProgress) {
  const JsonRequest request = accepted(
      R"({"observe": "<a>", "id": 1, "from": 41, "epoch": "5c1f0e62b7a94d38", "else": "resync",
          "progress": 5000})");

  const DeliveryOptions& delivery = std::get<JsonRequest::Observe>(request.what).delivery;
  EXPECT_EQ(delivery.resume, (ResumePoint{41, 0x5c1f0e62b7a94d38, true}));
  EXPECT_EQ(delivery.progress_ms, 5'000u);
}

TEST(JsonRequests, ASubscriptionMaySayHowMuchItWantsToBeTold) {
  const JsonRequest request = accepted(
      R"({"observe": "<p $item _ $>", "id": 1, "policy": "close", "credit": {"bytes": 5},
          "conflate": {"key": ["1", "item"], "every": 250}})");

  const DeliveryOptions& delivery = std::get<JsonRequest::Observe>(request.what).delivery;
  EXPECT_EQ(delivery.policy, SlowPolicy::close);
  EXPECT_EQ(delivery.credit, (DeliveryCredit{.bytes = 5}));
  EXPECT_EQ(delivery.conflation, (Conflation{.key = {1, 0}, .every_ms = 250}));
}

TEST(JsonRequests, AGrantNamesASubscriptionAndHowMuch) {
  const JsonRequest request = accepted(R"({"grant": 7, "turns": 9223372036854775807})");

  const auto& grant = std::get<JsonRequest::Grant>(request.what);
  EXPECT_EQ(grant.id, JsonId{7});
  EXPECT_EQ(grant.credit, (DeliveryCredit{.turns = credit_max}));
}

TEST(JsonRequests, SeveralInAListComeInOrder) {
  const auto received = read_json_requests(R"([{"send": "<a>", "id": 1}, {"retract": 2}])").value();

  ASSERT_EQ(received.size(), 2U);
  EXPECT_EQ(received[0].id, JsonId{1});
  EXPECT_TRUE(received[1].request.has_value());
}

TEST(JsonRequests, TheIdOfABadRequestIsKnownAllTheSame) {
  const auto received =
      read_json_requests(R"([{"publish": "<a", "id": 3}, {"id": -1}, 5])").value();

  EXPECT_EQ(received[0].id, JsonId{3});
  EXPECT_FALSE(received[0].request.has_value());
  EXPECT_EQ(received[1].id, std::nullopt);
  EXPECT_EQ(received[2].request.error().code, "bad-request");
}

TEST(JsonRequests, WhatIsNoRequestIsRefused) {
  for (const char* message : {
           R"("hello")",
           "5",
           "[5]",
           "{}",
           R"({"id": 1})",
           R"({"wish": "<a>"})",
           R"({"publish": "<a>", "quickly": true})",
           R"({"publish": "<a>", "send": "<b>"})",
           R"({"publish": "<a>", "publish": "<b>"})",
           R"({"publish": "<a>", "id": []})",
           R"({"publish": "<a>", "id": 1.0})",
           R"({"publish": "<a>", "id": -1})",
           R"({"publish": "<a>", "id": 9007199254740993})",
           R"({"publish": "<a>", "id": 1, "id": 1})",
           R"({"publish": "<a>", "to": 4})",
           R"({"publish": "<a>", "to": {"$mine": 4}})",
           R"({"publish": "<a>", "to": {"$ref": 4, "caveats": []}})",
           R"({"retract": 1, "to": {"$ref": 4}})",
           R"({"publish": "<a>", "with": {}})",
           R"({"observe": "<a>"})",
           R"({"query": "<a>"})",
           R"({"sync": true})",
           R"({"sync": false, "id": 1})",
           R"({"retract": "1"})",
           R"({"observe": "<a>", "id": 1, "from": 3})",
           R"({"observe": "<a>", "id": 1, "epoch": "5c1f0e62b7a94d38"})",
           R"({"observe": "<a>", "id": 1, "else": "resync"})",
           R"({"observe": "<a>", "id": 1, "from": 3, "epoch": "5c1f0e62b7a94d38", "else": 1})",
           R"({"observe": "<a>", "id": 1, "from": 0.5, "epoch": "5c1f0e62b7a94d38"})",
           R"({"observe": "<a>", "id": 1, "progress": 99})",
           R"({"observe": "<a>", "id": 1, "policy": "faster"})",
           R"({"observe": "<a>", "id": 1, "credit": {"turns": 1.5}})",
           R"({"observe": "<a>", "id": 1, "conflate": {"key": ["b"], "every": 100}})",
           R"({"grant": 1})",
           R"({"grant": 1, "bytes": 18446744073709551616})",
           R"({"grant": 1, "bytes": -1})",
           R"({"query": "<a>", "id": 1, "progress": 100})",
           R"({"publish": "<a>", "id": 1, "from": 3, "epoch": "5c1f0e62b7a94d38"})",
           R"({"observe": "<a>", "id": 1, "with": []})",
           R"({"observe": {"<_>": []}, "id": 1, "with": {"a": 1}})",
       }) {
    EXPECT_EQ(refusal(message), "bad-request") << message;
  }
}

TEST(JsonRequests, ValuesTextsAndPatternsSayWhatIsWrongWithThem) {
  EXPECT_EQ(refusal(R"({"publish": "<a"})"), "bad-text");
  EXPECT_EQ(refusal(R"({"publish": "<a> <b>"})"), "bad-text");
  EXPECT_EQ(refusal(R"({"publish": {"$wish": 1}})"), "bad-value");
  EXPECT_EQ(refusal(R"({"observe": {"<lit>": []}, "id": 1})"), "bad-pattern");
  EXPECT_EQ(refusal(R"({"query": "<a $x>", "id": 1, "with": {"y": 1}})"), "unknown-name");
  EXPECT_EQ(refusal("{publish"), "bad-json");
}

TEST(JsonRequests, TooManyInOneListAreRefused) {
  JsonRequestLimits limits;
  limits.requests_max = 1;

  EXPECT_EQ(read_json_requests("[{}, {}]", limits).error().code, "limit");
}

TEST(JsonEvents, CapturesGoByTheirNameOrTheirPlaceInOrderOfNames) {
  std::string text;

  append_json_match(text, sequence(record("t", 1, 2, 3), 1, 2, 1), {"x", "", "x"},
                    JsonAuthor::server);

  EXPECT_EQ(text, R"("fact":{"<t>":[1,2,3]},"captures":{"1":2,"x":1})");
}

TEST(JsonEvents, AnErrorSaysItsCodeAndASentence) {
  std::string text;

  append_json_error(text, 7, {"limit", "Say \"less\"."});

  EXPECT_EQ(text, R"("op":"error","id":7,"code":"limit","message":"Say \"less\".")");
}

}  // namespace
}  // namespace avow::wire
