#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/engine/number_world.hpp"

// S12: what becomes of an observer that misses something is what its policy says.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::numbers;
using ::testing::SizeIs;
using testing::TestClient;

class Policies : public testing::NumberWorld {
 protected:
  Policies() : slow(client()) {}
  void fall_behind() { engine->fall_behind(slow->session()); }
  void catch_up() {
    engine->has_room(slow->session());
    run_ticks();
  }

  std::unique_ptr<TestClient> slow;
};

TEST_F(Policies, CloseEndsTheObserverInsteadOfAGapAndNobodyElse) {
  observe(*slow, 8, "{policy: close}");
  observe(*slow, 9, "{}");
  const std::uint64_t seen = write("[[% <A <n 1> 1>]]");
  fall_behind();

  write("[[% <A <n 2> 2>]]");

  ASSERT_THAT(slow->gaps, SizeIs(2));
  EXPECT_EQ(slow->gaps[0].observer.small(), 8);
  EXPECT_TRUE(slow->gaps[0].is_end);
  EXPECT_EQ(slow->gaps[0].after, seen);
  EXPECT_FALSE(slow->gaps[1].is_end);
  catch_up();
  write("[[% <A <n 3> 3>]]");
  EXPECT_THAT(slow->heard_at(8), ElementsAre("8 + [1]"));
  EXPECT_THAT(slow->heard_at(9), ElementsAre("9 + [1]", "9 + [2]", "9 + [3]"));
  EXPECT_EQ(engine->counters().observers_closed, 1u);
}

TEST_F(Policies, WhatHasBeenClosedIsNotHeldUpAnyMore) {
  const auto onlooker = client();
  onlooker->observe(7,
                    "<group <rec Observe> {0: <group <rec group> {0: <group <rec rec> "
                    "{0: <lit n>}>}>}>",
                    1);
  observe(*slow, 8, "{policy: close}");
  const std::size_t interests = engine->spaces().at(0).interests;
  fall_behind();

  write("[[% <A <n 1> 1>]]");

  EXPECT_EQ(engine->spaces().at(0).interests, interests - 1);
  EXPECT_EQ(onlooker->told.back().kind, OutboundKind::retract);
  EXPECT_EQ(onlooker->told.back().cause, Cause::quota);
  EXPECT_FALSE(slow->topics.back().began);
  // Its handle is free, and to retract it is nothing.
  EXPECT_FALSE(slow->ask("[[% <R 8>]]").error);
  observe(*slow, 8, "{policy: close}");
  EXPECT_EQ(slow->heard_at(8).back(), "8 + [1]");
}

TEST_F(Policies, OneThatEndsByItselfIsNotClosedToo) {
  observe(*slow, 8, "{policy: close}");
  write("[[% <A <n 1> 1>]]");
  fall_behind();

  EXPECT_FALSE(slow->ask("[[% <R 8>]]").error);

  EXPECT_FALSE(slow->end);
  EXPECT_EQ(engine->spaces().at(0).interests, 0u);
}

TEST_F(Policies, AnInterestThatIsHeldUpTwiceEndsWhole) {
  observe(*slow, 8, "{policy: close}");
  slow->say("[[% <A <Observe " + std::string(numbers) + " #:[0 8] {policy: close}> 5>]]");
  fall_behind();

  write("[[% <A <n 1> 1>]]");

  EXPECT_EQ(engine->spaces().at(0).interests, 0u);
  EXPECT_THAT(slow->gaps, SizeIs(1));
}

TEST_F(Policies, WhoEndsWithoutBeingToldSoHoldsNoReferences) {
  const std::size_t references = engine->reference_count();
  const std::vector<std::string_view> all{"{policy: close}",
                                          "{policy: close count: #t}",
                                          "{policy: close conflate: {key: [] every: 10}}",
                                          "{policy: pause}",
                                          "{count: #t}",
                                          "{conflate: {key: [0] every: 10}}"};
  std::int64_t now = 0;
  for (const std::string_view options : all) {
    observe(*slow, 8, options);
    observe(*slow, 9, options);
    write("[[% <A <n #:[0 5]> 1>] [% <A <n #:[0 6]> 2>]]");
    engine->tick(Moment(Milliseconds(now += 1'000)));
    engine->tick(Moment(Milliseconds(now += 1'000)));
    fall_behind();
    write("[[% <A <n #:[0 7]> 3>]]");
    write("[[% <R 1>]]");
    slow->say("[[% <R 8>] [% <R 9>]]");
    engine->has_room(slow->session());
    write("[[% <R 2>] [% <R 3>]]");

    EXPECT_EQ(engine->reference_count(), references) << options;
  }
}

TEST_F(Policies, PauseTellsNothingUntilItTellsTheDifference) {
  observe(*slow, 8, "{policy: pause}");
  const std::uint64_t seen = write("[[% <A <n 1> 1>]]");
  fall_behind();
  write("[[% <A <n 2> 2>]]");
  write("[[% <A <n 3> 3>] [% <R 1>]]");
  EXPECT_THAT(slow->gaps, IsEmpty());

  catch_up();

  EXPECT_THAT(slow->heard_at(8), ElementsAre("8 + [1]", "8 + [2]", "8 + [3]", "8 - [1]"));
  ASSERT_THAT(slow->gaps, SizeIs(1));
  EXPECT_EQ(slow->gaps[0].after, seen);
  EXPECT_FALSE(slow->gaps[0].is_end);
  EXPECT_THAT(slow->caught_up, SizeIs(1));
}

TEST_F(Policies, ResyncIsWhatThereIsWithoutOne) {
  observe(*slow, 8, "{policy: resync}");
  observe(*slow, 9, "{policy: \"resync\"}");
  fall_behind();
  write("[[% <A <n 1> 1>]]");
  EXPECT_THAT(slow->gaps, SizeIs(2));
  catch_up();
  EXPECT_THAT(slow->heard(), ElementsAre("8 + [1]", "9 + [1]"));
}

TEST_F(Policies, ThatAreUnknownAreRefused) {
  for (const std::string_view wrong : {"{policy: faster}", "{policy: 1}", "{policy: [close]}"}) {
    const auto one = client();
    observe(*one, 9, wrong);
    ASSERT_THAT(one->heard_at(9), SizeIs(1)) << wrong;
    EXPECT_THAT(one->heard_at(9)[0], HasSubstr("code: bad-option")) << wrong;
    EXPECT_FALSE(one->end);
  }
}

TEST_F(Policies, AreRefusedWhereTheClientCannotBeToldSo) {
  const std::vector<std::string_view> all{"{policy: close}", "{policy: pause}", "{policy: resync}",
                                          "{credit: {turns: 1}}",
                                          "{conflate: {key: [] every: 10}}"};
  for (const std::string_view options : all) {
    const auto plain = client();
    plain->hears_what_went = false;
    observe(*plain, 9, options);
    ASSERT_THAT(plain->heard_at(9), SizeIs(1)) << options;
    EXPECT_THAT(plain->heard_at(9)[0], HasSubstr("code: unsupported")) << options;
    EXPECT_FALSE(plain->end);
  }
  // An observer inside the server: another space.
  const auto other = client();
  other->say("[[% <A <Observe " + std::string(numbers) + " #:[1 " + std::to_string(other->space) +
             "] {policy: close}> 1>]]");
  EXPECT_FALSE(other->end);
  fall_behind();
  write("[[% <A <n 1> 1>]]");
  EXPECT_EQ(engine->counters().observers_closed, 0u);
}

}  // namespace
}  // namespace avow::server
