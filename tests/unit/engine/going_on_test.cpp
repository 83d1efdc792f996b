#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/support/random.hpp"
#include "tests/unit/engine/number_world.hpp"

// S6, S7, S8: an observer that has been told everything up to a revision goes on from there.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::numbers;
using testing::test_options;
using testing::TestClient;

constexpr std::string_view epoch = "0000000000000007";

class GoingOn : public testing::NumberWorld {
 protected:
  [[nodiscard]] static std::string options(std::uint64_t from, std::string_view more = {}) {
    return "{from: " + std::to_string(from) + " epoch: \"" + std::string(epoch) + "\" " +
           std::string(more) + "}";
  }
  /// A client that goes on with `pattern` at its entity 9.
  [[nodiscard]] std::unique_ptr<TestClient> going_on(std::string_view with_options,
                                                     std::string_view pattern = numbers) {
    auto one = client();
    observe(*one, with_options, pattern);
    return one;
  }
  /// What its entity 9 has been told.
  [[nodiscard]] static std::vector<testing::Told> told(const TestClient& one) {
    std::vector<testing::Told> all;
    for (const testing::Told& each : one.told) {
      if (each.oid == 9) all.push_back(each);
    }
    return all;
  }
  static void observe(TestClient& one, std::string_view with_options, std::string_view pattern) {
    one.say("[[% <A <Observe " + std::string(pattern) + " #:[0 9] " + std::string(with_options) +
            "> 1>]]");
  }
};

TEST_F(GoingOn, FindsWhatItHasPinnedHoweverMuchHasChangedSince) {
  EngineOptions few = test_options();
  few.epoch = 7;
  few.limits.history.turns_max = 3;
  begin(few);
  const std::uint64_t seen = write("[[% <A <n 1> 1>]]");
  write("[[% <A <avow-pin me " + std::to_string(seen) + "> 99>]]");
  for (int n = 2; n < 20; ++n) {
    write("[[% <A <n " + std::to_string(n) + "> " + std::to_string(n) + ">]]");
  }
  EXPECT_THAT(going_on(options(seen))->heard(), ::testing::SizeIs(18));

  write("[[% <R 99>]]");
  EXPECT_THAT(going_on(options(seen))->heard(), ElementsAre(HasSubstr("compacted")));
}

TEST_F(GoingOn, IsToldWhatCameAndWhatWentSinceAndWhy) {
  const std::uint64_t seen = write("[[% <A <n 1> 1>] [% <A <n 2> 2>]]");
  write("[[% <A <n 3> 3>]]");
  write("[[% <R 1>]]");

  const auto observer = going_on(options(seen));

  EXPECT_THAT(observer->heard(), ElementsAre("9 + [3]", "9 - [1]"));
  EXPECT_EQ(observer->told.back().cause, Cause::retracted);
  EXPECT_THAT(observer->resyncs, IsEmpty());
}

TEST_F(GoingOn, IsToldNothingOfWhatCameAndWentMeanwhileOrIsBack) {
  const std::uint64_t seen = write("[[% <A <n 1> 1>]]");
  write("[[% <A <n 2> 2>]]");
  write("[[% <R 2>] [% <R 1>]]");
  write("[[% <A <n 1> 3>]]");

  EXPECT_THAT(going_on(options(seen))->heard(), IsEmpty());
}

TEST_F(GoingOn, IsToldThatItIsSyncedAtTheRevisionOfItsTurnAndTheTurnsAfterIt) {
  const std::uint64_t seen = write("[[% <A <n 1> 1>]]");
  write("[[% <A <n 2> 2>]]");

  const auto observer = going_on(options(seen));
  ASSERT_EQ(observer->topics.size(), 1u);
  EXPECT_TRUE(observer->topics[0].began);
  EXPECT_EQ(told(*observer).at(0).revision, observer->topics[0].revision);

  write("[[% <R 1>] [% <R 2>] [% <A <n 4> 4>]]");
  EXPECT_THAT(observer->heard(), ElementsAre("9 + [2]", "9 + [4]", "9 - [1]", "9 - [2]"));
}

TEST_F(GoingOn, SeesItsOwnTurnToo) {
  const std::uint64_t seen = write("[[% <A <n 1> 1>] [% <A <n 2> 2>]]");
  write("[[% <R 2>]]");
  auto observer = client();

  observer->say("[[% <A <n 0> 2>] [% <A <Observe " + std::string(numbers) + " #:[0 9] " +
                options(seen) + "> 1>] [% <A <n 2> 3>] [% <A <n 3> 4>]]");

  EXPECT_THAT(observer->heard(), ElementsAre("9 + [0]", "9 + [3]"));
}

