#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/random.hpp"
#include "tests/unit/engine/number_world.hpp"

// A query that has to look at many facts does so in steps, and is answered then: with what is there
// at that moment, whatever has happened meanwhile.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::numbers;
using ::testing::SizeIs;
using testing::test_options;
using testing::TestClient;

// A step looks at two facts. Facts are `<n NUMBER>`.
class WaitingQueries : public testing::NumberWorld {
 protected:
  WaitingQueries() {
    EngineOptions options = test_options();
    options.limits.facts_held_at_once = 2;
    options.limits.waits_max = 4;
    begin(options);
    asker = client();
  }

  void publish(int number) {
    const std::string text = std::to_string(number);
    write("[[% <A <n " + text + "> " + text + ">]]");
  }
  void retract(int number) { write("[[% <R " + std::to_string(number) + ">]]"); }
  void publish_numbers(int count) {
    for (int i = 1; i <= count; ++i) publish(i);
  }

  void ask(const TestClient& one, std::uint64_t ticket, const std::vector<std::string>& patterns,
           std::int64_t oid) {
    Query query;
    query.ticket = Ticket{ticket};
    query.target = oid;
    for (const std::string& each : patterns) query.patterns.push_back(parse_text(each).value());
    engine->query(one.session(), std::move(query));
  }
  void ask(const TestClient& one, std::uint64_t ticket,
           const std::vector<std::string>& patterns = {std::string(numbers)}) {
    ask(one, ticket, patterns, one.space);
  }

  static std::vector<std::string> rows(const QueryAnswer& answer) {
    std::vector<std::string> all;
    for (const QueryRow& row : answer.rows) {
      all.push_back(std::to_string(row.pattern) + " " + to_text(answer.captures(row)));
    }
    return all;
  }
  /// Who has been answered, by their tickets.
  static std::vector<std::uint64_t> answered(const TestClient& one) {
    std::vector<std::uint64_t> tickets;
    for (const QueryAnswer& each : one.answers) {
      tickets.push_back(static_cast<std::uint64_t>(each.ticket));
    }
    return tickets;
  }

  std::unique_ptr<TestClient> asker;
};

TEST_F(WaitingQueries, FewFactsAreLookedAtAtOnce) {
  publish_numbers(2);

  ask(*asker, 1);

  ASSERT_THAT(asker->answers, SizeIs(1));
  EXPECT_THAT(rows(asker->answers[0]), ElementsAre("0 [1]", "0 [2]"));
  EXPECT_FALSE(engine->has_steps());
}

TEST_F(WaitingQueries, ManyFactsAreLookedAtAStepAtATime) {
  publish_numbers(5);

  ask(*asker, 1);

  EXPECT_THAT(asker->answers, IsEmpty());
  step();
  step();
  EXPECT_THAT(asker->answers, IsEmpty()) << "the fifth has not been looked at";
  step();
  ASSERT_THAT(asker->answers, SizeIs(1));
  EXPECT_THAT(rows(asker->answers[0]), ElementsAre("0 [1]", "0 [2]", "0 [3]", "0 [4]", "0 [5]"));
  EXPECT_FALSE(engine->has_steps());
}

TEST_F(WaitingQueries, WhatMatchesAnythingIsToldAtOnce) {
  publish_numbers(5);

  ask(*asker, 1, {"<_>"});

  ASSERT_THAT(asker->answers, SizeIs(1));
  EXPECT_THAT(rows(asker->answers[0]), ElementsAre("0 []"));
}

TEST_F(WaitingQueries, TheAnswerHasWhatHasComeMeanwhileAndNotWhatHasGone) {
  publish_numbers(5);
  ask(*asker, 1);
  step();

  retract(1);
  retract(2);
  retract(3);
  publish(6);
  publish(7);
  const std::uint64_t last = write("[[% <A <n 1> 8>]]");
  run_ticks();

  ASSERT_THAT(asker->answers, SizeIs(1));
  EXPECT_THAT(rows(asker->answers[0]), ElementsAre("0 [4]", "0 [5]", "0 [6]", "0 [7]", "0 [1]"));
  EXPECT_EQ(asker->answers[0].at.revision, last);
  EXPECT_EQ(asker->answers[0].seq, engine->seq());
}

