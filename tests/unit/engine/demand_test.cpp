#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/test_client.hpp"

// Demand: interests are facts, and an observer may want them counted, or without its own.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::numbers;
using testing::test_options;
using testing::TestClient;

// An interest in prices of one thing, and an interest in such interests.
std::string price_of(std::string_view thing) {
  return "<group <rec price> {0: <lit \"" + std::string(thing) + "\">}>";
}
constexpr std::string_view demand =
    "<group <rec Observe> {0: <group <rec group> {0: <group <rec rec> {0: <lit price>}> "
    "1: <group <dict> {0: <group <rec lit> {0: <bind <_>>}>}>}>}>";

struct Demand : ::testing::Test {
  Demand() {
    for (TestClient* client : {&provider, &one, &other}) client->resolve();
  }

  static void observe(TestClient& client, int number, std::string_view pattern,
                      std::string_view options) {
    const std::string entity = std::to_string(number);
    client.say("[[% <A <Observe " + std::string(pattern) + " #:[0 " + entity + "] " +
               std::string(options) + "> " + entity + ">]]");
  }

  Engine engine{test_options()};
  TestClient provider{engine};
  TestClient one{engine};
  TestClient other{engine};
};

TEST_F(Demand, HowManyObserversShareAnInterestIsToldInTheTurnThatChangesIt) {
  observe(provider, 9, demand, "{count: #t}");
  EXPECT_THAT(provider.heard(), IsEmpty());

  one.observe(5, price_of("tea"), 5);
  EXPECT_THAT(provider.heard(), ElementsAre("9 + [\"tea\" 1]"));
  other.observe(5, price_of("tea"), 5);
  EXPECT_THAT(provider.heard(), ElementsAre("9 + [\"tea\" 2]", "9 -"));
  EXPECT_EQ(provider.told.back().cause, Cause::superseded);
  EXPECT_EQ(provider.turn_sizes.back(), 2U);
  one.say("[[% <R 5>]]");
  EXPECT_THAT(provider.heard(), ElementsAre("9 + [\"tea\" 1]", "9 -"));
  other.close(Cause::session_lost);
  EXPECT_THAT(provider.heard(), ElementsAre("9 -"));
  EXPECT_EQ(provider.told.back().cause, Cause::session_lost);
}

TEST_F(Demand, EachAppearanceGoesByItsOwnHandle) {
  observe(provider, 9, demand, "{count: #t}");
  one.observe(5, price_of("tea"), 5);
  one.observe(6, price_of("tea"), 6);
  one.observe(7, price_of("tea"), 7);

  const std::vector<testing::Told>& told = provider.told;
  ASSERT_EQ(told.size(), 6U) << "the answer of the gatekeeper comes first";
  EXPECT_EQ(told[3].handle, told[1].handle);
  EXPECT_EQ(told[5].handle, told[2].handle);
  EXPECT_NE(told[4].handle, told[2].handle);
}

TEST_F(Demand, WhatAddsUpToTheSameInATurnIsToldToNobody) {
  observe(provider, 9, demand, "{count: #t}");
  one.observe(5, price_of("tea"), 5);
  (void)provider.heard();

  one.say("[[% <R 5>] [% <A <Observe " + price_of("tea") + " #:[0 6]> 6>]]");

  EXPECT_THAT(provider.heard(), IsEmpty());
}

TEST_F(Demand, TheSnapshotHasTheNumbers) {
  one.observe(5, price_of("tea"), 5);
  one.observe(6, price_of("rum"), 6);
  other.observe(5, price_of("tea"), 5);

  observe(provider, 9, demand, "{count: #t}");

  EXPECT_THAT(provider.heard(), ElementsAre("9 + [\"tea\" 2]", "9 + [\"rum\" 1]"));
  EXPECT_EQ(provider.turn_sizes.back(), 2U);
  ASSERT_EQ(provider.topics.size(), 1U) << "it is synced";
}

TEST_F(Demand, WhoLeavesIsToldTheEndOfAllItWasTold) {
  one.observe(5, price_of("tea"), 5);
  other.observe(5, price_of("tea"), 5);
  observe(provider, 9, demand, "{count: #t}");
  (void)provider.heard();

  provider.say("[[% <R 9>]]");

  EXPECT_THAT(provider.heard(), ElementsAre("9 -"));
  one.close(Cause::closed);
  EXPECT_THAT(provider.heard(), IsEmpty());
}

TEST_F(Demand, ItsOwnInterestsCanBeLeftOut) {
  provider.observe(5, price_of("tea"), 5);
  observe(provider, 8, demand, "{others: #t}");
  observe(provider, 9, demand, "{count: #t others: #t}");
  EXPECT_THAT(provider.heard(), IsEmpty());

  one.observe(5, price_of("tea"), 5);
  EXPECT_THAT(provider.heard(), ElementsAre("8 + [\"tea\"]", "9 + [\"tea\" 1]"));
  provider.observe(6, price_of("tea"), 6);
  other.observe(5, price_of("tea"), 5);
  EXPECT_THAT(provider.heard(), ElementsAre("9 + [\"tea\" 2]", "9 -"));
  provider.say("[[% <R 5>] [% <R 6>]]");
  EXPECT_THAT(provider.heard(), IsEmpty());
  one.close(Cause::closed);
  other.close(Cause::closed);
  EXPECT_THAT(provider.heard(), ElementsAre("9 + [\"tea\" 1]", "9 -", "8 -", "9 -"));
}

