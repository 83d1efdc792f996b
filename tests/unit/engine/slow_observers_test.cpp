#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/random.hpp"
#include "tests/unit/engine/held.hpp"
#include "tests/unit/engine/number_world.hpp"

// S12, S13: the observers of a client that does not take what it is told miss what happens, are
// told so, and catch up once it has room; and cost the others nothing.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::numbers;
using ::testing::SizeIs;
using testing::test_options;
using testing::TestClient;

class SlowObservers : public testing::NumberWorld {
 protected:
  SlowObservers() : slow(client()) {}
  void begin(const EngineOptions& options) {
    slow.reset();
    NumberWorld::begin(options);
    slow = client();
  }
  void fall_behind() { engine->fall_behind(slow->session()); }
  void has_room() { engine->has_room(slow->session()); }
  void catch_up() {
    has_room();
    run_ticks();
  }

  std::unique_ptr<TestClient> slow;
};

TEST_F(SlowObservers, AreToldOnceThatTheyMissSomethingAndFromWhere) {
  slow->observe(9, numbers, 1);
  const std::uint64_t seen = write("[[% <A <n 1> 1>]]");
  fall_behind();

  write("[[% <A <n 2> 2>]]");
  write("[[% <A <n 3> 3>] [% <R 1>]]");

  EXPECT_THAT(slow->heard_at(9), ElementsAre("9 + [1]"));
  ASSERT_THAT(slow->gaps, SizeIs(1));
  EXPECT_EQ(slow->gaps[0].observer.small(), 9);
  EXPECT_EQ(slow->gaps[0].after, seen);
  EXPECT_THAT(slow->caught_up, IsEmpty());
}

TEST_F(SlowObservers, AreToldTheDifferenceInOneTurnWhenThereIsRoom) {
  slow->observe(9, numbers, 1);
  write("[[% <A <n 1> 1>] [% <A <n 2> 2>]]");
  (void)slow->heard();
  fall_behind();
  write("[[% <A <n 3> 3>]]");
  write("[[% <A <n 4> 4>] [% <R 1>]]");
  write("[[% <R 4>]]");
  const std::size_t turns = slow->turn_sizes.size();

  catch_up();

  EXPECT_THAT(slow->heard(), ElementsAre("9 + [3]", "9 - [1]"));
  EXPECT_EQ(slow->told.back().cause, Cause::retracted);
  EXPECT_EQ(slow->turn_sizes.size(), turns + 1);
  EXPECT_THAT(slow->resyncs, IsEmpty());
  ASSERT_THAT(slow->caught_up, SizeIs(1));
  EXPECT_EQ(slow->caught_up[0].revision, slow->told.back().revision);
  EXPECT_EQ(slow->caught_up[0].messages_missed, 0u);
}

TEST_F(SlowObservers, StandInTheOrderOfTurnsAgainAfterThat) {
  slow->observe(9, numbers, 1);
  write("[[% <A <n 1> 1>]]");
  fall_behind();
  write("[[% <A <n 2> 2>]]");
  catch_up();
  (void)slow->heard();

  write("[[% <R 1>] [% <R 2>] [% <A <n 3> 3>] [% <M <n 4>>]]");

  EXPECT_THAT(slow->heard(), ElementsAre("9 + [3]", "9 ! [4]", "9 - [1]", "9 - [2]"));
  EXPECT_THAT(slow->gaps, SizeIs(1));
}

TEST_F(SlowObservers, AreToldNothingAtAllIfTheyMissedNothing) {
  slow->observe(9, numbers, 1);
  fall_behind();
  write("[[% <A <other 2> 2>]]");
  const std::uint64_t seq = engine->seq();

  has_room();

  EXPECT_EQ(engine->next_deadline(), std::nullopt);
  write("[[% <A <n 1> 1>]]");
  EXPECT_THAT(slow->heard_at(9), ElementsAre("9 + [1]"));
  EXPECT_THAT(slow->gaps, IsEmpty());
  EXPECT_EQ(engine->seq(), seq + 1);
}

TEST_F(SlowObservers, AreToldThatThereIsNoDifferenceIfAllIsAsBefore) {
  slow->observe(9, numbers, 1);
  fall_behind();
  write("[[% <A <n 1> 1>]]");
  write("[[% <R 1>]]");

  catch_up();

  EXPECT_THAT(slow->heard_at(9), IsEmpty());
  EXPECT_THAT(slow->caught_up, SizeIs(1));
}