TEST_F(WaitingQueries, WhateverHappensMeanwhileAllOfTheAnswerIsOfOneMoment) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    test::Random random(seed);
    EngineOptions options = test_options();
    options.limits.facts_held_at_once = 2;
    asker.reset();
    begin(options);
    asker = client();
    std::set<std::string> there;
    const auto change = [&] {
      const int number = 1 + static_cast<int>(random.below(20));
      const std::string row = "0 [" + std::to_string(number) + "]";
      there.contains(row) ? retract(number) : publish(number);
      if (!there.erase(row)) there.insert(row);
    };
    for (int i = 0; i < 30; ++i) change();
    if (there.size() <= 2) continue;

    ask(*asker, 1);
    for (int i = 0; i < 1'000 && asker->answers.empty(); ++i) {
      random.chance(1, 2) ? step() : change();
    }

    ASSERT_THAT(asker->answers, SizeIs(1));
    const std::vector<std::string> told = rows(asker->answers[0]);
    EXPECT_EQ(std::set<std::string>(told.begin(), told.end()), there);
    EXPECT_EQ(told.size(), there.size());
  }
}

TEST_F(WaitingQueries, AllPatternsAreAnsweredAtOneMoment) {
  publish_numbers(3);
  write("[[% <A <m 1> 11>] [% <A <m 2> 12>] [% <A <m 3> 13>]]");
  ask(*asker, 1, {std::string(numbers), "<group <rec m> {0: <bind <_>>}>"});
  step();
  step();
  EXPECT_THAT(asker->answers, IsEmpty());

  write("[[% <A <n 4> 4>] [% <A <m 4> 14>] [% <R 1>]]");
  run_ticks();

  ASSERT_THAT(asker->answers, SizeIs(1));
  EXPECT_THAT(rows(asker->answers[0]),
              ElementsAre("0 [2]", "0 [3]", "0 [4]", "1 [1]", "1 [2]", "1 [3]", "1 [4]"));
}

TEST_F(WaitingQueries, WhatTheSessionDoesBehindOneDoesNotWaitForIt) {
  publish_numbers(5);
  ask(*asker, 1);

  asker->ask("[[% <A <m 1> 5>]]");
  ask(*asker, 2, {"<group <rec m> {0: <bind <_>>}>"});

  EXPECT_THAT(asker->receipts, SizeIs(1));
  EXPECT_THAT(answered(*asker), ElementsAre(2));
  run_ticks();
  EXPECT_THAT(answered(*asker), ElementsAre(2, 1));
}

TEST_F(WaitingQueries, SessionsTakeTurns) {
  publish_numbers(3);
  const auto other = client();
  for (const std::uint64_t ticket : {1U, 2U, 3U}) ask(*asker, ticket);
  ask(*other, 9);

  while (other->answers.empty()) step();

  EXPECT_THAT(answered(*asker), ElementsAre(1));
  run_ticks();
  EXPECT_THAT(answered(*asker), ElementsAre(1, 2, 3));
}

TEST_F(WaitingQueries, SpacesTakeTurns) {
  publish_numbers(9);
  const auto other = std::make_unique<TestClient>(*engine);
  other->resolve(testing::orders);
  other->say("[[% <A <n 1> 1>] [% <A <n 2> 2>] [% <A <n 3> 3>]]");
  ask(*asker, 1);
  ask(*other, 2);

  while (other->answers.empty()) step();

  EXPECT_THAT(asker->answers, IsEmpty());
  run_ticks();
  EXPECT_THAT(asker->answers, SizeIs(1));
}

TEST_F(WaitingQueries, OneToWhichADirectoryLeadsIsAnsweredAtOnce) {
  // The second query of a shape makes a directory, here in one step.
  publish_numbers(100);
  ask(*asker, 1, {"<group <rec n> {0: <bind <lit 70>>}>"});
  EXPECT_THAT(asker->answers, IsEmpty());
  run_ticks();

  ask(*asker, 2, {"<group <rec n> {0: <bind <lit 42>>}>"});

  ASSERT_THAT(answered(*asker), ElementsAre(1, 2));
  EXPECT_THAT(rows(asker->answers[0]), ElementsAre("0 [70]"));
  EXPECT_THAT(rows(asker->answers[1]), ElementsAre("0 [42]"));
  EXPECT_FALSE(engine->has_steps());
}

