#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/session/json_peer.hpp"
#include "tests/unit/session/native_peer.hpp"

// S12: clients that read slowly are told no more changes than they take, and then what is
// different.

namespace avow::server {
namespace {

using test::JsonPeer;
using test::NativePeer;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Lt;
using testing::SizeIs;
using Events = std::vector<std::string>;

constexpr std::string_view open_with_grace =
    R"({"open": "<ref {oid: \"syndicate\" sig: #x\"69ca300c1dbfa08fba692102dd82311a\"}>",)"
    R"( "grace": 1000, "id": 1})";

ConversationLimits small_limits(std::size_t to_fall_behind = 300) {
  ConversationLimits limits;
  limits.outbox_bytes_to_fall_behind = to_fall_behind;
  limits.outbox_bytes_max = 2'000;
  return limits;
}

class SlowReaders : public testing::Test {
 protected:
  void publish(int number) {
    bob.say(R"({"publish": {"<n>": [)" + std::to_string(number) + R"(]}, "id": )" +
            std::to_string(number) + "}");
  }
  void retract(int number) { bob.say(R"({"retract": )" + std::to_string(number) + "}"); }
  /// Whoever has room catches up.
  void let_catch_up() {
    while (engine.next_deadline()) engine.tick(Moment(Milliseconds(++now_)));
  }

  Engine engine{EngineOptions{}};
  JsonPeer bob{engine};

