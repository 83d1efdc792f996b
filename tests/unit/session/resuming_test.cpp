#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <string>

#include "avow/model/builder.hpp"
#include "avow/wire/base64.hpp"
#include "tests/unit/session/json_peer.hpp"
#include "tests/unit/session/native_peer.hpp"

// Sessions that outlive their connections. Ann comes and goes; Bob watches, and must see nothing of
// that.

namespace avow::server::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* main_reference =
    R"("<ref {oid: \"syndicate\" sig: #x\"69ca300c1dbfa08fba692102dd82311a\"}>")";

std::string open_with_grace(int milliseconds) {
  return std::string(R"({"open": )") + main_reference +
         ", \"grace\": " + std::to_string(milliseconds) + ", \"id\": 1}";
}

std::string member(const std::string& message, const char* key) {
  const boost::json::value parsed = boost::json::parse(message);
  for (const auto& event : parsed.as_array()) {
    if (const auto* found = event.as_object().if_contains(key)) {
      return std::string(found->as_string());
    }
  }
  return "";
}

class ResumingTest : public testing::Test {
 protected:
  ResumingTest() : bob(engine) {
    bob.say(R"({"observe": "<present $who>", "id": 1})");
    ann.emplace(engine, sessions);
    token = member(ann->say(open_with_grace(5'000)).at(0), "resume");
    ann->say(R"({"publish": "<present ann>", "id": 2})");
    ann->say(R"({"observe": "<news $n>", "id": 3})");
    bob.take();
  }
  ~ResumingTest() override {
    ann.reset();
    cas.reset();
    sessions.end_all();
  }

  /// `after` is the number of the last that was taken in, of `with_token`, here or there.
  std::string resume(std::uint64_t after, const std::string& with_token, const char* more = "") {
    return R"({"resume": ")" + with_token + R"(", "received": )" + std::to_string(after) + more +
           R"(, "id": 9})";
  }
  std::string resume(std::uint64_t after) { return resume(after, token); }
  void lose_ann() {
    ann->leave(Departure::lost);
    ann.reset();
  }
  std::vector<std::string> bob_hears() { return bob.events(); }
  static Moment at(int milliseconds) { return Moment{} + Milliseconds(milliseconds); }

  static constexpr std::uint64_t told_to_ann = 3;  // Her three answers.

  Engine engine{EngineOptions{}};
  ResumableSessions sessions{Bytes{1, 2, 3}};
  JsonPeer bob;
  std::optional<JsonPeer> ann;
  std::optional<JsonPeer> cas;
  std::string token;
};

TEST_F(ResumingTest, WhatIsToldIsNumberedAndSaysWhatHasBeenTakenIn) {
  EXPECT_THAT(ann->say(R"({"sync": true, "id": 4})"),
              ElementsAre(HasSubstr(R"({"op":"turn","number":4,"received":4})")));
}

TEST_F(ResumingTest, WithoutAGraceNothingIsNumberedAndTheSessionGoesWithItsConnection) {
  cas.emplace(engine, sessions);
  EXPECT_THAT(cas->say(R"({"publish": "<present cas>", "id": 1})"),
              ElementsAre(Not(HasSubstr("turn"))));
  bob.take();

  cas->leave(Departure::lost);

  EXPECT_THAT(bob_hears(), ElementsAre(HasSubstr(R"("cause":"session-lost")")));
}

TEST_F(ResumingTest, ALostConnectionChangesNothingForOthersUntilTheGraceIsOver) {
  lose_ann();

  EXPECT_EQ(sessions.next_deadline(), Moment::min());
  sessions.tick(at(100));
  EXPECT_EQ(sessions.next_deadline(), at(5'100));
  sessions.tick(at(5'099));
  EXPECT_THAT(bob_hears(), IsEmpty());

  sessions.tick(at(5'100));
  EXPECT_THAT(bob_hears(),
              ElementsAre(AllOf(HasSubstr("remove"), HasSubstr(R"("cause":"session-lost")"))));
  EXPECT_EQ(sessions.next_deadline(), std::nullopt);
}

TEST_F(ResumingTest, ACleanCloseEndsTheSessionAtOnce) {
  ann->leave(Departure::closed);
  ann.reset();

  EXPECT_THAT(bob_hears(), ElementsAre(HasSubstr(R"("cause":"closed")")));
  cas.emplace(engine, sessions);
  EXPECT_THAT(cas->say(resume(told_to_ann)), ElementsAre(HasSubstr("session-gone")));
}

TEST_F(ResumingTest, WhoeverComesBackIsToldWhatWasMissedOnce) {
  lose_ann();
  bob.say(R"({"publish": "<news 1>", "id": 2})");
  bob.say(R"({"publish": "<news 2>", "id": 3})");

  ann.emplace(engine, sessions);
  EXPECT_THAT(ann->say(resume(told_to_ann)),
              ElementsAre(AllOf(HasSubstr(R"("op":"ok","id":9,"space":"main")"),
                                HasSubstr(R"("received":3,"grace":5000)")),
                          AllOf(HasSubstr("[1]"), HasSubstr(R"("number":4)")),
                          AllOf(HasSubstr("[2]"), HasSubstr(R"("number":5)"))));
  EXPECT_THAT(bob_hears(), IsEmpty());

  // And from now on what comes.
  bob.say(R"({"publish": "<news 3>", "id": 4})");
  EXPECT_THAT(ann->take(), ElementsAre(AllOf(HasSubstr("[3]"), HasSubstr(R"("number":6)"))));
}

TEST_F(ResumingTest, WhatHadArrivedBeforeTheLossIsNotToldAgain) {
  bob.say(R"({"publish": "<news 1>", "id": 2})");
  bob.say(R"({"publish": "<news 2>", "id": 3})");
  ASSERT_EQ(ann->take().size(), 2U);
  lose_ann();

  ann.emplace(engine, sessions);

  EXPECT_THAT(ann->say(resume(told_to_ann + 1)),
              ElementsAre(HasSubstr("ok"), HasSubstr(R"("number":5)")));
}

TEST_F(ResumingTest, ARequestInFlightIsAnsweredOnce) {
  ann->conversation().receive(Moment{}, FrameType::text,
                              bytes_of(R"({"query": "<present $who>", "id": 7})"));
  lose_ann();  // The answer was under way.

  ann.emplace(engine, sessions);

  EXPECT_THAT(ann->say(resume(told_to_ann)),
              ElementsAre(HasSubstr(R"("received":4)"),
                          AllOf(HasSubstr(R"("op":"add","id":7)"), HasSubstr(R"("number":4)"))));
  EXPECT_THAT(ann->say(R"({"sync": true, "id": 7})"), ElementsAre(HasSubstr(R"("number":5)")));
}

TEST_F(ResumingTest, ASecondConnectionTakesOverAndTheFirstIsToldSo) {
  cas.emplace(engine, sessions);
  EXPECT_THAT(cas->say(resume(told_to_ann)), ElementsAre(HasSubstr(R"("received":3)")));

  EXPECT_THAT(ann->take(), ElementsAre(HasSubstr("taken-over")));
  EXPECT_EQ(ann->conversation().ending()->code, CloseCode::taken_over);
  ann->say(R"({"retract": 2})");  // Is not heard any more.
  lose_ann();
  EXPECT_THAT(bob_hears(), IsEmpty());

  EXPECT_THAT(cas->say(R"({"retract": 2, "id": 5})"), ElementsAre(HasSubstr("ok")));
  EXPECT_THAT(bob_hears(), ElementsAre(HasSubstr(R"("cause":"retracted")")));
}

TEST_F(ResumingTest, WhatTheFirstConnectionHasNotTakenIsToldOnTheSecondAlone) {
  bob.say(R"({"publish": "<news 1>", "id": 2})");  // Waits in the outbox of the first.

  cas.emplace(engine, sessions);

  EXPECT_THAT(cas->say(resume(told_to_ann)), ElementsAre(HasSubstr("ok"), HasSubstr("[1]")));
  EXPECT_THAT(ann->take(), ElementsAre(HasSubstr("taken-over")));
}

TEST_F(ResumingTest, ACloseOfAConnectionThatWasTakenOverEndsNothing) {
  cas.emplace(engine, sessions);
  cas->say(resume(told_to_ann));

  ann->leave(Departure::closed);
  ann.reset();

  EXPECT_THAT(bob_hears(), IsEmpty());
  cas->leave(Departure::closed);
  EXPECT_THAT(bob_hears(), ElementsAre(HasSubstr(R"("cause":"closed")")));
}

TEST_F(ResumingTest, ATokenThatIsNoneLeadsToNoSessionAndNothingIsDoneUntilAnOpen) {
  cas.emplace(engine, sessions);
  std::string wrong = token;
  wrong.back() = wrong.back() == 'A' ? 'B' : 'A';

  EXPECT_THAT(cas->say(resume(0, wrong)), ElementsAre(HasSubstr("session-gone")));
  EXPECT_THAT(cas->say(resume(0, "nonsense!")), ElementsAre(HasSubstr("session-gone")));
  EXPECT_THAT(cas->say(R"({"publish": "<present cas>", "id": 1})"),
              ElementsAre(AllOf(HasSubstr(R"("id":1)"), HasSubstr("session-gone"))));
  EXPECT_THAT(bob_hears(), IsEmpty());

  cas->say(open_with_grace(0));
  cas->say(R"({"publish": "<present cas>", "id": 2})");
  EXPECT_THAT(bob_hears(), ElementsAre(HasSubstr("cas")));
}

TEST_F(ResumingTest, AWrongClaimIsNamedAndHarmsNobody) {
  const auto refusal = [&](const std::string& request) {
    JsonPeer thief(engine, sessions);
    return member(thief.say(request).at(0), "code");
  };

  EXPECT_EQ(refusal(resume(99)), "bad-acknowledgement");
  EXPECT_EQ(refusal(resume(0, token, R"(, "space": "orders")")), "wrong-session");
  EXPECT_EQ(refusal(resume(0, token, R"(, "epoch": "00000000000000ff")")), "wrong-session");
  EXPECT_THAT(bob_hears(), IsEmpty());
  EXPECT_THAT(ann->say(R"({"sync": true, "id": 4})"), ElementsAre(HasSubstr("ok")));

  lose_ann();
  ann.emplace(engine, sessions);
  EXPECT_THAT(
      ann->say(resume(told_to_ann + 1, token, R"(, "space": "main", "epoch": "0000000000000001")")),
      ElementsAre(HasSubstr("ok")));
}

TEST_F(ResumingTest, ASessionIsResumedOnlyByWhatComesFirst) {
  cas.emplace(engine, sessions);
  cas->say(R"({"sync": true, "id": 1})");

  EXPECT_THAT(cas->say(resume(told_to_ann)), ElementsAre(HasSubstr("bad-request")));
  EXPECT_THAT(cas->say(R"({"sync": true, "id": 2})"), ElementsAre(HasSubstr("ok")));
}

TEST_F(ResumingTest, AnAcknowledgementOfWhatWasNeverToldIsAnError) {
  EXPECT_THAT(ann->say(R"({"acknowledge": 3})"), IsEmpty());
  EXPECT_THAT(ann->say(R"({"acknowledge": 4})"), ElementsAre(HasSubstr("bad-acknowledgement")));
  EXPECT_THAT(ann->say(R"([{"acknowledge": 4}, {"sync": true, "id": 4}])"),
              ElementsAre(AllOf(HasSubstr("bad-request"), HasSubstr("turn-refused"))));
}

TEST_F(ResumingTest, WhatIsAcknowledgedIsNotKept) {
  ann->say(R"({"acknowledge": 3})");
  lose_ann();

  ann.emplace(engine, sessions);

  EXPECT_THAT(ann->say(resume(2)), ElementsAre(HasSubstr("session-gone")));
  JsonPeer again(engine, sessions);
  EXPECT_THAT(again.say(resume(3)), ElementsAre(HasSubstr("ok")));
}

TEST_F(ResumingTest, MessagesThatAreAnsweredByNothingAreAcknowledgedInTime) {
  std::vector<std::string> told;
  for (int i = 0; i < 40 && told.empty(); ++i) told = ann->say(R"({"send": "<n>"})");

  EXPECT_THAT(told, ElementsAre(R"([{"op":"acknowledge","received":35}])"));
}

TEST_F(ResumingTest, TheGraceIsWhatTheServerAllows) {
  cas.emplace(engine, sessions);

  EXPECT_THAT(cas->say(open_with_grace(3'600'000)), ElementsAre(HasSubstr(R"("grace":60000)")));
  JsonPeer none(engine);
  EXPECT_THAT(none.say(R"({"sync": true, "id": 5})"), ElementsAre(Not(HasSubstr("resume"))));
}

TEST_F(ResumingTest, TheSessionOfAClientThatBreaksTheRulesDoesNotWait) {
  ann->conversation().receive(Moment{}, FrameType::binary, {});
  ann->leave(Departure::lost);
  ann.reset();

  EXPECT_EQ(sessions.next_deadline(), std::nullopt);
  EXPECT_THAT(bob_hears(), ElementsAre(HasSubstr("remove")));
}

TEST(Resuming, AServerThatAllowsNoGraceGivesNoToken) {
  Engine engine{EngineOptions{}};
  ResumableSessions sessions(Bytes{}, {.grace_max = Milliseconds{0}});
  JsonPeer ann(engine, sessions);

  EXPECT_THAT(ann.say(open_with_grace(1'000)),
              ElementsAre(AllOf(HasSubstr(R"("grace":0)"), Not(HasSubstr("resume")))));
}

TEST(Resuming, ASessionOfWhichTooMuchWouldHaveToBeKeptEnds) {
  Engine engine{EngineOptions{}};
  ResumableSessions sessions(Bytes{});
  JsonPeer bob(engine);
  ConversationLimits limits;
  limits.outbox_bytes_max = 500;
  std::string token;
  {
    JsonPeer ann(engine, sessions, limits);
    token = member(ann.say(open_with_grace(1'000)).at(0), "resume");
    ann.say(R"({"observe": "<news $n>", "id": 2})");
    ann.say(R"({"acknowledge": 2})");
    ann.leave(Departure::lost);
  }
  for (int i = 0; i < 10; ++i) bob.say(R"({"send": "<news 1>"})");

  JsonPeer ann(engine, sessions);

  EXPECT_EQ(engine.session_count(), 2U);
  EXPECT_THAT(ann.say(R"({"resume": ")" + token + R"(", "received": 2, "id": 1})"),
              ElementsAre(HasSubstr("session-gone")));
}

TEST(Resuming, ASessionThatCannotGoOnEndsWhenItsClientComesBack) {
  Engine engine{EngineOptions{}};
  ResumableSessions sessions(Bytes{});
  JsonPeer bob(engine);
  ConversationLimits limits;
  limits.outbox_bytes_max = 500;
  JsonPeer ann(engine, sessions, limits);  // Her connection stands, and she reads, but never says.
  const std::string token = member(ann.say(open_with_grace(1'000)).at(0), "resume");
  ann.say(R"({"observe": "<news $n>", "id": 2})");
  for (int i = 0; i < 10; ++i) {
    bob.say(R"({"send": "<news 1>"})");
    ann.take();
  }

  JsonPeer back(engine, sessions);

  EXPECT_THAT(back.say(R"({"resume": ")" + token + R"(", "received": 2, "id": 1})"),
              ElementsAre(HasSubstr("session-gone")));
  EXPECT_EQ(ann.conversation().ending()->code, CloseCode::slow_consumer);
  EXPECT_EQ(engine.session_count(), 2U);
}

TEST(Resuming, WhereTooManyWaitALostConnectionEndsItsSession) {
  Engine engine{EngineOptions{}};
  ResumableSessions sessions(Bytes{}, {.waiting_max = 1});
  for (int i = 0; i < 2; ++i) {
    JsonPeer ann(engine, sessions);
    ann.say(open_with_grace(1'000));
    ann.leave(Departure::lost);
  }

  EXPECT_EQ(sessions.waiting(), 1U);
  EXPECT_EQ(engine.session_count(), 1U);
}

class NativeResumingTest : public testing::Test {
 protected:
  NativeResumingTest() {
    ann.emplace(engine, sessions);
    ann->say(native::Open{.id = 1, .grace_ms = 5'000});
    ann->turn(
        {{1, wire::EventKind::publish, 1, "<Observe <group <rec n> {0: <bind <_>>}> #:[0 7]>"}});
    // The first token of this key; a client is told it.
    JsonPeer spare(engine, spares);
    token = *base64(member(spare.say(open_with_grace(1)).at(0), "resume"));
  }
  static std::optional<Bytes> base64(const std::string& text) {
    return wire::base64_to_bytes(text);
  }
  native::Open resume(std::uint64_t received) {
    return {.id = 5, .resume_token = token, .received = received};
  }

  Engine engine{EngineOptions{}};
  ResumableSessions sessions{Bytes{7}};
  ResumableSessions spares{Bytes{7}};
  NativePeer bob{engine};
  std::optional<NativePeer> ann;
  Bytes token;
};

TEST_F(NativeResumingTest, WhoeverComesBackIsToldWhatWasMissedOnce) {
  bob.say(native::Open{.id = 1});
  ann->leave(Departure::lost);
  bob.turn({{1, wire::EventKind::publish, 1, "<n 1>"}});
  bob.turn({{1, wire::EventKind::publish, 2, "<n 2>"}});

  ann.emplace(engine, sessions);

  EXPECT_THAT(ann->say(resume(2)),
              ElementsAre("resumed 5 applied 1 received 2", StartsWith("batch topics @2: +1"),
                          StartsWith("batch topics @3: +1")));
}

TEST_F(NativeResumingTest, TheAnswerToAQueryIsNumberedAndComesAgain) {
  native::Query query{.id = 3, .target = 1};
  const Value pattern = parse_text("<group <rec n> {}>").value();
  query.patterns = {pattern.bytes()};
  Bytes frame;
  native::append_message(frame, query);
  ann->conversation().receive(Moment{}, FrameType::binary, frame);
  ann->leave(Departure::lost);

  ann.emplace(engine, sessions);

  EXPECT_THAT(ann->say(resume(2)),
              ElementsAre("resumed 5 applied 1 received 3", StartsWith("rows 3 last")));
}

TEST_F(NativeResumingTest, TurnNumbersGoOn) {
  ann->leave(Departure::lost);
  ann.emplace(engine, sessions);
  ann->say(resume(2));

  const std::vector<native::Event> nothing;
  EXPECT_THAT(ann->say(native::ClientTurn{.number = 2, .events = nothing, .wants_receipt = true}),
              ElementsAre("turn 3 batches 0 applied 2 receipt 2"));
}

TEST_F(NativeResumingTest, BadInputIsNamedAndHarmsNobody) {
  const auto refusal = [&](native::Open open) {
    NativePeer thief(engine, sessions);
    return thief.say(open).at(0);
  };
  const Value other = record("ref", Value::string("other"));
  native::Open elsewhere = resume(2);
  elsewhere.reference = other.bytes();
  native::Open another_epoch = resume(2);
  another_epoch.epoch = 77;
  native::Open forged = resume(2);
  forged.resume_token.back() ^= 1;

  EXPECT_EQ(refusal(resume(99)), "opened 5 error bad-acknowledgement");
  EXPECT_EQ(refusal(elsewhere), "opened 5 error wrong-session");
  EXPECT_EQ(refusal(another_epoch), "opened 5 error wrong-session");
  EXPECT_EQ(refusal(forged), "opened 5 error session-gone");
  EXPECT_THAT(ann->turn({}), ElementsAre("turn 3 batches 0 applied 2 receipt 2"));
}

TEST_F(NativeResumingTest, AfterAFailureNothingIsDoneForASilentNewSession) {
  NativePeer cas(engine, sessions);
  native::Open forged = resume(2);
  forged.resume_token.back() ^= 1;
  cas.say(forged);

  EXPECT_THAT(cas.turn({}), ElementsAre("close session-gone"));
}

TEST_F(NativeResumingTest, ATokenOfAnotherSubprotocolIsRefused) {
  JsonPeer cas(engine, sessions);
  std::string text;
  wire::append_base64(text, token);

  EXPECT_THAT(cas.say(R"({"resume": ")" + text + R"(", "received": 0, "id": 1})"),
              ElementsAre(HasSubstr("wrong-session")));
}

TEST_F(NativeResumingTest, AnAcknowledgementOfWhatWasNeverToldEndsTheSession) {
  EXPECT_THAT(ann->say(native::Acknowledge{2}), IsEmpty());
  EXPECT_THAT(ann->say(native::Acknowledge{3}), ElementsAre("close bad-acknowledgement"));
}

TEST_F(NativeResumingTest, TheFirstConnectionIsToldThatItWasTakenOver) {
  NativePeer again(engine, sessions);
  EXPECT_THAT(again.say(resume(2)), ElementsAre("resumed 5 applied 1 received 2"));

  EXPECT_THAT(ann->take(), ElementsAre("close taken-over"));
  EXPECT_EQ(ann->conversation().ending()->code, CloseCode::taken_over);
}

}  // namespace
}  // namespace avow::server::test
