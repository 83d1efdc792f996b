#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/support/random.hpp"
#include "tests/unit/engine/number_world.hpp"

// S12: an observer with a credit is told no more turns and bytes than its client has granted.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::numbers;
using ::testing::SizeIs;
using testing::test_options;
using testing::TestClient;

class Credit : public testing::NumberWorld {
 protected:
  Credit() : reader(client()) {}
  void begin(const EngineOptions& options) {
    reader.reset();
    NumberWorld::begin(options);
    reader = client();
  }
  void observe(std::int64_t oid, std::string_view options) {
    NumberWorld::observe(*reader, oid, options);
  }
  void publish(int number) {
    const std::string name = std::to_string(number);
    write("[[% <A <n " + name + "> " + name + ">]]");
  }
  Result<void> grant(std::int64_t oid, const DeliveryCredit& more) {
    Result<void> granted = engine->grant(reader->session(), oid, more);
    run_ticks();
    return granted;
  }

  std::unique_ptr<TestClient> reader;
};

TEST_F(Credit, OfTurnsIsUsedUpByTurnsThatTellSomething) {
  observe(9, "{credit: {turns: 3} policy: pause}");
  write("[[% <A <other 1> 100>]]");
  write("[[% <A <n 1> 1>] [% <A <n 2> 2>]]");
  for (int number = 3; number <= 9; ++number) publish(number);

  EXPECT_THAT(reader->heard_at(9), ElementsAre("9 + [1]", "9 + [2]", "9 + [3]", "9 + [4]"));
  EXPECT_THAT(reader->gaps, IsEmpty());
}

