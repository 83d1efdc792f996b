#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "tests/support/random.hpp"
#include "tests/unit/engine/held.hpp"
#include "tests/unit/engine/number_world.hpp"

// A new pattern is held against many facts in steps: whatever happens meanwhile, observers come to
// what is there, and are told nothing that never was.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::numbers;
using ::testing::SizeIs;
using testing::test_options;
using testing::TestClient;

constexpr std::string_view anything = "<bind <_>>";

// The first step looks at two facts. Facts are `<n NUMBER HANDLE>`, of which the number is
// observed.
class Filling : public testing::NumberWorld {
 protected:
  Filling() {
    EngineOptions options = test_options();
    options.limits.snapshot_part_bytes = 150;
    options.limits.facts_held_at_once = 2;
    begin(options);
    reader = client();
  }

  void publish(int number, int handle) {
    write("[[% <A <n " + std::to_string(number) + " " + std::to_string(handle) + "> " +
          std::to_string(handle) + ">]]");
  }
  void retract(int handle) { write("[[% <R " + std::to_string(handle) + ">]]"); }
  void publish_numbers(int count) {
    for (int i = 1; i <= count; ++i) publish(i, i);
  }

  std::unique_ptr<TestClient> reader;
};

TEST_F(Filling, TellsWhatIsThereAStepAtATime) {
  publish_numbers(5);

  reader->observe(9, numbers, 1);

  EXPECT_THAT(reader->heard(), ElementsAre("9 + [1]", "9 + [2]"));
  EXPECT_THAT(reader->caught_up, IsEmpty());
  run_ticks();
  EXPECT_THAT(reader->heard(), ElementsAre("9 + [3]", "9 + [4]", "9 + [5]"));
  EXPECT_THAT(reader->turn_sizes, ElementsAre(1, 2, 2, 1)) << "the first of them opened the space";
  EXPECT_THAT(reader->caught_up, SizeIs(1));
}

TEST_F(Filling, TellsNothingOfWhatGoesBeforeItIsLookedAt) {
  publish_numbers(6);
  reader->observe(9, numbers, 1);
  (void)reader->heard();

  for (const int handle : {3, 4, 6}) retract(handle);
  run_ticks();

  EXPECT_THAT(reader->heard(), ElementsAre("9 + [5]"));
}

TEST_F(Filling, TellsWhatComesMeanwhileOnce) {
  publish_numbers(4);
  reader->observe(9, numbers, 1);
  (void)reader->heard();

  publish(7, 7);
  run_ticks();

  EXPECT_THAT(reader->heard(), ::testing::UnorderedElementsAre("9 + [3]", "9 + [4]", "9 + [7]"));
}

TEST_F(Filling, CountsWhatComesMeanwhileOnce) {
  publish_numbers(4);
  const std::uint64_t before = engine->spaces().at(0).revision;
  reader->observe(9, numbers, 1);
  publish(7, 7);
  run_ticks();
  const auto other = client();

  observe(*other, 6, "{from: " + std::to_string(before) + " epoch: \"0000000000000007\"}");

  EXPECT_THAT(other->heard(), ElementsAre("6 + [7]"));
}

TEST_F(Filling, DoesNotTellTheEndOfWhatAnotherFactHasThatWasNotLookedAt) {
  publish_numbers(4);
  publish(1, 5);
  reader->observe(9, numbers, 1);
  (void)reader->heard();

  retract(1);
  EXPECT_THAT(reader->heard(), IsEmpty());
  run_ticks();
  EXPECT_THAT(reader->heard(), ElementsAre("9 + [3]", "9 + [4]"));
  retract(5);
  EXPECT_THAT(reader->heard(), ElementsAre("9 -"));
}

TEST_F(Filling, TellsTheEndOfWhatNoOtherFactHasWhenAllHaveBeenLookedAt) {
  publish_numbers(4);
  reader->observe(9, numbers, 1);
  (void)reader->heard();

  retract(1);
  EXPECT_THAT(reader->heard(), IsEmpty());
  run_ticks();

  EXPECT_THAT(reader->heard(), ::testing::UnorderedElementsAre("9 + [3]", "9 + [4]", "9 -"));
  EXPECT_THAT(reader->caught_up, SizeIs(1));
}

// Its reference has died with it.
TEST_F(Filling, TellsNobodyWhoJoinsLaterOfWhatIsGoneAndNamedAReference) {
  write("[[% <A <n #:[0 50] 1> 1>]]");
  for (int i = 2; i <= 5; ++i) publish(i, i);
  reader->observe(9, numbers, 1);
  EXPECT_THAT(reader->heard(), ElementsAre(::testing::StartsWith("9 + [#:"), "9 + [2]"));
  retract(1);
  EXPECT_THAT(reader->heard(), ElementsAre("9 -"));
  const auto other = client();

  other->observe(7, numbers, 1);
  run_ticks();

  EXPECT_THAT(other->heard(), ElementsAre("7 + [2]", "7 + [3]", "7 + [4]", "7 + [5]"));
}