 private:
  std::int64_t now_ = 0;
};

TEST_F(SlowReaders, AreToldOfAGapAndThenTheDifferenceInOneMessage) {
  JsonPeer ann(engine, small_limits());
  ann.say(R"({"observe": "<n $x>", "id": 8})");
  for (int number = 1; number <= 100; ++number) publish(number);
  for (int number = 1; number <= 98; ++number) retract(number);
  EXPECT_THAT(ann.conversation().outbox().waiting_bytes(), Lt(1'000U));

  const Events before = ann.take();
  let_catch_up();
  const Events after = ann.take();

  EXPECT_THAT(before.back(), HasSubstr(R"([{"op":"gap","id":8,"after":)"));
  ASSERT_THAT(after, SizeIs(1));
  EXPECT_THAT(after[0], AllOf(HasSubstr(R"([{"op":"add","id":8,"fact":{"<n>":[99]})"),
                              HasSubstr(R"({"op":"add","id":8,"fact":{"<n>":[100]})"),
                              HasSubstr(R"({"op":"remove","id":8,"fact":{"<n>":[1]})"),
                              HasSubstr(R"({"op":"synced","id":8,"rev":)")));
  EXPECT_FALSE(ann.conversation().ending());
}

TEST_F(SlowReaders, AreToldHowManyMessagesTheyMissed) {
  JsonPeer ann(engine, small_limits());
  ann.say(R"({"observe": "<n $x>", "id": 8})");
  for (int i = 0; i < 50; ++i) bob.say(R"({"send": "<n 1>"})");
  const std::size_t told = ann.take().size() - 1;  // The last is the gap.

  let_catch_up();

  EXPECT_THAT(ann.events(),
              ElementsAre(R"({"op":"synced","id":8,"missed":)" + std::to_string(50 - told) + "}"));
}

TEST_F(SlowReaders, WhoReadAreToldEverything) {
  JsonPeer ann(engine, small_limits());
  ann.say(R"({"observe": "<n $x>", "id": 8})");
  std::size_t told = 0;
  for (int number = 1; number <= 100; ++number) {
    publish(number);
    told += ann.events().size();
  }

  EXPECT_EQ(told, 100U);
  EXPECT_EQ(engine.counters().gaps, 0U);
}

TEST_F(SlowReaders, AreToldAllAgainFromTheNextTurnOn) {
  JsonPeer ann(engine, small_limits());
  ann.say(R"({"observe": "<n $x>", "id": 8})");
  for (int number = 1; number <= 100; ++number) publish(number);
  ann.take();
  let_catch_up();
  ann.take();

  retract(7);

  EXPECT_THAT(ann.events(), ElementsAre(R"({"op":"remove","id":8,"fact":{"<n>":[7]},)"
                                        R"("captures":{"x":7},"cause":"retracted"})"));
}

TEST_F(SlowReaders, WhoseReferencesChangedAreToldAllAnew) {
  JsonPeer ann(engine, small_limits());
  ann.say(R"({"observe": "<n $x>", "id": 8})");
  bob.say(R"({"publish": {"<n>": [{"$mine": 1}]}, "id": 1})");
  bob.say(R"({"publish": {"<n>": [{"$mine": 2}]}, "id": 2})");
  for (int number = 3; number <= 60; ++number) publish(number);
  for (int number = 2; number <= 59; ++number) retract(number);
  ann.take();
  let_catch_up();

  EXPECT_THAT(ann.events(),
              ElementsAre(HasSubstr(R"({"op":"resync","id":8,"cause":"references","from":)"),
                          R"({"op":"add","id":8,"fact":{"<n>":[{"$ref":2}]},)"
                          R"("captures":{"x":{"$ref":2}}})",
                          HasSubstr(R"("fact":{"<n>":[60]})"), R"({"op":"synced","id":8})"));
  retract(1);
  EXPECT_THAT(ann.events(),
              ElementsAre(HasSubstr(R"("op":"remove","id":8,"fact":{"<n>":[{"$ref":2)")));
}

TEST_F(SlowReaders, AreAnsweredMeanwhileUpToALimit) {
  JsonPeer ann(engine, small_limits());
  ann.say(R"({"observe": "<n $x>", "id": 8})");
  for (int number = 1; number <= 100; ++number) publish(number);
  const auto ask = [&](int id) {
    ann.conversation().receive(Moment{}, FrameType::text,
                               bytes_of(R"({"sync": true, "id": )" + std::to_string(id) + "}"));
  };
  ask(9);
  EXPECT_FALSE(ann.conversation().ending());

  for (int id = 10; id < 200; ++id) ask(id);

  ASSERT_TRUE(ann.conversation().ending());
  EXPECT_EQ(ann.conversation().ending()->code, CloseCode::slow_consumer);
  EXPECT_THAT(ann.take(), testing::Contains(HasSubstr(R"({"op":"ok","id":9)")));
}

TEST_F(SlowReaders, OneTurnOfAnySizeIsToldWhole) {
  JsonPeer ann(engine, small_limits());
  ann.say(R"({"observe": "<n $x>", "id": 8})");
  publish(1);
  std::string all = "[";
  for (int number = 2; number <= 100; ++number) {
    all += (number > 2 ? "," : "") + std::string(R"({"publish": {"<n>": [)") +
           std::to_string(number) + "]}}";
  }
  bob.say(all + "]");

  EXPECT_FALSE(ann.conversation().ending());
  EXPECT_THAT(ann.events(), SizeIs(100));
}

TEST_F(SlowReaders, FallBehindEarlierWhereAllTogetherHaveMuch) {
  OutboxBudget budget{.bytes_max = 1 << 20};
  ConversationLimits limits;
  limits.outboxes = &budget;
  std::vector<std::unique_ptr<JsonPeer>> idlers;
  for (int i = 0; i < 20; ++i) {
    idlers.push_back(std::make_unique<JsonPeer>(engine, limits));
    idlers.back()->say(R"({"observe": "<n $x>", "id": 8})");
  }
  const std::string padding(1'000, 'x');
  for (int i = 0; i < 300; ++i)
    bob.say(R"({"publish": "<n \")" + padding + std::to_string(i) + R"(\">"})");

  EXPECT_LT(budget.bytes, budget.bytes_max + 20 * OutboxBudget::assured_bytes);
  EXPECT_EQ(engine.counters().gaps, 20U);
  for (const auto& idler : idlers) {
    EXPECT_FALSE(idler->conversation().ending());
    idler->take();
  }
  let_catch_up();
  for (const auto& idler : idlers) EXPECT_THAT(idler->take(), SizeIs(1));
  EXPECT_EQ(budget.bytes, 0U);
}

TEST_F(SlowReaders, WhoAreAwayFallBehindToo) {
  ResumableSessions sessions(Bytes{});
  std::string token;
  {
    JsonPeer ann(engine, sessions, small_limits());
    const std::string opened = ann.say(open_with_grace).at(0);
    const std::size_t begin = opened.find(R"("resume":")") + 10;
    token = opened.substr(begin, opened.find('"', begin) - begin);
    ann.say(R"({"observe": "<n $x>", "id": 8})");
    ann.leave(Departure::lost);
  }
  for (int number = 1; number <= 100; ++number) publish(number);
  JsonPeer back(engine, sessions, small_limits());

  const Events told = back.say(R"({"resume": ")" + token + R"(", "received": 2, "id": 1})");
  EXPECT_THAT(told.front(), HasSubstr(R"({"op":"ok","id":1)"));
  EXPECT_THAT(told.back(), HasSubstr(R"({"op":"gap","id":8)"));
  let_catch_up();
  const Events rest = back.events();
  EXPECT_EQ(told.size() - 2 + rest.size() - 2, 100U) << "beside synced and turn";
}

TEST_F(SlowReaders, OfNativeFramesAreToldTheSame) {
  NativePeer ann(engine, small_limits(2'000));
  ann.say(test::native::Open{.id = 1});
  ann.turn({{1, wire::EventKind::publish, 1, "<Observe <group <rec n> {0: <bind <_>>}> #:[0 7]>"}});
  for (int number = 1; number <= 100; ++number) publish(number);
  for (int number = 1; number <= 99; ++number) retract(number);

  const Events before = ann.take();
  let_catch_up();
  const Events after = ann.take();

  EXPECT_THAT(before.back(), HasSubstr(" gap 7 after "));
  ASSERT_THAT(after, SizeIs(2));
  EXPECT_THAT(after[0], AllOf(HasSubstr(" batches 1 "), HasSubstr(" synced 7@")));
  EXPECT_THAT(after[1],
              AllOf(HasSubstr("batch topics @"), HasSubstr("[100]"), HasSubstr("[1] retracted")));
  EXPECT_FALSE(ann.conversation().ending());
}

}  // namespace
}  // namespace avow::server
