#include "avow/wire/keeper.hpp"

#include <gtest/gtest.h>

#include "avow/model/text.hpp"
#include "tests/support/from_text.hpp"

namespace avow::wire::keeper {
namespace {

using test::from_text;

TEST(KeeperWords, ARequestCarriesItsAnswersReference) {
  Operations operations;
  operations.put(record("a"));
  const Value answer = Value::string("k");

  EXPECT_EQ(commit_request(operations.finish(), to_value(CommitOptions{}), answer),
            from_text(R"(<commit [<put <a>>] {} "k">)"));
  EXPECT_EQ(lease_request(300, answer), from_text(R"(<lease {ttl: 300} "k">)"));
}

TEST(KeeperWords, OperationsKnowWhetherAReferenceStandsInThem) {
  Operations plain;
  plain.put(record("a", "b"));
  Operations with;
  with.slot(Value::symbol("key"), record("a", ReferenceId{4}));

  EXPECT_FALSE(plain.holds_references());
  EXPECT_TRUE(with.holds_references());
}

TEST(KeeperWords, AnAnswerToACommitIsReadWhole) {
  const Value answer = from_text(
      "<ok {rev: 3 seq: 9 epoch: 171 level: durable replayed: #t "
      "results: [#t {id: 5 value: <job 1> acked: #t}] not-held: [5]}>");

  const Result<Committed> committed = read_committed(answer);

  ASSERT_TRUE(committed.has_value()) << committed.error().detail;
  EXPECT_EQ(committed->revision, 3u);
  EXPECT_EQ(committed->seq, 9u);
  EXPECT_EQ(committed->epoch, 171u);
  EXPECT_EQ(committed->level, Level::durable);
  EXPECT_TRUE(committed->replayed);
  ASSERT_EQ(committed->results.size(), 2u);
  EXPECT_FALSE(read_taken(committed->results[0]).has_value());
  EXPECT_EQ(read_taken(committed->results[1])->id, 5u);
  EXPECT_TRUE(read_taken(committed->results[1])->acked);
  EXPECT_EQ(committed->not_held, std::vector<std::uint64_t>{5});
  EXPECT_EQ(read_taken(committed->results[1])->value, from_text("<job 1>").view());
}

TEST(KeeperWords, ARefusalIsAnError) {
  const Value refusal = from_text("<error {code: guard-failed message: \"No.\" retry: 20}>");

  EXPECT_EQ(read_committed(refusal).error(), (Error{"guard-failed", "No."}));
  EXPECT_EQ(read_leased(refusal).error(), (Error{"guard-failed", "No."}));
  EXPECT_EQ(read_retry_ms(refusal), 20u);
}

TEST(KeeperWords, ALeaseIsANumberUntilItsEnd) {
  const Value begun = from_text("<ok {id: 12 rev: 3 seq: 9 epoch: 171 level: durable}>");
  EXPECT_EQ(read_leased(begun)->id, 12u);
  EXPECT_EQ(read_leased(begun)->revision, 3u);
  EXPECT_EQ(read_leased(begun)->level, Level::durable);

  EXPECT_FALSE(read_lease_end(begun).has_value());
  EXPECT_EQ(read_lease_end(from_text("<expired 44>"))->revision, 44u);
  EXPECT_TRUE(read_lease_end(from_text("<expired 44>"))->expired);
  EXPECT_FALSE(read_lease_end(from_text("<ended 44>"))->expired);
}

TEST(KeeperWords, NonsenseIsNoAnswer) {
  for (const char* written : {"5", "<ok>", "<ok 5>", "<ok {}>", "<ok {rev: 1}>", "<fine {rev: 1}>",
                              "<ok {rev: 1 results: {}}>", "<error>"}) {
    EXPECT_EQ(read_committed(from_text(written)).error().code, "bad-answer") << written;
    EXPECT_EQ(read_leased(from_text(written)).error().code, "bad-answer") << written;
  }
}

TEST(TurnIds, AClientIdIsHexadecimalWithDashesOrWithout) {
  const auto plain = parse_client_id("00112233445566778899aabbccddeeff");
  const auto dashed = parse_client_id("00112233-4455-6677-8899-AABBCCDDEEFF");

  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain.value(), dashed.value());
  EXPECT_EQ(to_text(TurnId{plain.value(), 7}), "00112233445566778899aabbccddeeff/7");
  EXPECT_EQ(parse_client_id("0011").error().code, "bad-turn-id");
}

TEST(TurnIds, WhatIsPrintedIsReadAgain) {
  const TurnId id = parse_turn_id("00112233445566778899aabbccddeeff/18446744073709551615").value();

  EXPECT_EQ(parse_turn_id(to_text(id)).value(), id);
  for (const char* text :
       {"", "/", "0011/7", "00112233445566778899aabbccddeeff", "00112233445566778899aabbccddeeff/",
        "00112233445566778899aabbccddeeff/x", "00112233445566778899aabbccddeeff/-1",
        "00112233445566778899aabbccddeeff/18446744073709551616"}) {
    EXPECT_EQ(parse_turn_id(text).error().code, "bad-turn-id") << text;
  }
}

}  // namespace
}  // namespace avow::wire::keeper
