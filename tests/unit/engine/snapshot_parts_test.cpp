#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/random.hpp"
#include "tests/unit/engine/held.hpp"
#include "tests/unit/engine/number_world.hpp"

// S14, S4: what is there is told in parts if it is much; others are served between them, and the
// observer comes to its end at one cut.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::numbers;
using ::testing::SizeIs;
using testing::test_options;
using testing::TestClient;

constexpr std::string_view others = "<group <rec other> {0: <bind <_>>}>";

class SnapshotParts : public testing::NumberWorld {
 protected:
  // A part is two facts.
  SnapshotParts() {
    EngineOptions options = test_options();
    options.limits.snapshot_part_bytes = 100;
    begin(options);
    reader = client();
  }

  static std::string published(const std::string& number) {
    std::string turn = "[[% <A <n ";
    turn.append(number).append("> ").append(number).append(">]]");
    return turn;
  }
  void write_numbers(int count) {
    for (int i = 1; i <= count; ++i) {
      const std::string n = std::to_string(i);
      write(published(n));
    }
  }
  /// Whether the observer has been told in this turn, or by now, that it is synced.
  [[nodiscard]] std::vector<std::int64_t> synced() const {
    std::vector<std::int64_t> all;
    for (const TopicNotice& notice : reader->topics) {
      if (notice.began && !notice.in_parts) all.push_back(notice.observer.small().value());
    }
    for (const CaughtUpNotice& notice : reader->caught_up) {
      all.push_back(notice.observer.small().value());
    }
    return all;
  }

  std::unique_ptr<TestClient> reader;
};

TEST_F(SnapshotParts, ComeInTurnsOfTheirOwnAndTheLastOneSaysSo) {
  write_numbers(5);

  reader->observe(9, numbers, 1);

  EXPECT_THAT(reader->heard(), ElementsAre("9 + [1]", "9 + [2]"));
  EXPECT_THAT(synced(), IsEmpty());
  step();
  run_ticks();
  EXPECT_THAT(reader->heard(), ElementsAre("9 + [3]", "9 + [4]", "9 + [5]"));
  EXPECT_THAT(synced(), ElementsAre(9));
  EXPECT_THAT(reader->turn_sizes, ElementsAre(1, 2, 2, 1)) << "the first of them opened the space";
  EXPECT_EQ(reader->caught_up[0].revision, reader->told.back().revision);
  EXPECT_EQ(engine->next_deadline(), std::nullopt);
}

TEST_F(SnapshotParts, OfLittleAreOneTurn) {
  write_numbers(1);

  reader->observe(9, numbers, 1);
  reader->observe(8, others, 2);

  EXPECT_THAT(synced(), ElementsAre(9, 8));
  EXPECT_EQ(engine->next_deadline(), std::nullopt);
}

TEST_F(SnapshotParts, LetOthersBeServedBetweenThem) {
  write_numbers(5);
  reader->observe(8, others, 2);
  reader->observe(9, numbers, 1);
  (void)reader->heard();

  write("[[% <A <other 7> 70>]]");

  EXPECT_THAT(reader->heard(), ElementsAre("8 + [7]"));
}

TEST_F(SnapshotParts, TellWhatHappensToWhatHasBeenToldAndNothingOfTheRest) {
  write_numbers(5);
  reader->observe(9, numbers, 1);
  (void)reader->heard();

  write("[[% <R 1>] [% <R 3>] [% <R 4>] [% <A <n 6> 6>] [% <M <n 7>>]]");

  EXPECT_THAT(reader->heard(), ElementsAre("9 ! [7]", "9 -"));
  run_ticks();
  EXPECT_THAT(reader->heard(), ElementsAre("9 + [5]", "9 + [6]"));
}

TEST_F(SnapshotParts, GoOnWhereTheNextPartWasToBeginThoughThatHasGone) {
  write_numbers(6);
  reader->observe(9, numbers, 1);
  (void)reader->heard();

  write("[[% <R 3>]]");
  write("[[% <R 4>]]");
  run_ticks();

  EXPECT_THAT(reader->heard(), ElementsAre("9 + [5]", "9 + [6]"));
}

