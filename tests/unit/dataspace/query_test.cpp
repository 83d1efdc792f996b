#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/dataspace_probe.hpp"
#include "tests/unit/dataspace/observers.hpp"

namespace avow::test {
namespace {

using server::FactId;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> rows(const DataspaceProbe& probe, const Value& pattern) {
  std::vector<std::string> texts;
  for (const Value& row : probe.query(observe(pattern, nobody))) texts.push_back(brief(row));
  return texts;
}

TEST(DataspaceQuery, AnswersEachDistinctCaptureOnceInTheOrderOfTheFacts) {
  DataspaceProbe probe;
  for (const int number : {3, 1, 2, 1}) (void)probe.publish(record("t", number, "x"));
  (void)probe.publish(record("t", 3, "y"));
  probe.settle();

  EXPECT_THAT(rows(probe, rec("t", {bind()})), ElementsAre("[3]", "[1]", "[2]"));
  EXPECT_THAT(rows(probe, rec("t", {lit(3), bind()})), ElementsAre("[\"x\"]", "[\"y\"]"));
  EXPECT_THAT(rows(probe, rec("t", {})), ElementsAre("[]"));
  EXPECT_THAT(rows(probe, rec("u", {})), IsEmpty());
}

TEST(DataspaceQuery, EndsWhenTheCallerHasEnough) {
  DataspaceProbe probe;
  for (int i = 0; i < 10; ++i) (void)probe.publish(record("t", i));
  probe.settle();
  int seen = 0;

  probe.space().query(*parse_interest(observe(rec("t", {bind()}), nobody)).interest,
                      [&](ByteView) { return ++seen < 3; });

  EXPECT_EQ(seen, 3);
}

TEST(DataspaceQuery, ThatCapturesNothingEndsAtTheFirstMatch) {
  DataspaceProbe probe;
  for (int i = 0; i < 10; ++i) (void)probe.publish(record("t", i));
  probe.settle();

  EXPECT_THAT(rows(probe, any()), ElementsAre("[]"));
  EXPECT_THAT(rows(probe, rec("t", {any()})), ElementsAre("[]"));
}

TEST(DataspaceQuery, AnswersTheSameWithADirectoryAndWithout) {
  // The first question scans, the second makes a directory, and then facts come and go.
  DataspaceProbe probe;
  std::vector<FactId> facts;
  facts.reserve(300);
  for (int i = 0; i < 300; ++i) facts.push_back(probe.publish(record("t", i % 10, i)));
  probe.settle();
  const Value pattern = rec("t", {lit(7), bind()});
  const std::vector<std::string> scanned = rows(probe, pattern);
  ASSERT_EQ(scanned.size(), 30U);
  EXPECT_EQ(scanned.front(), "[7]");
  EXPECT_EQ(rows(probe, pattern), scanned);

  probe.retract(facts[7]);
  probe.retract(facts[147]);
  (void)probe.publish(record("t", 7, 1'000));
  (void)probe.publish(record("t", 7));
  probe.settle();

  const std::vector<std::string> changed = rows(probe, pattern);
  EXPECT_EQ(changed.size(), 29U);
  EXPECT_EQ(changed.front(), "[17]");
  EXPECT_EQ(changed.back(), "[1000]");
}

TEST(DataspaceQuery, ADirectoryIsBuiltInStepsWhileFactsComeAndGo) {
  DataspaceProbe probe({.directories = {.facts_min = 2, .facts_a_step = 10}});
  std::vector<FactId> facts;
  facts.reserve(30);
  for (int i = 0; i < 30; ++i) facts.push_back(probe.publish(record("t", i % 3, i)));
  probe.settle();
  const Value pattern = rec("t", {lit(1), bind()});
  EXPECT_EQ(rows(probe, pattern).size(), 10U);
  EXPECT_FALSE(probe.space().is_indexing());
  EXPECT_EQ(rows(probe, pattern).size(), 10U);
  ASSERT_TRUE(probe.space().is_indexing()) << "the first 10 facts are in it";

  for (const std::size_t gone : {1U, 8U, 9U, 10U, 13U, 29U}) probe.retract(facts[gone]);
  (void)probe.publish(record("t", 1, 100));
  probe.settle();
  EXPECT_EQ(rows(probe, pattern).size(), 8U);
  while (probe.space().is_indexing()) probe.space().index_some();

  const std::vector<std::string> last = rows(probe, pattern);
  EXPECT_EQ(last.size(), 8U);
  EXPECT_EQ(last.front(), "[4]");
  EXPECT_EQ(last.back(), "[100]");
}

TEST(DataspaceQuery, ADirectoryThatNobodyAsksAnyMoreGoesAndIsNotMissed) {
  DataspaceProbe probe({.directories = {.facts_min = 2, .idle_changes_min = 10}});
  for (int i = 0; i < 20; ++i) (void)probe.publish(record("t", i % 4, i));
  probe.settle();
  const Value pattern = rec("t", {lit(3), bind()});
  EXPECT_EQ(rows(probe, pattern).size(), 5U);
  EXPECT_EQ(rows(probe, pattern).size(), 5U);

  for (int i = 0; i < 2'000; ++i) {
    probe.retract(probe.publish(record("t", 3, 1'000 + i)));
    const FactId fact = probe.publish(record("t", 3, "soon gone"));
    probe.settle();
    probe.retract(fact);
    probe.settle();
  }

  EXPECT_EQ(rows(probe, pattern).size(), 5U);
}

Interest interest_in(const Value& pattern) {
  return *parse_interest(observe(pattern, nobody)).interest;
}

TEST(DataspaceSearch, IsForWhatTakesLong) {
  DataspaceProbe probe({.facts_held_at_once = 3, .directories = {}});
  for (int i = 0; i < 3; ++i) (void)probe.publish(record("few", i));
  for (int i = 0; i < 4; ++i) (void)probe.publish(record("many", i));
  probe.settle();

  EXPECT_FALSE(probe.space().takes_long(interest_in(rec("few", {bind()}))));
  EXPECT_TRUE(probe.space().takes_long(interest_in(rec("many", {bind()}))));
  EXPECT_TRUE(probe.space().takes_long(interest_in(rec("many", {lit(2)}))));
  EXPECT_FALSE(probe.space().takes_long(interest_in(rec("none", {bind()}))));
  EXPECT_FALSE(probe.space().takes_long(interest_in(bind()))) << "all of it is the answer";
}

TEST(DataspaceSearch, FindsWhatIsThereWhenItEnds) {
  DataspaceProbe probe({.facts_held_at_once = 10, .directories = {}});
  std::vector<FactId> facts;
  facts.reserve(30);
  for (int i = 0; i < 30; ++i) facts.push_back(probe.publish(record("t", i % 3, i)));
  probe.settle();
  const Value pattern = rec("t", {lit(1), bind()});
  const std::vector<Interest> interests = {interest_in(pattern)};
  probe.space().begin_search(interests);
  probe.space().index_some();
  EXPECT_FALSE(probe.space().has_found());

  for (const std::size_t gone : {1U, 8U, 9U, 10U, 13U, 29U}) probe.retract(facts[gone]);
  (void)probe.publish(record("t", 1, 100));
  probe.settle();
  while (!probe.space().has_found()) probe.space().index_some();

  const std::vector<std::string> found = rows(probe, pattern);
  EXPECT_FALSE(probe.space().is_indexing());
  probe.space().end_search();
  EXPECT_EQ(found, rows(probe, pattern));
  EXPECT_EQ(found.size(), 8U);
  EXPECT_EQ(found.front(), "[4]");
  EXPECT_EQ(found.back(), "[100]");
}

TEST(DataspaceSearch, HasNotFoundAllAnyMoreWhenAFactComes) {
  DataspaceProbe probe({.facts_held_at_once = 10, .directories = {}});
  (void)probe.publish(record("t", 1));
  probe.settle();
  const Value pattern = rec("t", {bind()});
  const std::vector<Interest> interests = {interest_in(pattern)};
  probe.space().begin_search(interests);
  probe.space().index_some();
  ASSERT_TRUE(probe.space().has_found());

  (void)probe.publish(record("t", 2));
  probe.settle();

  EXPECT_FALSE(probe.space().has_found());
  EXPECT_THAT(rows(probe, pattern), ElementsAre("[1]", "[2]")) << "it is looked for anew";
}

TEST(DataspaceSearch, NeedNotLookAtFactsToWhichADirectoryLeads) {
  DataspaceProbe probe({.facts_held_at_once = 2, .directories = {.facts_min = 2}});
  for (int i = 0; i < 20; ++i) (void)probe.publish(record("t", i, "x"));
  probe.settle();
  const Value pattern = rec("t", {lit(7), bind()});
  const std::vector<Interest> interests = {interest_in(pattern)};
  ASSERT_TRUE(probe.space().takes_long(interests[0]));
  probe.space().begin_search(interests);
  probe.space().index_some();
  EXPECT_FALSE(probe.space().has_found());

  EXPECT_FALSE(probe.space().takes_long(interests[0])) << "the directory is made in one step";

  EXPECT_TRUE(probe.space().has_found());
  EXPECT_THAT(rows(probe, pattern), ElementsAre("[\"x\"]"));
}

}  // namespace
}  // namespace avow::test