TEST_F(WaitingQueries, ThoseOfASessionThatGoesAreForgotten) {
  publish_numbers(5);
  auto other = client();
  ask(*other, 1);
  ask(*asker, 2);
  step();

  other.reset();
  run_ticks();

  EXPECT_THAT(answered(*asker), ElementsAre(2));
  EXPECT_THAT(rows(asker->answers[0]), SizeIs(5));
}

TEST_F(WaitingQueries, OneWhoseRowsAreReleasedBeforehandIsNotAnswered) {
  publish_numbers(5);
  ask(*asker, 1);
  ask(*asker, 2);
  step();

  engine->release_rows(asker->session(), Ticket{1});
  run_ticks();

  EXPECT_THAT(answered(*asker), ElementsAre(2));
  EXPECT_THAT(rows(asker->answers[0]), SizeIs(5));
}

TEST_F(WaitingQueries, OneWhoseTargetIsReleasedMeanwhileIsToldSo) {
  publish_numbers(5);
  TestClient other(*engine);
  const OpenedSpace opened =
      engine->open_space(other.session(), development_reference().to_value()).value();
  ask(other, 1, {std::string(numbers)}, opened.oid);
  step();

  engine->release_reference(other.session(), opened.oid);
  run_ticks();

  ASSERT_THAT(other.answers, SizeIs(1));
  ASSERT_TRUE(other.answers[0].error);
  EXPECT_EQ(other.answers[0].error->code, "unknown-reference");
}

TEST_F(WaitingQueries, OneWhoseSpaceEndsMeanwhileIsToldSo) {
  const auto other = std::make_unique<TestClient>(*engine);
  const OpenedSpace opened =
      engine->open_space(other->session(), parse_text(testing::orders).value()).value();
  other->space = opened.oid;
  other->say("[[% <A <n 1> 1>] [% <A <n 2> 2>] [% <A <n 3> 3>]]");
  ask(*other, 1);
  step();

  other->say("[[% <R 1>] [% <R 2>] [% <R 3>]]");
  engine->release_reference(other->session(), opened.oid);
  ASSERT_EQ(engine->space_name(opened.space), std::nullopt);
  run_ticks();

  ASSERT_THAT(other->answers, SizeIs(1));
  ASSERT_TRUE(other->answers[0].error);
  EXPECT_EQ(other->answers[0].error->code, "unknown-reference");
}

TEST_F(WaitingQueries, CaveatsAreThoseOfTheReferenceThatIsAsked) {
  publish_numbers(5);
  const Value narrow =
      SturdyReference::mint({}, Value::string("syndicate"))
          .attenuate(parse_text("<reject <rec Observe [<rec group [<_> <_>]> <_>]>>").value())
          .to_value();
  const OpenedSpace blind = engine->open_space(asker->session(), narrow).value();
  ask(*asker, 1);
  ask(*asker, 2, {std::string(numbers)}, blind.oid);

  run_ticks();

  EXPECT_THAT(answered(*asker), ElementsAre(2, 1)) << "nothing has to be looked at for nothing";
  EXPECT_THAT(rows(asker->answers[0]), IsEmpty());
  EXPECT_THAT(rows(asker->answers[1]), SizeIs(5));
}

TEST_F(WaitingQueries, OnlySoManyOfASessionWait) {
  publish_numbers(3);
  for (std::uint64_t ticket = 1; ticket <= 5; ++ticket) ask(*asker, ticket);

  ASSERT_THAT(answered(*asker), ElementsAre(5));
  ASSERT_TRUE(asker->answers[0].error);
  EXPECT_EQ(asker->answers[0].error->code, "limit");
  run_ticks();
  EXPECT_THAT(answered(*asker), ElementsAre(5, 1, 2, 3, 4));
  ask(*asker, 6);
  run_ticks();
  EXPECT_THAT(rows(asker->answers.back()), SizeIs(3));
}

TEST_F(WaitingQueries, FactsThatAllGoAndComeAgainAreFound) {
  publish_numbers(3);
  ask(*asker, 1);
  step();

  write("[[% <R 1>] [% <R 2>] [% <R 3>]]");
  write("[[% <A <n 3> 13>] [% <A <n 4> 14>] [% <A <n 5> 15>]]");
  run_ticks();

  ASSERT_THAT(asker->answers, SizeIs(1));
  EXPECT_THAT(rows(asker->answers[0]), ElementsAre("0 [3]", "0 [4]", "0 [5]"));
}

}  // namespace
}  // namespace avow::server