TEST_F(SnapshotParts, TellWhatCameAfterAllThatWasLeftHadGone) {
  write_numbers(4);
  reader->observe(9, numbers, 1);
  (void)reader->heard();

  write("[[% <R 3>] [% <R 4>]]");
  write("[[% <A <n 5> 5>]]");
  run_ticks();

  EXPECT_THAT(reader->heard(), ElementsAre("9 + [5]"));
  EXPECT_THAT(synced(), ElementsAre(9));
}

TEST_F(SnapshotParts, OfOneTurnAreCompleteInOneTurn) {
  write_numbers(5);
  write("[[% <A <other 1> 10>]]");

  reader->say(
      "[[% <A <Observe <group <rec other> {0: <bind <_>>}> #:[0 8]> 2>] "
      "[% <A <Observe <group <rec n> {0: <bind <_>>}> #:[0 9]> 1>]]");

  EXPECT_THAT(synced(), IsEmpty()) << "8 has been told all, and waits for 9";
  run_ticks();
  ASSERT_THAT(synced(), ElementsAre(8, 9));
  EXPECT_EQ(reader->caught_up[0].revision, reader->caught_up[1].revision);
}

TEST_F(SnapshotParts, WaitUntilTheClientHasRoom) {
  write_numbers(3);
  reader->room = false;
  reader->observe(9, numbers, 1);
  step();
  EXPECT_EQ(engine->next_deadline(), std::nullopt);
  EXPECT_THAT(synced(), IsEmpty());

  engine->has_room(reader->session());
  EXPECT_THAT(reader->heard(), ElementsAre("9 + [1]", "9 + [2]"));
  reader->room = true;
  run_ticks();

  EXPECT_THAT(reader->heard(), ElementsAre("9 + [3]"));
  EXPECT_THAT(synced(), ElementsAre(9));
}

TEST_F(SnapshotParts, BeginAnewIfTheClientFallsBehindAndMissesSomethingOfThem) {
  write_numbers(5);
  reader->observe(9, numbers, 1);
  (void)reader->heard();
  engine->fall_behind(reader->session());

  write("[[% <R 4>]]");
  write("[[% <M <n 8>>]]");
  write("[[% <R 1>]]");
  EXPECT_THAT(reader->gaps, IsEmpty()) << "it cannot go on from anywhere yet";
  engine->has_room(reader->session());
  run_ticks();

  EXPECT_THAT(reader->heard(), ElementsAre("9 + [2]", "9 + [3]", "9 + [5]"));
  ASSERT_THAT(reader->resyncs, SizeIs(1));
  EXPECT_EQ(reader->resyncs[0].reason, ResyncReason::interrupted);
  ASSERT_THAT(reader->caught_up, SizeIs(1));
  EXPECT_EQ(reader->caught_up[0].messages_missed, 1u);
}

TEST_F(SnapshotParts, GoOnIfTheClientFallsBehindAndMissesNothingOfThem) {
  write_numbers(4);
  reader->observe(9, numbers, 1);
  (void)reader->heard();
  engine->fall_behind(reader->session());

  write("[[% <R 3>] [% <A <n 5> 5>]]");
  engine->has_room(reader->session());
  run_ticks();

  EXPECT_THAT(reader->heard(), ElementsAre("9 + [4]", "9 + [5]"));
  EXPECT_THAT(reader->resyncs, IsEmpty());
}

TEST_F(SnapshotParts, WaitForCreditBetweenThem) {
  write_numbers(5);
  observe(*reader, 9, "{credit: {turns: 1}}");
  EXPECT_THAT(reader->heard(), ElementsAre("9 + [1]", "9 + [2]"));
  EXPECT_EQ(engine->next_deadline(), std::nullopt);

  ASSERT_TRUE(engine->grant(reader->session(), 9, {.turns = 1}));
  run_ticks();
  EXPECT_THAT(reader->heard(), ElementsAre("9 + [3]", "9 + [4]"));
  EXPECT_THAT(synced(), IsEmpty());
  ASSERT_TRUE(engine->grant(reader->session(), 9, {.turns = 1}));
  run_ticks();

  EXPECT_THAT(reader->heard(), ElementsAre("9 + [5]"));
  EXPECT_THAT(synced(), ElementsAre(9));
}

