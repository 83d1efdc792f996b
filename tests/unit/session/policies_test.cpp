#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "tests/unit/session/json_peer.hpp"
#include "tests/unit/session/native_peer.hpp"
#include "tests/unit/session/syndicate_peer.hpp"

// S11, S12: clients that say how they want to be told, and how much.

namespace avow::server {
namespace {

using test::JsonPeer;
using test::NativePeer;
using test::SyndicatePeer;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using Events = std::vector<std::string>;

class Policies : public testing::Test {
 protected:
  void publish(int number) {
    bob.say(R"({"publish": {"<n>": [)" + std::to_string(number) + R"(]}, "id": )" +
            std::to_string(number) + "}");
  }
  void tick(std::int64_t ms) { engine.tick(Moment(Milliseconds(now_ += ms))); }
  void let_catch_up() {
    while (engine.next_deadline() == Moment{}) tick(1);
  }

  Engine engine{EngineOptions{}};
  JsonPeer bob{engine};

 private:
  std::int64_t now_ = 0;
};

// ---- JSON -----------------------------------------------------------------------------------

TEST_F(Policies, OneThatClosesIsToldAsAnErrorOfThatSubscriptionAlone) {
  JsonPeer ann(engine);
  ann.say(R"({"observe": "<n $x>", "id": 8, "policy": "close", "credit": {"turns": 2}})");
  ann.say(R"({"observe": "<n $x>", "id": 9})");
  publish(1);
  publish(2);
  (void)ann.take();

  publish(3);

  EXPECT_THAT(ann.events(),
              ElementsAre(AllOf(HasSubstr(R"("op":"error","id":8)"),
                                HasSubstr(R"("code":"slow-consumer")"), HasSubstr(R"("after":)")),
                          HasSubstr(R"("op":"add","id":9)")));
  EXPECT_FALSE(ann.conversation().ending());
  publish(4);
  EXPECT_THAT(ann.events(), ElementsAre(HasSubstr(R"("op":"add","id":9)")));
  EXPECT_THAT(ann.events_after(R"({"observe": "<n $x>", "id": 8})"), SizeIs(5))
      << "its id is free again";
}

TEST_F(Policies, WhoIsClosedMayRetractAllTheSame) {
  JsonPeer ann(engine);
  ann.say(R"({"observe": "<n $x>", "id": 8, "policy": "close", "credit": {"turns": 1}})");
  publish(1);
  publish(2);
  (void)ann.take();
  EXPECT_THAT(ann.events_after(R"({"retract": 8, "id": 1})"), ElementsAre(R"({"op":"ok","id":1})"));
}

TEST_F(Policies, AGrantLetsAPausedSubscriptionGoOn) {
  JsonPeer ann(engine);
  ann.say(R"({"observe": "<n $x>", "id": 8, "policy": "pause", "credit": {"turns": 1}})");
  for (int number = 1; number <= 3; ++number) publish(number);
  EXPECT_THAT(ann.events(), ElementsAre(HasSubstr(R"("fact":{"<n>":[1]})")));

  EXPECT_THAT(ann.events_after(R"({"grant": 8, "turns": 1, "id": 9})"),
              ElementsAre(R"({"op":"ok","id":9})"));
  let_catch_up();

  const Events told = ann.take();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told[0], AllOf(StartsWith(R"([{"op":"gap","id":8,"after":)"),
                             HasSubstr(R"("fact":{"<n>":[2]})"), HasSubstr(R"("fact":{"<n>":[3]})"),
                             HasSubstr(R"({"op":"synced","id":8,"rev":)")));
}

TEST_F(Policies, AGrantWithoutAnIdIsNotAnsweredUnlessItIsWrong) {
  JsonPeer ann(engine);
  ann.say(R"({"observe": "<n $x>", "id": 8, "credit": {"bytes": 10}})");
  EXPECT_THAT(ann.say(R"({"grant": 8, "bytes": 10})"), IsEmpty());
  EXPECT_THAT(ann.events_after(R"({"grant": 7, "bytes": 10})"),
              ElementsAre(HasSubstr(R"("code":"unknown-subscription")")));
}

TEST_F(Policies, GrantsThatAreNoneHarmNothing) {
  JsonPeer ann(engine);
  ann.say(R"({"observe": "<n $x>", "id": 8, "policy": "pause", "credit": {"turns": 1}})");
  ann.say(R"({"observe": "<n $x>", "id": 7})");
  ann.say(R"({"publish": "<m>", "id": 6})");
  for (const auto& [request, code] : std::vector<std::pair<std::string, std::string>>{
           {R"({"grant": 8, "turns": 0, "id": 9})", "bad-request"},
           {R"({"grant": 8, "turns": -1, "id": 9})", "bad-request"},
           {R"({"grant": 8, "turns": 1.5, "id": 9})", "bad-request"},
           {R"({"grant": 8, "turns": 9223372036854775808, "id": 9})", "bad-request"},
           {R"({"grant": 8, "bytes": 18446744073709551616, "id": 9})", "bad-request"},
           {R"({"grant": 8, "turns": "1", "id": 9})", "bad-request"},
           {R"({"grant": 8, "id": 9})", "bad-request"},
           {R"({"grant": 8, "turns": 1, "turns": 1, "id": 9})", "bad-request"},
           {R"({"grant": 8, "turns": 1, "count": true, "id": 9})", "bad-request"},
           {R"({"grant": "8", "turns": 1, "id": 9})", "bad-request"},
           {R"([{"grant": 8, "turns": 1, "id": 9}, {"sync": true, "id": 10}])", "bad-request"},
           {R"({"grant": 8, "turns": 9223372036854775807, "id": 9})", "limit"},
           {R"({"grant": 5, "turns": 1, "id": 9})", "unknown-subscription"},
           {R"({"grant": 6, "turns": 1, "id": 9})", "unknown-subscription"},
           {R"({"grant": 7, "turns": 1, "id": 9})", "unknown-subscription"}}) {
    const Events answer = ann.events_after(request);
    EXPECT_THAT(answer.at(0),
                AllOf(HasSubstr(R"("op":"error","id":9)"), HasSubstr(R"("code":")" + code)))
        << request;
  }
  publish(1);
  publish(2);
  EXPECT_THAT(ann.events(), SizeIs(3)) << "2 for the one without a limit, 1 for the other";
}

TEST_F(Policies, OptionsThatAreNoneAreRefused) {
  JsonPeer ann(engine);
  for (const std::string options :
       {R"("policy": "faster")", R"("policy": 1)", R"("credit": {})", R"("credit": 5)",
        R"("credit": {"turns": 0})", R"("credit": {"turns": 1.0})", R"("credit": {"hours": 1})",
        R"("credit": {"bytes": 18446744073709551616})", R"("conflate": 100)",
        R"("conflate": {"key": ["x"]})", R"("conflate": {"key": ["y"], "every": 100})",
        R"("conflate": {"key": "x", "every": 100})", R"("conflate": {"key": ["x"], "every": 9})",
        R"("conflate": {"key": ["x"], "every": 3600001})",
        R"("conflate": {"key": ["x"], "every": 100, "mode": "latest"})"}) {
    const Events answer = ann.events_after(R"({"observe": "<n $x>", "id": 8, )" + options + "}");
    ASSERT_THAT(answer, SizeIs(1)) << options;
    EXPECT_THAT(answer[0], HasSubstr(R"("id":8,"code":"bad-request")")) << options;
  }
  EXPECT_THAT(ann.events_after(R"({"publish": "<n 1>", "policy": "close", "id": 8})").at(0),
              HasSubstr(R"("code":"bad-request")"));
  EXPECT_THAT(ann.events_after(R"({"observe": "<n $x>", "id": 8, "count": true, )"
                               R"("conflate": {"key": [], "every": 10}})")
                  .at(0),
              HasSubstr(R"("code":"unsupported")"));
  EXPECT_THAT(ann.events_after(R"({"observe": "<n $x>", "id": 8})"), SizeIs(1));
}

TEST_F(Policies, AConflatedSubscriptionIsToldByNamesOfItsCaptures) {
  JsonPeer ann(engine);
  tick(1);
  ann.say(R"({"observe": "<p $item $price>", "id": 8,)"
          R"( "conflate": {"key": ["item"], "every": 100}})");
  tick(10);
  bob.say(R"({"publish": "<p \"tea\" 1>", "id": 1})");
  for (int price = 2; price <= 50; ++price) {
    bob.say(R"([{"retract": )" + std::to_string(price - 1) + R"(}, {"publish": "<p \"tea\" )" +
            std::to_string(price) + R"(>", "id": )" + std::to_string(price) + "}]");
  }
  EXPECT_THAT(ann.events(), IsEmpty());
  tick(100);
  EXPECT_THAT(ann.events(), ElementsAre(R"({"op":"add","id":8,"fact":{"<p>":["tea",50]},)"
                                        R"("captures":{"item":"tea","price":50}})"));

