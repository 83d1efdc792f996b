#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "avow/model/builder.hpp"
#include "tests/unit/engine/test_client.hpp"

// Sturdy references, the spaces that they name, and queries.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::test_options;
using testing::TestClient;

constexpr std::string_view sig = "#x\"69ca300c1dbfa08fba692102dd82311a\"";

std::string reference_to(const Value& oid, const std::vector<std::string>& caveats = {}) {
  SturdyReference reference = SturdyReference::mint({}, oid);
  for (const std::string& caveat : caveats) {
    reference = reference.attenuate(parse_text(caveat).value());
  }
  return to_text(reference.to_value());
}

struct Resolving : ::testing::Test {
  std::string answer_to(const std::string& step) {
    client.say("[[0 <A <resolve " + step + " #:[0 9]> 5>]]");
    std::string answer = client.told.empty() ? "" : client.told.back().body;
    client.say("[[0 <R 5>]]");
    return answer;
  }

  Engine engine{test_options()};
  TestClient client{engine};
};

TEST_F(Resolving, ABadReferenceIsRefusedWithItsWord) {
  const std::string failed = "<error sturdyref-failed-validation>";

  EXPECT_EQ(answer_to("<ref {oid: \"syndicate\" sig: #x\"00\"}>"), failed);
  EXPECT_EQ(answer_to("<ref {oid: \"syndicate\" sig: " + std::string(sig) + " caveats: 5}>"),
            failed);
  EXPECT_EQ(answer_to("<ref {oid: \"syndicate\"}>"), "<error invalid>");
  EXPECT_EQ(answer_to("<ref 5>"), "<error invalid>");
  EXPECT_EQ(answer_to("<teleport>"), "<error unsupported>");
  EXPECT_EQ(answer_to("<ref {oid: \"nowhere\" sig: #x\"00\"}>"), "<error unsupported>");
  EXPECT_EQ(answer_to(reference_to(Value::string("nowhere"))), "<error unsupported>");
  EXPECT_EQ(answer_to(reference_to(Value::string("syndicate"), {"<rewrite <_> <ref 0>>"})), failed);
}

TEST_F(Resolving, AnAnswerIsWithdrawnWithItsRequest) {
  client.say("[[0 <A <resolve <teleport> #:[0 9]> 5>]]");
  client.say("[[0 <R 5>]]");

  EXPECT_THAT(client.heard(), ElementsAre("9 + <error unsupported>", "9 -"));
}

TEST_F(Resolving, ASpaceIsNamedByItsOid) {
  client.resolve(reference_to(record("space", "orders")));
  client.resolve(reference_to(Value::string("syndicate")));
  client.resolve(reference_to(record("space", "main")));

  const std::vector<SpaceStatus> spaces = engine.spaces();
  ASSERT_EQ(spaces.size(), 2U);
  EXPECT_EQ(spaces[0].name, "orders");
  EXPECT_EQ(spaces[1].name, "main");
}

TEST_F(Resolving, ASpaceEndsWhenNobodyRefersToItAndGoesOnAboveItsRevisions) {
  client.resolve();
  const std::uint64_t last = client.ask("[[% <A <n 1> 5>]]").revisions[0].revision;
  client.close(Cause::closed);
  EXPECT_THAT(engine.spaces(), IsEmpty());

  TestClient again(engine);
  again.resolve();

  EXPECT_GT(again.ask("[[% <A <n 1> 5>]]").revisions[0].revision, last);
}

TEST_F(Resolving, ASpaceWithFactsLivesOnWithoutAReference) {
  client.resolve();
  client.say("[[% <A <n 1> 5>]]");

  client.say("[[0 <R 1000000>]]");

  ASSERT_EQ(engine.spaces().size(), 1U);
  EXPECT_EQ(engine.spaces()[0].facts, 1U);
}

TEST_F(Resolving, CaveatsOfASturdyReferenceFilterBothWays) {
  TestClient all(engine);
  all.resolve();
  all.observe(9, "<group <rec n> {0: <bind <_>>}>", 5);
  client.resolve(reference_to(Value::string("syndicate"), {"<reject <rec n [<lit 1>]>>"}));

  client.say("[[% <A <n 1> 5>] [% <A <n 2> 6>]]");

  EXPECT_THAT(all.heard(), ElementsAre("9 + [2]"));
}