TEST_F(Demand, TheWholeFactStandsFirstWhereItIsAskedForToo) {
  provider.observe(5, price_of("tea"), 5);
  observe(provider, 9, "<group <rec Observe> {0: <group <rec group> {}>}>",
          "{whole: #t others: #t}");
  EXPECT_THAT(provider.heard(), IsEmpty()) << "both are its own";

  one.observe(5, price_of("tea"), 5);

  const std::vector<std::string> heard = provider.heard();
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_TRUE(heard[0].starts_with("9 + [<Observe <group <rec price>")) << heard[0];
}

TEST_F(Demand, AnythingCanBeCounted) {
  observe(provider, 9, numbers, "{count: #t}");
  one.say("[[% <A <n 1 \"a\"> 1>] [% <A <n 1 \"b\"> 2>] [% <A <n 2 \"a\"> 3>]]");
  EXPECT_THAT(provider.heard(), ElementsAre("9 + [1 2]", "9 + [2 1]"));

  other.say("[[% <A <n 1 \"a\"> 1>]]");
  EXPECT_THAT(provider.heard(), IsEmpty()) << "equal facts are one fact";
  one.say("[[% <M <n 3>>]]");

  EXPECT_THAT(provider.heard(), ElementsAre("9 ! [3]"));
}

TEST_F(Demand, OtherObserversOfTheSameAreToldAsEver) {
  provider.observe(7, numbers, 7);
  observe(provider, 8, numbers, "{whole: #t}");
  observe(provider, 9, numbers, "{count: #t}");
  observe(provider, 10, numbers, "{whole: #t}");

  one.say("[[% <A <n 1 \"a\"> 1>]]");
  EXPECT_THAT(provider.heard_at(8), ElementsAre("8 + [<n 1 \"a\"> 1]"));
  for (const testing::Told& told : provider.told) EXPECT_FALSE(told.by_topic && told.oid >= 8);
  provider.say("[[% <R 8>] [% <R 10>]]");
  (void)provider.heard();
  one.say("[[% <R 1>]]");

  EXPECT_THAT(provider.heard(), ElementsAre("7 -", "9 -"));
}

TEST_F(Demand, AnObserverBehindCaveatsIsToldTheNumbersTooAndItsOwnAreThoseOfItsClient) {
  provider.say("[[% <A <me #:[0 9]> 7>]]");
  other.observe(3, "<group <rec me> {0: <bind <_>>}>", 3);
  ASSERT_THAT(other.heard(), ElementsAre("3 + [#:[0 2]]"));
  other.say("[[% <A <Observe " + std::string(demand) +
            " #:[1 2 <rewrite <arr [<bind String> <bind <_>>]> <rec demand [<ref 0> <ref 1>]>>]"
            " {count: #t others: #t}> 9>]]");
  provider.observe(5, price_of("tea"), 5);
  one.observe(5, price_of("tea"), 5);
  EXPECT_THAT(provider.heard(), ElementsAre("9 + <demand \"tea\" 1>"));

  other.observe(5, price_of("tea"), 5);
  EXPECT_THAT(provider.heard(), ElementsAre("9 + <demand \"tea\" 2>", "9 -"));
  one.close(Cause::closed);
  EXPECT_THAT(provider.heard(), ElementsAre("9 + <demand \"tea\" 1>", "9 -"));
  other.say("[[% <R 5>]]");
  EXPECT_THAT(provider.heard(), ElementsAre("9 -"));
}

TEST_F(Demand, CapturedReferencesAreLiveAndGivenBack) {
  const std::string with_observer =
      "<group <rec Observe> {0: <group <rec group> {0: <group <rec "
      "rec> {0: <lit price>}>}> 1: <bind <_>>}>";
  observe(provider, 9, with_observer, "{count: #t}");
  const std::size_t before = engine.reference_count();
  one.observe(5, price_of("tea"), 5);
  ASSERT_EQ(provider.heard(), std::vector<std::string>{"9 + [#:[0 2] 1]"});

  one.say("[[% <R 5>]]");

  EXPECT_THAT(provider.heard(), ElementsAre("9 -"));
  EXPECT_EQ(engine.reference_count(), before);
}

TEST_F(Demand, AWrongOptionIsToldAtTheObserver) {
  observe(provider, 9, numbers, "{count: 5}");
  observe(provider, 10, numbers, "{number: #t}");

  const std::vector<std::string> heard = provider.heard();
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_NE(heard[0].find("bad-option"), std::string::npos);
  EXPECT_NE(heard[1].find("unknown-option"), std::string::npos);
}

}  // namespace
}  // namespace avow::server