  bob.say(R"([{"retract": 50}, {"publish": "<p \"tea\" 51>", "id": 51}])");
  tick(100);
  EXPECT_THAT(ann.take(),
              ElementsAre(AllOf(HasSubstr(R"("op":"add","id":8,"fact":{"<p>":["tea",51]})"),
                                HasSubstr(R"("op":"remove","id":8,"fact":{"<p>":["tea",50]})"))));
}

// ---- native ---------------------------------------------------------------------------------

class NativePolicies : public Policies {
 protected:
  NativePolicies() { ann.say(test::native::Open{.id = 1}); }
  Events observe(const std::string& options) {
    return ann.turn({{1, wire::EventKind::publish, 1,
                      "<Observe <group <rec n> {0: <bind <_>>}> #:[0 7] " + options + ">"}});
  }

  NativePeer ann{engine};
};

TEST_F(NativePolicies, OneThatClosesIsToldAsAFault) {
  observe("{policy: close credit: {turns: 1}}");
  publish(1);
  publish(2);

  const Events told = ann.take();
  ASSERT_THAT(told, SizeIs(3));
  EXPECT_THAT(told[1], HasSubstr(" fault 7 slow-consumer ended after "));
  EXPECT_THAT(told[2], HasSubstr(" unsubscribed 7:"));
  EXPECT_FALSE(ann.conversation().ending());
}

