#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/keeper_world.hpp"

// How the keeper of a space is found, what it ignores, and what it tells at one cut.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::KeeperClient;
using testing::numbers;
using ::testing::StartsWith;
using testing::test_options;
using testing::TestClient;

constexpr std::string_view services = "<group <rec avow-service> {0: <lit keeper> 1: <bind <_>>}>";
TEST(KeeperService, WhoObservesServicesFindsTheKeeper) {
  Engine engine(test_options());
  TestClient client(engine);
  client.resolve();

  client.observe(9, services, 1);

  ASSERT_THAT(client.told.back().body, StartsWith("[#:[0 "));
  const std::string body = client.told.back().body;
  const std::string oid = body.substr(6, body.find(']') - 6);
  client.say("[[" + oid + " <A <commit [<put <n 1>>] {} #:[0 10]> 2>]]");
  EXPECT_THAT(client.heard_at(10), ElementsAre(HasSubstr("results: [#t]")));
}

TEST(KeeperService, TheFactStandsOnlyWhileSomebodyAsksForServices) {
  Engine engine(test_options());
  TestClient wildcard(engine);
  wildcard.resolve();
  wildcard.observe(9, "<group <rec avow-service> {}>", 1);
  wildcard.say("[[% <R 1>]]");
  (void)wildcard.heard();
  wildcard.observe(10, "<bind <_>>", 2);
  (void)wildcard.heard();
  TestClient first(engine);
  first.resolve();
  TestClient second(engine);
  second.resolve();
  EXPECT_THAT(wildcard.heard(), IsEmpty());

  first.observe(9, services, 1);
  second.observe(9, services, 1);
  first.say("[[% <R 1>]]");
  EXPECT_THAT(second.heard(), ElementsAre(StartsWith("9 + [#:[0 ")));
  (void)wildcard.heard();
  second.say("[[% <R 1>]]");

  // The interest and the fact that it brought are gone.
  EXPECT_THAT(wildcard.heard(), ElementsAre("10 -", "10 -"));
}

TEST(KeeperService, NothingIsLeftOfAKeeperThatKeepsNothing) {
  Engine engine(test_options());
  {
    TestClient client(engine);
    client.resolve();
    client.observe(9, services, 1);
    KeeperClient other(engine);
    (void)other.done("<put <n 1>> <drop <n 1>>");
  }

  EXPECT_EQ(engine.spaces().size(), 0U);
  EXPECT_EQ(engine.reference_count(), 2U) << "the gatekeeper and nobody";
}

TEST(KeeperService, OpeningItNeedsTheWholeSpace) {
  Engine engine(test_options());
  TestClient client(engine);
  client.resolve();

  EXPECT_TRUE(engine.open_keeper(client.session(), client.space));
  EXPECT_EQ(engine.open_keeper(client.session(), 0).error().code, "unsupported");
  EXPECT_EQ(engine.open_keeper(client.session(), 4711).error().code, "unsupported");
}

TEST(KeeperService, WhoHoldsOnlyAPartOfTheSpaceMayNotAskItsKeeper) {
  Engine engine(test_options());
  TestClient owner(engine);
  owner.resolve();
  owner.observe(9, services, 1);
  // Somebody who may observe anything, and assert nothing else.
  owner.say("[[% <A <reader #:[1 " + std::to_string(owner.space) +
            " <rewrite <bind <rec Observe [<_> <_>]>> <ref 0>>]> 2>]]");
  TestClient reader(engine);
  reader.resolve();
  reader.observe(9, "<group <rec reader> {0: <bind <_>>}>", 1);
  const std::string part = reader.told.back().body.substr(6, 1);
  reader.say("[[0 <R 1000000>] [% <R 1>] [" + part + " <A <Observe " + std::string(services) +
             " #:[0 10]> 2>]]");
  const std::string told = reader.heard_at(10).at(0);  // 10 + [#:[0 n]]
  const std::string keeper = told.substr(11, told.find(']') - 11);

  reader.say("[[" + keeper + " <A <commit [<put <n 1>>] {} #:[0 11]> 3>]]");

  EXPECT_THAT(reader.heard_at(11), ElementsAre(HasSubstr("code: stopped")));
}

TEST(KeeperService, WhatAnObserverSetsOffIsAskedByNobody) {
  Engine engine(test_options());
  KeeperClient client(engine);
  KeeperClient other(engine);
  const std::string keeper =
      std::to_string(engine.open_keeper(client->session(), client->space).value());
  client->say("[[% <A <Observe <group <rec go> {0: <bind <_>>}> #:[1 " + keeper +
              " <rewrite <arr [<bind <_>>]> <rec commit [<arr [<rec put [<lit 5>]>]> <dict {}> "
              "<ref 0>]>>]> 5>]]");

  other->say("[[% <A <go #:[0 90]> 6>]]");

  EXPECT_EQ(other.outcome(90), "stopped");
}