TEST_F(SlowObservers, MissMessagesAndAreToldHowMany) {
  slow->observe(9, numbers, 1);
  fall_behind();
  write("[[% <M <n 1>>]]");
  write("[[% <M <n 2>>] [% <A <n 3> 3>]]");

  catch_up();

  EXPECT_THAT(slow->heard_at(9), ElementsAre("9 + [3]"));
  ASSERT_THAT(slow->caught_up, SizeIs(1));
  EXPECT_EQ(slow->caught_up[0].messages_missed, 2u);
  EXPECT_EQ(engine->counters().messages_missed, 2u);
}

TEST_F(SlowObservers, DoNotCountAsReachedByAMessage) {
  slow->observe(9, numbers, 1);
  const auto other = client();
  other->observe(9, numbers, 1);
  fall_behind();

  EXPECT_EQ(writer->ask("[[% <M <n 1>>]]").messages_reached, 1u);
}

TEST_F(SlowObservers, EachCatchUpFromWhereTheyWere) {
  slow->observe(9, numbers, 1);
  slow->observe(8, "<group <rec m> {0: <bind <_>>}>", 2);
  slow->observe(7, "<group <rec never> {0: <bind <_>>}>", 3);
  fall_behind();
  write("[[% <A <n 1> 1>]]");
  const std::uint64_t before = write("[[% <A <n 2> 2>]]");
  write("[[% <A <m 1> 3>]]");

  catch_up();

  ASSERT_THAT(slow->gaps, SizeIs(2));
  EXPECT_EQ(slow->gaps[1].after, before);
  EXPECT_THAT(slow->heard_at(9), ElementsAre("9 + [1]", "9 + [2]"));
  EXPECT_THAT(slow->heard_at(8), ElementsAre("8 + [1]"));
  EXPECT_THAT(slow->caught_up, SizeIs(2));
}

TEST_F(SlowObservers, BelowTheFloorAreToldEverythingAnewAndThatItIsSo) {
  EngineOptions options = test_options();
  options.limits.history.turns_max = 2;
  begin(options);
  slow->observe(9, numbers, 1);
  write("[[% <A <n 1> 1>] [% <A <n 2> 2>]]");
  (void)slow->heard();
  fall_behind();
  write("[[% <R 1>]]");
  for (const char* more : {"3", "4", "5"}) {
    write("[[% <A <n " + std::string(more) + "> " + more + ">]]");
  }

  catch_up();

  ASSERT_THAT(slow->resyncs, SizeIs(1));
  EXPECT_EQ(slow->resyncs[0].reason, ResyncReason::compacted);
  EXPECT_EQ(slow->resyncs[0].after, slow->gaps.at(0).after);
  EXPECT_THAT(slow->heard(), ElementsAre("9 + [2]", "9 + [3]", "9 + [4]", "9 + [5]"));
  write("[[% <R 3>]]");
  EXPECT_THAT(slow->heard(), ElementsAre("9 -"));
}

TEST_F(SlowObservers, OfReferencesAreToldEverythingAnewUnderTheNumbersThatTheyKnow) {
  slow->observe(9, numbers, 1);
  write("[[% <A <n #:[0 5]> 1>] [% <A <n #:[0 6]> 2>]]");
  const std::vector<std::string> before = slow->heard_at(9);
  (void)slow->heard();
  fall_behind();
  write("[[% <R 2>] [% <A <n 3> 3>]]");

  catch_up();

  ASSERT_THAT(slow->resyncs, SizeIs(1));
  EXPECT_EQ(slow->resyncs[0].reason, ResyncReason::references);
  EXPECT_THAT(slow->heard(), ElementsAre(before.at(0), "9 + [3]"));
}

TEST_F(SlowObservers, OfReferencesHoldNoneOfThemInTheEnd) {
  const std::size_t references = engine->reference_count();
  for (const std::int64_t observer : {9, 8}) slow->observe(observer, numbers, observer);
  slow->say("[[% <A <Observe " + std::string(numbers) + " #:[0 7] {count: #t}> 7>]]");
  write("[[% <A <n #:[0 5]> 1>] [% <A <n #:[0 6]> 2>]]");
  fall_behind();
  write("[[% <R 2>] [% <A <n #:[0 7]> 3>]]");
  catch_up();
  fall_behind();
  write("[[% <R 3>] [% <A <n 4> 4>]]");
  write("[[% <R 1>] [% <R 4>]]");
  catch_up();

  slow->say("[[% <R 9>] [% <R 8>] [% <R 7>]]");

  EXPECT_EQ(engine->reference_count(), references);
}