TEST_F(NativePolicies, CreditIsGrantedToTheEntityThatObserves) {
  observe("{policy: pause credit: {turns: 1}}");
  for (int number = 1; number <= 3; ++number) publish(number);
  EXPECT_THAT(ann.take(), SizeIs(1));

  EXPECT_THAT(ann.say(test::native::Credit{.turns = 1, .observer = 7}), IsEmpty());
  let_catch_up();

  const Events told = ann.take();
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_THAT(told[0], AllOf(HasSubstr(" gap 7 after "), HasSubstr(" synced 7@")));
  EXPECT_THAT(told[1], AllOf(HasSubstr("[2]"), HasSubstr("[3]")));
}

TEST_F(NativePolicies, CreditThatIsNoneIsRefusedAndHarmsNothing) {
  observe("{policy: pause credit: {turns: 1 bytes: 100}}");
  constexpr std::uint64_t large = std::uint64_t{1} << 63;
  for (const auto& [credit, code] : std::vector<std::pair<test::native::Credit, std::string>>{
           {{.turns = 1, .bytes = 0, .observer = 0}, "unsupported"},
           {{.turns = 0, .bytes = 0, .observer = 7}, "bad-credit"},
           {{.turns = 0, .bytes = large, .observer = 7}, "bad-credit"},
           {{.turns = 1, .bytes = UINT64_MAX, .observer = 7}, "bad-credit"},
           {{.turns = 1, .bytes = 0, .observer = large + 7}, "bad-credit"},
           {{.turns = 0, .bytes = large - 1, .observer = 7}, "limit"},
           {{.turns = 1, .bytes = 0, .observer = 8}, "unknown-subscription"}}) {
    EXPECT_THAT(ann.say(credit),
                ElementsAre(HasSubstr(" fault " + std::to_string(credit.observer) + " " + code)));
  }
  EXPECT_FALSE(ann.conversation().ending());
  publish(1);
  publish(2);
  EXPECT_THAT(ann.take(), SizeIs(1));
}

TEST_F(NativePolicies, AConflatedSubscriptionIsToldAtItsTimes) {
  tick(1);
  observe("{conflate: {key: [] every: 100}}");
  tick(10);
  for (int number = 1; number <= 30; ++number) publish(number);
  EXPECT_THAT(ann.take(), IsEmpty());
  tick(100);
  EXPECT_THAT(ann.take(), ElementsAre(AllOf(HasSubstr("batch entities"), HasSubstr("[30]"),
                                            Not(HasSubstr("[29]")))));
}

// ---- Syndicate ------------------------------------------------------------------------------

TEST_F(Policies, APlainClientIsToldThatItCannotHaveThem) {
  SyndicatePeer ann(engine);
  const std::string space = ann.resolve();
  const auto observe = [&](const std::string& options) {
    return "[[" + space + " <A <Observe <group <rec n> {0: <bind <_>>}> #:[0 7] " + options +
           "> 7>]]";
  };
  for (const std::string options :
       {"{policy: close}", "{credit: {turns: 1}}", "{conflate: {key: [0] every: 100}}"}) {
    EXPECT_THAT(ann.say(observe(options)), Contains(HasSubstr("unsupported"))) << options;
    ann.say("[[" + space + " <R 7>]]");
  }
  EXPECT_THAT(ann.say("<do <credit-flow-control 202506>>"),
              Contains(HasSubstr("<will <credit-flow-control 202506>>")));
  EXPECT_FALSE(ann.conversation().ending());
}

}  // namespace
}  // namespace avow::server