TEST_F(Filling, EndsWithTheTopic) {
  publish_numbers(5);
  reader->observe(9, numbers, 1);
  reader->say("[[% <R 1>]]");
  (void)reader->heard();

  retract(3);
  run_ticks();

  EXPECT_THAT(reader->heard(), IsEmpty());
  EXPECT_EQ(engine->spaces().at(0).topics, 0u);
}

TEST_F(Filling, IsDoneAtOnceForWhoeverCannotBeToldInParts) {
  publish_numbers(5);
  reader->observe(9, numbers, 1);
  const auto other = client();
  other->hears_what_went = false;

  other->observe(7, numbers, 1);

  EXPECT_THAT(other->heard(), SizeIs(5));
}

TEST_F(Filling, LooksUnderAllLabelsForAPatternOfAnything) {
  publish_numbers(3);
  write("[[% <A <other 1> 70>] [% <A <another 2> 71>]]");
  write("[[% <R 3>]]");

  reader->observe(9, anything, 1);
  write("[[% <R 70>] [% <A <other 3> 72>]]");
  run_ticks();

  EXPECT_THAT(reader->heard(), ::testing::IsSupersetOf({"9 + [<n 1 1>]", "9 + [<n 2 2>]",
                                                        "9 + [<another 2>]", "9 + [<other 3>]"}));
}

TEST_F(Filling, WaitsForADirectoryThatIsBeingBuilt) {
  for (int i = 1; i <= 9'000; ++i) publish(i % 3'000, i);

  for (const std::int64_t entity : {7, 8, 9}) {
    const std::string number = std::to_string(entity);
    reader->observe(entity, "<group <rec n> {0: <lit " + number + "> 1: <bind <_>>}>", entity);
  }
  EXPECT_THAT(reader->caught_up, IsEmpty());
  write("[[% <A <n 9 10000> 10000>] [% <R 9>]]");
  run_ticks();

  EXPECT_THAT(reader->heard(), ::testing::UnorderedElementsAre(
                                   "7 + [7]", "7 + [3007]", "7 + [6007]", "8 + [8]", "8 + [3008]",
                                   "8 + [6008]", "9 + [3009]", "9 + [6009]", "9 + [10000]"));
  EXPECT_THAT(reader->caught_up, SizeIs(3));
}

// Two observers of a client that is told in parts, and one of a client that is not.
TEST_F(Filling, ComesToWhatIsThereWhateverHappensMeanwhile) {
  const std::uint64_t seed = test::test_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  test::Random random(seed);
  for (int round = 0; round < 500 && !HasFailure(); ++round) {
    EngineOptions options = test_options();
    options.limits.snapshot_part_bytes = 1 + random.below(400);
    options.limits.facts_held_at_once = static_cast<std::uint32_t>(random.below(20));
    reader.reset();
    begin(options);
    reader = client();
    testing::Held held(*reader, {8, 9});
    const auto other = client();
    other->hears_what_went = false;
    testing::Held held_by_other(*other, {7});
    std::map<int, int> numbers_by_handle;
    int next = 100;
    const auto change = [&] {
      if (numbers_by_handle.empty() || random.chance(1, 2)) {
        numbers_by_handle[++next] = static_cast<int>(random.below(8));
        publish(numbers_by_handle[next], next);
      } else {
        const auto gone = std::next(numbers_by_handle.begin(),
                                    static_cast<int>(random.below(numbers_by_handle.size())));
        retract(gone->first);
        numbers_by_handle.erase(gone);
      }
    };
    for (int i = 0; i < 40; ++i) change();
    reader->observe(8, numbers, 8);
    bool observes = false;
    for (int i = 0; i < 40; ++i) {
      if (random.chance(1, 12)) engine->fall_behind(reader->session());
      if (random.chance(1, 6)) engine->has_room(reader->session());
      if (i == 5) reader->observe(9, numbers, 9);
      if (!std::exchange(observes, observes || random.chance(1, 20)) && observes) {
        other->observe(7, numbers, 7);
      }
      random.chance(2, 3) ? change() : step();
    }
    engine->has_room(reader->session());
    run_ticks();

    held.take();
    held_by_other.take();
    std::set<std::string> there;
    for (const auto& [handle, number] : numbers_by_handle) {
      there.insert("[" + std::to_string(number) + "]");
    }
    for (const std::int64_t entity : {8, 9}) EXPECT_EQ(held.at(entity), there) << "round " << round;
    if (observes) {
      EXPECT_EQ(held_by_other.at(7), there) << "round " << round;
    }
  }
}

}  // namespace
}  // namespace avow::server