TEST_F(GoingOn, SeveralFactsBehindOneCaptureCountAsOne) {
  constexpr std::string_view first = "<group <rec pair> {0: <bind <_>>}>";
  const std::uint64_t seen = write("[[% <A <pair 1 1> 1>] [% <A <pair 2 1> 2>]]");
  write("[[% <A <pair 1 2> 3>] [% <A <pair 3 1> 4>] [% <A <pair 3 2> 5>]]");
  write("[[% <R 1>] [% <R 2>] [% <R 4>]]");

  EXPECT_THAT(going_on(options(seen), first)->heard(), ElementsAre("9 + [3]", "9 - [2]"));
}

TEST_F(GoingOn, WhatIsNoRecordIsToldToo) {
  const std::uint64_t seen = write("[[% <A [1] 1>]]");
  write("[[% <A [2] 2>] [% <A {a: 3} 3>] [% <R 1>] [% <A <n 4> 4>] [% <A 5 5>]]");

  EXPECT_THAT(going_on(options(seen), "<group <arr> {0: <bind <_>>}>")->heard(),
              ElementsAre("9 + [2]", "9 - [1]"));
  EXPECT_THAT(going_on(options(seen), "<group <dict> {a: <bind <_>>}>")->heard(),
              ElementsAre("9 + [3]"));
}

TEST_F(GoingOn, WhoObservesAnythingObservesInterestsAndTheirReferences) {
  const std::uint64_t seen = write("[[% <A 1 1>]]");

  const auto observer = going_on(options(seen), "<bind <_>>");

  ASSERT_EQ(observer->resyncs.size(), 1u);
  EXPECT_EQ(observer->resyncs[0].reason, ResyncReason::references);
}

TEST_F(GoingOn, ARevisionThatIsYetToComeIsAnError) {
  const std::uint64_t seen = write("[[% <A <n 1> 1>]]");

  const auto observer = going_on(options(seen + 100, "else: resync"));

  ASSERT_EQ(told(*observer).size(), 1u);
  EXPECT_THAT(told(*observer)[0].body, HasSubstr("code: future-revision"));
  EXPECT_THAT(observer->topics, IsEmpty());
}

TEST_F(GoingOn, ARevisionOfAnotherEpochIsAnErrorOrLeadsToAResync) {
  write("[[% <A <n 1> 1>]]");
  const std::string other = "{from: 1 epoch: \"0000000000000008\"";

  EXPECT_THAT(told(*going_on(other + "}")).at(0).body, HasSubstr("code: epoch-changed"));

  const auto observer = going_on(other + " else: resync}");
  EXPECT_THAT(observer->heard(), ElementsAre("9 + [1]"));
  ASSERT_EQ(observer->resyncs.size(), 1u);
  EXPECT_EQ(observer->resyncs[0].reason, ResyncReason::server_restart);
}

TEST_F(GoingOn, BelowTheFloorIsAnErrorThatNamesItOrLeadsToAResync) {
  EngineOptions options_of_engine = test_options();
  options_of_engine.limits.history.turns_max = 2;
  begin(options_of_engine);
  const std::uint64_t first = write("[[% <A <n 1> 1>]]");
  write("[[% <A <n 2> 2>]]");
  const std::uint64_t third = write("[[% <R 1>]]");
  const std::uint64_t floor = engine->spaces().at(0).history_floor;
  EXPECT_EQ(floor, third - 2);

  EXPECT_THAT(going_on(options(first))->heard(), ElementsAre("9 + [2]", "9 - [1]"));
  // The turn of the observer itself has pushed another one out.
  const auto too_late = going_on(options(first));
  EXPECT_THAT(told(*too_late).at(0).body, HasSubstr("code: compacted"));
  EXPECT_THAT(told(*too_late).at(0).body, HasSubstr("floor: "));

  const auto observer = going_on(options(first, "else: resync"));
  EXPECT_THAT(observer->heard(), ElementsAre("9 + [2]"));
  ASSERT_EQ(observer->resyncs.size(), 1u);
  EXPECT_EQ(observer->resyncs[0].reason, ResyncReason::compacted);
  EXPECT_EQ(observer->resyncs[0].after, first);
  EXPECT_GT(observer->resyncs[0].floor, first);
}