TEST(KeeperService, WhatIsNoRequestIsIgnoredOrRefused) {
  Engine engine(test_options());
  KeeperClient client(engine);
  const std::string keeper =
      std::to_string(engine.open_keeper(client->session(), client->space).value());

  client->say("[[" + keeper + " <A <commit> 1>] [" + keeper + " <A 5 2>] [" + keeper +
              " <M <commit [] {} #:[0 9]>>] [" + keeper + " <A <dance #:[0 10]> 3>] [" + keeper +
              " <A <commit #:[0 11]> 4>] [" + keeper + " <A <lease {} #:[0 12]> 5>] [" + keeper +
              " <A <query 1 {} #:[0 13]> 6>] [" + keeper + " <R 1>] [" + keeper + " <R 2>]]");

  // A message cannot introduce the reference that it is to be answered at.
  EXPECT_TRUE(client->end);
}

TEST(KeeperService, EveryBrokenRequestIsToldSo) {
  Engine engine(test_options());
  KeeperClient client(engine);
  const std::string keeper =
      std::to_string(engine.open_keeper(client->session(), client->space).value());

  client->say("[[" + keeper + " <A <commit> 1>] [" + keeper + " <A 5 2>] [" + keeper +
              " <A <dance #:[0 10]> 3>] [" + keeper + " <A <commit #:[0 11]> 4>] [" + keeper +
              " <A <lease {} #:[0 12]> 5>] [" + keeper + " <A <query 1 {} #:[0 13]> 6>] [" +
              keeper + " <A <lease {ttl: 100 x: 1} #:[0 14]> 7>] [" + keeper + " <S #:[0 15]>] [" +
              keeper + " <R 1>] [" + keeper + " <R 2>]]");

  EXPECT_EQ(client.outcome(10), "unsupported");
  EXPECT_EQ(client.outcome(11), "bad-request");
  EXPECT_EQ(client.outcome(12), "bad-request");
  EXPECT_EQ(client.outcome(13), "bad-request");
  EXPECT_EQ(client.outcome(14), "unsupported");
  EXPECT_THAT(client->heard_at(15), ElementsAre("15 = #t"));
}

TEST(KeeperService, WhatWaitsHasALimit) {
  EngineOptions options = test_options();
  options.limits.wait_max = Milliseconds{100};
  Engine engine(options);
  KeeperClient client(engine);

  EXPECT_EQ(client.done("<take <_>>", "{timeout: 101}"), "bad-request");
  EXPECT_EQ(client.done("<take <_>>", "{timeout: 100}"), "");
}

// ---- queries --------------------------------------------------------------------------------

TEST(KeeperQuery, TellsTheRowsOfEachPatternAndThenTheRevision) {
  Engine engine(test_options());
  KeeperClient client(engine);
  (void)client.done("<put <n 1>> <put <n 2>> <put <m 3>>");

  const int asked = client.query(std::string(numbers) + "<group <rec m> {}>");

  EXPECT_THAT(client->heard_at(asked),
              ElementsAre(HasSubstr("<rows [[0 [1]] [0 [2]] [1 []]]>"), HasSubstr("<ok {")));
  EXPECT_EQ(client.entry(asked, "rev"), std::to_string(engine.spaces()[0].revision));
  const int whole = client.query(numbers, "{whole: #t}");
  EXPECT_THAT(client->heard_at(whole)[0], HasSubstr("<rows [[0 [<n 1> 1]] [0 [<n 2> 2]]]>"));
}

TEST(KeeperQuery, SeesTheWholeTurnThatItIsIn) {
  Engine engine(test_options());
  KeeperClient client(engine);
  const std::string keeper =
      std::to_string(engine.open_keeper(client->session(), client->space).value());

  client->say("[[" + keeper + " <A <query [" + std::string(numbers) +
              "] {} #:[0 77]> 6>] [% <A <n 1> 7>]]");

  EXPECT_THAT(client->heard_at(77)[0], HasSubstr("<rows [[0 [1]]]>"));
}

TEST(KeeperQuery, ManyRowsComeInChunksAndReferencesAmongThemAreLive) {
  Engine engine(test_options());
  KeeperClient client(engine);
  const std::string large(100'000, 'x');
  for (int i = 0; i < 7; ++i) {
    (void)client.done("<put <n \"" + large + std::to_string(i) + "\">>");
  }
  TestClient other(engine);
  other.resolve();
  other.say("[[% <A <n #:[0 5]> 5>]]");

  const int asked = client.query(numbers);

  const std::vector<std::string> told = client->heard_at(asked);
  ASSERT_EQ(told.size(), 4U);
  EXPECT_THAT(told[2], HasSubstr("[#:[0 "));
  client.retract(asked);
  EXPECT_EQ(client.answer(asked), "");
}

TEST(KeeperQuery, WhatIsRefused) {
  EngineOptions options = test_options();
  options.limits.query_bytes_max = 100;
  options.limits.query_patterns_max = 2;
  Engine engine(options);
  KeeperClient client(engine);
  (void)client.done("<put <n \"" + std::string(200, 'x') + "\">>");

  EXPECT_EQ(client.outcome(client.query(numbers)), "limit");
  EXPECT_EQ(client.outcome(client.query("<_> <_> <_>")), "limit");
  EXPECT_EQ(client.outcome(client.query("1")), "bad-pattern");
  EXPECT_EQ(client.outcome(client.query("<_>", "{speed: 1}")), "unsupported");
}

}  // namespace
}  // namespace avow::server