TEST_F(Credit, OfBytesLetsTheTurnThatIsTooMuchBeToldWholeAndIsOwedForIt) {
  observe(9, "{credit: {bytes: 4} policy: pause}");
  write("[[% <A <n \"ten bytes.\"> 1>] [% <A <n 2> 2>]]");
  publish(3);
  EXPECT_THAT(reader->heard_at(9), SizeIs(2));

  EXPECT_TRUE(grant(9, {.bytes = 4}));
  EXPECT_THAT(reader->heard_at(9), SizeIs(2)) << "it still owes more than that";
  EXPECT_TRUE(grant(9, {.bytes = 1'000}));
  EXPECT_THAT(reader->heard_at(9), SizeIs(3));
}

TEST_F(Credit, CountsTheSnapshotToo) {
  publish(1);
  publish(2);
  observe(9, "{credit: {turns: 1} policy: pause}");
  publish(3);

  EXPECT_THAT(reader->heard_at(9), ElementsAre("9 + [1]", "9 + [2]"));
}

TEST_F(Credit, OnceThereIsMoreItIsToldTheDifference) {
  observe(9, "{credit: {turns: 1} policy: pause}");
  publish(1);
  const std::uint64_t seen = engine->spaces().at(0).revision;
  publish(2);
  publish(3);
  write("[[% <R 1>] [% <R 2>]]");

  EXPECT_TRUE(grant(9, {.turns = 2}));

  EXPECT_THAT(reader->heard_at(9), ElementsAre("9 + [1]", "9 + [3]", "9 - [1]"));
  ASSERT_THAT(reader->gaps, SizeIs(1));
  EXPECT_EQ(reader->gaps[0].after, seen);
  EXPECT_THAT(reader->caught_up, SizeIs(1));
  publish(4);
  publish(5);
  EXPECT_EQ(reader->heard_at(9).back(), "9 + [4]") << "the difference was one turn, this another";
}

TEST_F(Credit, BelowTheFloorItIsToldEverythingAnew) {
  EngineOptions options = test_options();
  options.limits.history.turns_max = 2;
  begin(options);
  observe(9, "{credit: {turns: 1} policy: pause}");
  for (int number = 1; number <= 6; ++number) publish(number);

  EXPECT_TRUE(grant(9, {.turns = 1}));

  ASSERT_THAT(reader->resyncs, SizeIs(1));
  EXPECT_EQ(reader->resyncs[0].reason, ResyncReason::compacted);
  EXPECT_THAT(reader->heard_at(9), SizeIs(1 + 6));
}

TEST_F(Credit, WithoutAnotherPolicyTheGapIsToldAtOnce) {
  observe(9, "{credit: {turns: 1}}");
  publish(1);
  EXPECT_THAT(reader->gaps, IsEmpty());
  publish(2);
  EXPECT_THAT(reader->gaps, SizeIs(1));

  EXPECT_TRUE(grant(9, {.turns = 1}));
  EXPECT_THAT(reader->heard_at(9), ElementsAre("9 + [1]", "9 + [2]"));
  EXPECT_THAT(reader->gaps, SizeIs(1));
}

TEST_F(Credit, ThePolicyMayBeToClose) {
  observe(9, "{credit: {turns: 1} policy: close}");
  publish(1);
  publish(2);

  ASSERT_THAT(reader->gaps, SizeIs(1));
  EXPECT_TRUE(reader->gaps[0].is_end);
  EXPECT_EQ(grant(9, {.turns = 1}).error().code, "unknown-subscription");
}

TEST_F(Credit, OfOneObserverIsNothingToTheOthers) {
  observe(8, "{credit: {turns: 1} policy: pause}");
  observe(9, "{}");
  for (int number = 1; number <= 4; ++number) publish(number);

  EXPECT_THAT(reader->heard_at(8), SizeIs(1));
  EXPECT_THAT(reader->heard_at(9), SizeIs(4));
}

TEST_F(Credit, GrantedAheadIsNotLost) {
  observe(9, "{credit: {turns: 1} policy: pause}");
  EXPECT_TRUE(grant(9, {.turns = 2}));
  EXPECT_TRUE(grant(9, {.turns = 1, .bytes = 5})) << "bytes have no limit, and get none";
  for (int number = 1; number <= 9; ++number) publish(number);
  EXPECT_THAT(reader->heard_at(9), SizeIs(4));
}

TEST_F(Credit, MessagesTakeSomeOfItAndAreMissedWithoutIt) {
  observe(9, "{credit: {turns: 2} policy: pause}");
  for (int i = 0; i < 5; ++i) write("[[% <M <n 1>>]]");
  EXPECT_THAT(reader->heard_at(9), SizeIs(2));

  EXPECT_TRUE(grant(9, {.turns = 1}));
  ASSERT_THAT(reader->caught_up, SizeIs(1));
  EXPECT_EQ(reader->caught_up[0].messages_missed, 3u);
}

TEST_F(Credit, OfWhoCountsIsGoneOnWithAnew) {
  observe(9, "{credit: {turns: 1} policy: pause count: #t}");
  publish(1);
  publish(2);
  EXPECT_THAT(reader->heard_at(9), ElementsAre("9 + [1 1]"));
  EXPECT_TRUE(grant(9, {.turns = 5}));
  ASSERT_THAT(reader->resyncs, SizeIs(1));
  EXPECT_EQ(reader->resyncs[0].reason, ResyncReason::counted);
  EXPECT_THAT(reader->heard_at(9), ElementsAre("9 + [1 1]", "9 + [1 1]", "9 + [2 1]"));
}

TEST_F(Credit, DoesNotHelpWhoseClientIsBehind) {
  observe(9, "{credit: {turns: 1}}");
  publish(1);
  engine->fall_behind(reader->session());
  publish(2);
  EXPECT_TRUE(grant(9, {.turns = 1}));
  EXPECT_THAT(reader->heard_at(9), ElementsAre("9 + [1]"));

  engine->has_room(reader->session());
  while (engine->next_deadline()) engine->tick(Moment(Milliseconds(1'000)));
  EXPECT_THAT(reader->heard_at(9), ElementsAre("9 + [1]", "9 + [2]"));
}

TEST_F(Credit, IsOfAnObserverThatWasBegunWithIt) {
  observe(9, "{}");
  EXPECT_EQ(grant(9, {.turns = 1}).error().code, "unknown-subscription");
  EXPECT_EQ(grant(8, {.turns = 1}).error().code, "unknown-subscription");
  observe(8, "{credit: {turns: 1}}");
  reader->say("[[% <R 8>]]");
  EXPECT_EQ(grant(8, {.turns = 1}).error().code, "unknown-subscription");
}

TEST_F(Credit, IsOfAnEntityWithALargeNumberToo) {
  constexpr std::int64_t large = std::int64_t{1} << 40;
  observe(large, "{credit: {turns: 1} policy: pause}");
  publish(1);
  publish(2);
  EXPECT_THAT(reader->heard_at(large), SizeIs(1));

  EXPECT_TRUE(grant(large, {.turns = 1}));

  EXPECT_THAT(reader->heard_at(large), SizeIs(2));
}

TEST_F(Credit, IsAtMostSoMuchTogether) {
  observe(9, "{credit: {turns: 5 bytes: 5} policy: pause}");
  EXPECT_EQ(grant(9, {.turns = credit_max}).error().code, "limit");
  EXPECT_EQ(grant(9, {.turns = 1, .bytes = credit_max - 4}).error().code, "limit");
  EXPECT_TRUE(grant(9, {.turns = credit_max - 5}));
  EXPECT_TRUE(grant(9, {.bytes = credit_max - 5}));
  EXPECT_EQ(grant(9, {.turns = 1}).error().code, "limit");
  publish(1);
  EXPECT_TRUE(grant(9, {.turns = 1}));
  EXPECT_THAT(reader->heard_at(9), SizeIs(1));
}

TEST_F(Credit, ThatIsNoneIsRefused) {
  for (const std::string_view wrong :
       {"{credit: {turns: 0}}", "{credit: {bytes: -1}}", "{credit: {turns: 1.5}}", "{credit: {}}",
        "{credit: {bytes: 9223372036854775808}}", "{credit: {turns: 18446744073709551616}}",
        "{credit: 5}", "{credit: {speed: 5}}", "{credit: {turns: 1 bytes: 0}}"}) {
    const auto one = client();
    one->say("[[% <A <Observe " + std::string(numbers) + " #:[0 9] " + std::string(wrong) +
             "> 1>]]");
    ASSERT_THAT(one->heard_at(9), SizeIs(1)) << wrong;
    EXPECT_THAT(one->heard_at(9)[0], HasSubstr("code: bad-option")) << wrong;
    EXPECT_FALSE(one->end);
  }
}

TEST_F(Credit, EachObserverIsToldNoMoreThanItAndHoldsWhatIsThereInTheEnd) {
  const std::uint64_t seed = test::test_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  test::Random random(seed);
  const std::size_t turns_before = reader->turn_sizes.size();
  observe(9, "{credit: {turns: 1} policy: pause}");
  std::set<std::string> there;
  std::uint64_t granted = 1;
  for (int i = 0; i < 2'000; ++i) {
    const std::string name = std::to_string(1 + random.below(8));
    if (there.erase("[" + name + "]") > 0) {
      write("[[% <R " + name + ">]]");
    } else {
      there.insert("[" + name + "]");
      std::string turn = "[[% <A <n ";
      turn.append(name).append("> ").append(name).append(">]]");
      write(turn);
    }
    if (!random.chance(1, 5)) continue;
    const std::uint64_t more = 1 + random.below(4);
    ASSERT_TRUE(grant(9, {.turns = more}));
    granted += more;
    ASSERT_LE(reader->turn_sizes.size() - turns_before, granted) << "in step " << i;
  }
  ASSERT_TRUE(grant(9, {.turns = 1'000}));
  std::map<std::string, std::uint64_t> held;
  for (const testing::Told& one : reader->told) {
    if (one.oid != 9) continue;
    if (one.kind == OutboundKind::publish) {
      ASSERT_TRUE(held.emplace(one.body, one.handle).second) << one.body;
    } else if (!one.body.empty()) {
      ASSERT_EQ(held.erase(one.body), 1u) << one.body;
    } else {
      ASSERT_EQ(std::erase_if(held, [&](const auto& each) { return each.second == one.handle; }),
                1u);
    }
  }
  std::set<std::string> bodies;
  for (const auto& [body, handle] : held) bodies.insert(body);
  EXPECT_EQ(bodies, there);
  EXPECT_GT(reader->gaps.size(), 100u);
}

}  // namespace
}  // namespace avow::server