TEST_F(GoingOn, WhatIsRememberedIsBoundedInBytesForASpaceAndForAllTogether) {
  EngineOptions options_of_engine = test_options();
  options_of_engine.limits.history.bytes_max = 4'096;
  options_of_engine.limits.history_bytes_max = 6'000;
  begin(options_of_engine);
  auto other = client();
  other->resolve(testing::orders);
  for (int i = 1; i <= 200; ++i) {
    const std::string fact = "<A <n " + std::to_string(i) + "> " + std::to_string(i) + ">]]";
    writer->say("[[% " + fact);
    other->say("[[% " + fact);
    std::size_t bytes = 0;
    for (const SpaceStatus& space : engine->spaces()) {
      EXPECT_LE(space.history_bytes, 4'096u);
      bytes += space.history_bytes;
    }
    EXPECT_LE(bytes, 6'000u);
  }
}

TEST_F(GoingOn, WhereReferencesAreAmongItEverythingIsToldAnew) {
  const std::uint64_t seen = write("[[% <A <n 1> 1>]]");
  write("[[% <A <n #:[0 5]> 2>]]");

  const auto observer = going_on(options(seen));

  ASSERT_EQ(observer->resyncs.size(), 1u);
  EXPECT_EQ(observer->resyncs[0].reason, ResyncReason::references);
  EXPECT_EQ(told(*observer).size(), 2u);
  write("[[% <R 1>] [% <R 2>]]");
  EXPECT_EQ(told(*observer).size(), 4u);
}

TEST_F(GoingOn, AClientThatCannotBeToldWhatWentIsRefused) {
  const std::uint64_t seen = write("[[% <A <n 1> 1>]]");
  auto plain = client();
  plain->hears_what_went = false;

  observe(*plain, options(seen), numbers);

  EXPECT_THAT(told(*plain).at(0).body, HasSubstr("code: unsupported"));
}

TEST_F(GoingOn, WhatIsCountedHasNoHistory) {
  const std::uint64_t seen = write("[[% <A <n 1> 1>]]");

  for (const std::string_view tally : {"count: #t", "others: #t"}) {
    EXPECT_THAT(told(*going_on(options(seen, tally))).at(0).body, HasSubstr("code: unsupported"));
  }
}

TEST_F(GoingOn, OptionsThatDoNotGoTogetherAreRefused) {
  for (const std::string_view wrong :
       {"{from: 1}", "{epoch: \"0000000000000007\"}", "{else: resync}", "{from: -1}",
        "{from: 1 epoch: \"7\"}", "{from: 1 epoch: \"0000000000000007\" else: close}"}) {
    EXPECT_THAT(told(*going_on(wrong)).at(0).body, HasSubstr("code: bad-option")) << wrong;
  }
}

TEST_F(GoingOn, AnObserverThatLeavesInTheTurnInWhichItCameIsToldNothing) {
  const std::uint64_t seen = write("[[% <A <n 1> 1>]]");
  write("[[% <A <n 2> 2>]]");
  auto observer = client();

  observer->say("[[% <A <Observe " + std::string(numbers) + " #:[0 9] " + options(seen) +
                "> 1>] [% <R 1>]]");

  EXPECT_THAT(observer->heard(), IsEmpty());
}

// What an observer had, and what it is told, make what is there: for any history, pattern and
// revision from which it goes on.
TEST_F(GoingOn, FromAnyRevisionOnWhatWasToldMakesWhatIsThere) {
  constexpr int rounds = 40;
  constexpr int turns = 60;
  constexpr std::string_view of_two = "<group <rec pair> {0: <bind <_>>}>";
  const std::uint64_t seed = test::test_seed();
  test::Random random(seed);
  for (int round = 0; round < rounds; ++round) {
    begin(test_options());
    std::map<std::uint64_t, std::set<std::string>> had;  // By revision.
    auto witness = client();
    witness->observe(9, of_two, 1);
    std::vector<int> live;
    int next = 1;
    std::set<std::string> now;
    std::map<std::uint64_t, std::string> by_handle;
    std::size_t read = 0;
    for (int turn = 0; turn < turns; ++turn) {
      std::string packet = "[";
      for (int i = static_cast<int>(random.below(3)); i >= 0; --i) {
        packet += "[% <A <pair " + std::to_string(random.below(5)) + " " +
                  std::to_string(random.below(4)) + "> " + std::to_string(next) + ">]";
        live.push_back(next++);
      }
      for (int i = static_cast<int>(random.below(4)); i > 0 && !live.empty(); --i) {
        const std::size_t at = random.below(live.size());
        packet += "[% <R " + std::to_string(live[at]) + ">]";
        live.erase(live.begin() + static_cast<std::ptrdiff_t>(at));
      }
      const std::uint64_t revision = write(packet + "]");
      const std::vector<testing::Told> all = told(*witness);
      for (; read < all.size(); ++read) {
        if (all[read].kind == OutboundKind::publish) {
          by_handle[all[read].handle] = all[read].body;
          now.insert(all[read].body);
        } else {
          now.erase(by_handle.at(all[read].handle));
        }
      }
      had[revision] = now;
    }
    for (const auto& [revision, then] : had) {
      std::set<std::string> holds = then;
      for (const testing::Told& one : told(*going_on(options(revision), of_two))) {
        const bool came = one.kind == OutboundKind::publish;
        EXPECT_TRUE(came ? holds.insert(one.body).second : holds.erase(one.body) == 1)
            << "seed " << seed << ", revision " << revision << ": " << text_of(one);
      }
      EXPECT_EQ(holds, now) << "seed " << seed << ", revision " << revision;
    }
  }
}

}  // namespace
}  // namespace avow::server