TEST_F(Resolving, AKeyOfTheServersRefusesTheDevelopmentReference) {
  EngineOptions options = test_options();
  options.server_key = {1, 2, 3};
  Engine keyed(std::move(options));
  TestClient stranger(keyed);
  stranger.say("[[0 <A <resolve " + to_text(development_reference().to_value()) + " #:[0 9]> 5>]]");
  const Bytes key = {1, 2, 3};
  TestClient guest(keyed);

  EXPECT_THAT(stranger.heard(), ElementsAre("9 + <error sturdyref-failed-validation>"));
  guest.resolve(to_text(SturdyReference::mint(key, Value::string("syndicate")).to_value()));
}

struct Queries : ::testing::Test {
  Queries() {
    opened = engine.open_space(client.session(), development_reference().to_value()).value();
    client.space = opened.oid;
    client.say("[[% <A <n 1> 5>] [% <A <n 2> 6>] [% <A <m #:[0 7]> 7>]]");
  }

  const QueryAnswer& ask(std::vector<std::string> patterns, std::int64_t oid) {
    Query query;
    query.target = oid;
    for (const std::string& pattern : patterns) {
      query.patterns.push_back(parse_text(pattern).value());
    }
    engine.query(client.session(), std::move(query));
    return client.answers.back();
  }
  const QueryAnswer& ask(std::vector<std::string> patterns) {
    return ask(std::move(patterns), opened.oid);
  }

  static std::vector<std::string> rows(const QueryAnswer& answer) {
    std::vector<std::string> all;
    for (const QueryRow& row : answer.rows) {
      all.push_back(std::to_string(row.pattern) + " " + to_text(answer.captures(row)));
    }
    std::sort(all.begin(), all.end());
    return all;
  }

  Engine engine{test_options()};
  TestClient client{engine};
  OpenedSpace opened;
};

TEST_F(Queries, OpeningTellsTheSpaceItsEpochAndRevision) {
  EXPECT_EQ(opened.name, "main");
  EXPECT_EQ(opened.epoch, 7U);
  EXPECT_EQ(engine.space_name(opened.space), "main");
}

TEST_F(Queries, SeveralPatternsAreAnsweredAtOneCut) {
  const QueryAnswer& answer =
      ask({"<group <rec n> {0: <bind <_>>}>", "<group <rec m> {0: <bind <_>>}>"});

  EXPECT_FALSE(answer.error);
  EXPECT_THAT(rows(answer), ElementsAre("0 [1]", "0 [2]", "1 [#:[1 7]]"));
  EXPECT_EQ(answer.at.revision, opened.revision + 1);
}

TEST_F(Queries, ABadPatternIsAnErrorOfThatQueryAlone) {
  EXPECT_EQ(ask({"<bogus>"}).error->code, "bad-pattern");
  EXPECT_EQ(ask({"<_>"}, 4711).error->code, "unknown-reference");
  EXPECT_EQ(ask({"<_>"}, 0).error->code, "unknown-reference") << "the gatekeeper is no space";
  EXPECT_FALSE(ask({"<_>"}).error);
}

TEST_F(Queries, WhatCaveatsStopHasNoRows) {
  const Value narrow = SturdyReference::mint({}, Value::string("syndicate"))
                           .attenuate(parse_text("<reject <rec Observe [<_> <_>]>>").value())
                           .to_value();
  const OpenedSpace blind = engine.open_space(client.session(), narrow).value();

  const QueryAnswer& answer = ask({"<bind <_>>"}, blind.oid);

  EXPECT_FALSE(answer.error);
  EXPECT_THAT(answer.rows, IsEmpty());
}

TEST_F(Queries, ReferencesInRowsLiveUntilTheyAreReleased) {
  TestClient other(engine);
  other.resolve();
  other.say("[[% <A <o #:[0 3]> 5>]]");
  const QueryAnswer& answer = ask({"<group <rec o> {0: <bind <_>>}>"});
  const std::string row = rows(answer).at(0);
  const std::string number = row.substr(8, row.find(']', 8) - 8);

  client.say("[[" + number + " <M 1>]]");
  EXPECT_THAT(other.heard(), ElementsAre("3 ! 1"));

  engine.release_rows(client.session(), answer.ticket);
  client.say("[[" + number + " <M 2>]]");
  EXPECT_THAT(other.heard(), IsEmpty());
}

TEST_F(Queries, AReferenceThatWasReleasedIsGoneWithWhatWasAssertedByIt) {
  engine.release_reference(client.session(), opened.oid);

  EXPECT_FALSE(ask({"<_>"}).error);

  client.say("[[% <R 5>] [% <R 6>] [% <R 7>]]");
  EXPECT_EQ(ask({"<_>"}).error->code, "unknown-reference");
}

}  // namespace
}  // namespace avow::server