TEST_F(SlowObservers, WhoHaveHandlesOfTheirOwnCatchUpToo) {
  slow->observe(9, numbers, 1);
  slow->observe(8, numbers, 2);
  write("[[% <A <n 1> 1>] [% <A <n 2> 2>]]");
  fall_behind();
  write("[[% <R 1>] [% <A <n 3> 3>]]");
  catch_up();
  (void)slow->heard();

  write("[[% <R 2>] [% <A <n #:[0 5]> 5>]]");
  write("[[% <R 3>] [% <R 5>]]");

  const std::vector<std::string> told = slow->heard_at(8);
  ASSERT_THAT(told, SizeIs(8));
  EXPECT_EQ(told[2], "8 + [3]");
  EXPECT_EQ(told[3], "8 - [1]");
  EXPECT_EQ(told[5], "8 - [2]");
  EXPECT_EQ(told[6], "8 - [3]");
}

TEST_F(SlowObservers, WhoCountAreToldEverythingAnew) {
  slow->say("[[% <A <Observe " + std::string(numbers) + " #:[0 9] {count: #t}> 1>]]");
  write("[[% <A <n 1> 1>]]");
  (void)slow->heard();
  fall_behind();
  write("[[% <A <n 2> 2>] [% <M <n 7>>]]");

  catch_up();

  ASSERT_THAT(slow->resyncs, SizeIs(1));
  EXPECT_EQ(slow->resyncs[0].reason, ResyncReason::counted);
  EXPECT_THAT(slow->heard(), ElementsAre("9 + [1 1]", "9 + [2 1]"));
  EXPECT_EQ(slow->caught_up.at(0).messages_missed, 1u);
  write("[[% <R 1>]]");
  EXPECT_THAT(slow->heard(), ElementsAre("9 -"));
}

TEST_F(SlowObservers, AllElseIsToldMeanwhile) {
  slow->observe(9, numbers, 1);
  fall_behind();

  const Receipt& receipt = slow->ask("[[% <A <n 1> 2>] [% <S #:[0 3]>]]");

  EXPECT_FALSE(receipt.error);
  EXPECT_THAT(slow->heard(), ElementsAre("3 = #t"));
  EXPECT_THAT(slow->gaps, SizeIs(1));
}

TEST_F(SlowObservers, ThatBeginMeanwhileAreToldWhatIsThere) {
  fall_behind();
  write("[[% <A <n 1> 1>]]");
  slow->observe(9, numbers, 1);
  EXPECT_THAT(slow->heard_at(9), ElementsAre("9 + [1]"));
  EXPECT_THAT(slow->gaps, IsEmpty());

  write("[[% <A <n 2> 2>]]");
  EXPECT_THAT(slow->heard_at(9), ElementsAre("9 + [1]"));
  catch_up();
  EXPECT_THAT(slow->heard_at(9), ElementsAre("9 + [1]", "9 + [2]"));
}

TEST_F(SlowObservers, MayEndMeanwhileAndSoMayTheirSession) {
  slow->observe(9, numbers, 1);
  slow->observe(8, numbers, 2);
  fall_behind();
  write("[[% <A <n 1> 1>]]");
  slow->say("[[% <R 1>]]");
  catch_up();
  EXPECT_THAT(slow->heard_at(9), IsEmpty());
  EXPECT_THAT(slow->heard_at(8), ElementsAre("8 + [1]"));

  fall_behind();
  write("[[% <A <n 2> 2>]]");
  has_room();
  slow->close(Cause::closed);
  while (engine->next_deadline()) step();
  EXPECT_EQ(engine->session_count(), 1u);
}

TEST_F(SlowObservers, FallBehindAgainBeforeTheyHaveCaughtUp) {
  slow->observe(9, numbers, 1);
  fall_behind();
  write("[[% <A <n 1> 1>]]");
  has_room();
  fall_behind();
  step();
  EXPECT_THAT(slow->heard_at(9), IsEmpty());
  write("[[% <A <n 2> 2>]]");

  catch_up();

  EXPECT_THAT(slow->heard_at(9), ElementsAre("9 + [1]", "9 + [2]"));
  EXPECT_THAT(slow->gaps, SizeIs(1));
}