TEST_F(SnapshotParts, BeginAnewWhereSomethingOfThemGoesWithoutCredit) {
  write_numbers(3);
  observe(*reader, 9, "{credit: {turns: 1} policy: pause}");
  (void)reader->heard();
  write("[[% <R 2>]]");

  ASSERT_TRUE(engine->grant(reader->session(), 9, {.turns = 2}));
  run_ticks();

  EXPECT_THAT(reader->heard(), ElementsAre("9 + [1]", "9 + [3]"));
  EXPECT_THAT(reader->resyncs, SizeIs(1));
  EXPECT_THAT(synced(), ElementsAre(9));
}

TEST_F(SnapshotParts, OfOneThatClosesLeaveNoRevisionToGoOnFrom) {
  write_numbers(5);
  observe(*reader, 9, "{policy: close}");
  engine->fall_behind(reader->session());

  write("[[% <R 1>]]");

  ASSERT_THAT(reader->gaps, SizeIs(1));
  EXPECT_TRUE(reader->gaps[0].is_end);
  EXPECT_EQ(reader->gaps[0].after, 0u);
  engine->has_room(reader->session());
  run_ticks();
  EXPECT_THAT(synced(), IsEmpty());
}

TEST_F(SnapshotParts, AreForgottenWithTheObserver) {
  write_numbers(5);
  reader->observe(9, numbers, 1);
  (void)reader->heard();

  reader->say("[[% <R 1>]]");
  run_ticks();

  EXPECT_THAT(reader->heard(), ElementsAre("9 -", "9 -"));
  EXPECT_THAT(synced(), IsEmpty());
}

TEST_F(SnapshotParts, AreForgottenWithTheSession) {
  write_numbers(5);
  reader->observe(9, numbers, 1);
  reader.reset();

  run_ticks();

  EXPECT_EQ(engine->session_count(), 1u);
}

TEST_F(SnapshotParts, AreNotForWhomCannotBeToldOfThem) {
  write_numbers(5);
  reader->hears_what_went = false;

  reader->observe(9, numbers, 1);

  EXPECT_THAT(reader->heard(), SizeIs(5));
  EXPECT_THAT(synced(), ElementsAre(9));
}

// Two observers, one of them under handles of its own.
TEST_F(SnapshotParts, ComeToWhatIsThereWhateverHappensMeanwhile) {
  const std::uint64_t seed = test::test_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  test::Random random(seed);
  std::size_t begun_anew = 0;
  for (int round = 0; round < 300 && !HasFailure(); ++round) {
    EngineOptions options = test_options();
    options.limits.snapshot_part_bytes = 1 + random.below(200);
    reader.reset();
    begin(options);
    reader = client();
    testing::Held held(*reader, {8, 9});
    std::set<std::string> there;
    int next = 0;
    const auto change = [&] {
      if (there.empty() || random.chance(1, 2)) {
        const std::string number = std::to_string(++next);
        there.insert("[" + number + "]");
        write(published(number));
      } else {
        const auto gone = std::next(there.begin(), static_cast<int>(random.below(there.size())));
        write("[[% <R " + gone->substr(1, gone->size() - 2) + ">]]");
        there.erase(gone);
      }
    };
    for (int i = 0; i < 30; ++i) change();
    for (const std::int64_t entity : {8, 9}) reader->observe(entity, numbers, entity);
    for (int i = 0; i < 40; ++i) {
      if (random.chance(1, 6)) engine->fall_behind(reader->session());
      if (random.chance(1, 6)) engine->has_room(reader->session());
      random.chance(4, 5) ? change() : step();
    }
    engine->has_room(reader->session());
    run_ticks();

    held.take();
    for (const std::int64_t entity : {8, 9}) EXPECT_EQ(held.at(entity), there) << "round " << round;
    EXPECT_THAT(synced(), ::testing::IsSupersetOf({8, 9}));
    begun_anew += engine->counters().snapshots_begun_anew;
  }
  EXPECT_GT(begun_anew, 10u);
}

}  // namespace
}  // namespace avow::server