TEST_F(SlowObservers, CatchUpAFewAtATimeSoThatOthersAreServed) {
  EngineOptions options = test_options();
  options.limits.catch_up_changes_max = 1;
  begin(options);
  const auto other = client();
  for (TestClient* const one : {slow.get(), other.get()}) {
    for (const std::int64_t entity : {8, 9}) one->observe(entity, numbers, entity);
    engine->fall_behind(one->session());
  }
  write("[[% <A <n 1> 1>]]");
  has_room();
  engine->has_room(other->session());

  std::vector<std::size_t> caught_up;
  while (engine->next_deadline()) {
    EXPECT_EQ(engine->next_deadline(), Moment{});
    step();
    caught_up.push_back(10 * slow->caught_up.size() + other->caught_up.size());
  }

  EXPECT_THAT(caught_up, ElementsAre(10, 11, 21, 22));
}

TEST_F(SlowObservers, WhoHaveNotCaughtUpMissWhatHappensMeanwhileAndOthersDoNot) {
  EngineOptions options = test_options();
  options.limits.catch_up_changes_max = 1;
  begin(options);
  for (const std::int64_t entity : {8, 9}) slow->observe(entity, numbers, entity);
  fall_behind();
  write("[[% <A <n 1> 1>]]");
  has_room();
  step();

  write("[[% <A <n 2> 2>]]");
  EXPECT_THAT(slow->heard_at(8), ElementsAre("8 + [1]", "8 + [2]"));
  EXPECT_THAT(slow->heard_at(9), IsEmpty());

  step();
  EXPECT_THAT(slow->heard_at(9), ElementsAre("9 + [1]", "9 + [2]"));
}

TEST_F(SlowObservers, AreNotToldOfProgress) {
  slow->say("[[% <A <Observe " + std::string(numbers) + " #:[0 9] {progress: 1000}> 1>]]");
  step();
  fall_behind();
  write("[[% <A <n 1> 1>]]");
  engine->tick(Moment(Milliseconds(5'000)));
  EXPECT_THAT(slow->progress, IsEmpty());
}

// S13: what is done for each of the others is counted, and not timed.
TEST_F(SlowObservers, CostTheOthersNothing) {
  std::vector<std::unique_ptr<TestClient>> others;
  for (int i = 0; i < 499; ++i) {
    others.push_back(client());
    others.back()->observe(9, numbers, 1);
  }
  slow->observe(9, numbers, 1);
  const auto work = [this] {
    const std::uint64_t before = engine->counters().deliveries;
    const std::uint64_t turns = engine->counters().turns_applied;
    write("[[% <A <n 1> 1>]]");
    write("[[% <R 1>]]");
    return std::pair(engine->counters().deliveries - before,
                     engine->counters().turns_applied - turns);
  };
  const auto undisturbed = work();
  fall_behind();
  const auto first = work();
  const std::size_t told = slow->told.size();

  for (int i = 0; i < 100; ++i) EXPECT_EQ(work(), undisturbed);

  EXPECT_EQ(first, undisturbed);
  EXPECT_EQ(slow->told.size(), told);
  EXPECT_THAT(slow->gaps, SizeIs(1));
  for (const auto& other : others) EXPECT_EQ(other->heard_at(9).size(), 2u * 102u);
}

TEST_F(SlowObservers, HoldWhatIsThereWheneverTheyHaveCaughtUp) {
  const std::uint64_t seed = test::test_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  test::Random random(seed);
  EngineOptions options = test_options();
  options.limits.history.turns_max = 6;
  options.limits.catch_up_changes_max = 3;
  options.limits.snapshot_part_bytes = 150;
  begin(options);
  for (const std::int64_t entity : {8, 9}) slow->observe(entity, numbers, entity);
  testing::Held held(*slow, {8, 9});
  std::set<std::string> there;
  for (int i = 0; i < 4'000; ++i) {
    if (random.chance(1, 6)) fall_behind();
    if (random.chance(1, 8)) has_room();
    if (random.chance(1, 3)) step();
    held.take();
    const std::size_t number = 1 + random.below(8);
    const std::string name = std::to_string(number);
    const std::string body = "[" + name + "]";
    if (there.erase(body) > 0) {
      write("[[% <R " + name + ">]]");
    } else {
      there.insert(body);
      std::string turn = "[[% <A <n ";
      turn.append(name).append("> ").append(name).append(">]]");
      write(turn);
    }
    held.take();
    if (!random.chance(1, 50)) continue;
    catch_up();
    held.take();
    for (const std::int64_t entity : {8, 9}) ASSERT_EQ(held.at(entity), there) << "in step " << i;
  }
  EXPECT_GT(slow->gaps.size(), 100u);
  EXPECT_GT(slow->caught_up.size(), slow->resyncs.size());
}

}  // namespace
}  // namespace avow::server
