#include <gtest/gtest.h>
#include <string>

#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"
#include "avow/wire/json_request.hpp"
#include "tests/unit/wire/refusal.hpp"

namespace avow::wire {
namespace {

Result<JsonRequest> read(std::string_view message) {
  return read_json_requests(message).value().at(0).request;
}

JsonRequest::Commit commit(std::string_view message) {
  return std::get<JsonRequest::Commit>(read(message).value().what);
}

TEST(JsonCommits, EveryOperationBecomesTheKeepersRecordInOrder) {
  const JsonRequest::Commit all = commit(
      R"({"commit": [{"put": "<config \"a\" 1>"}, {"drop": {"<config>": ["b"]}},
                     {"slot": "leader", "fact": "<leader \"ann\">"}, {"slot": "old"},
                     {"item": "<job 1>"}, {"take": "<job $x>"}, {"ack": 17},
                     {"lease-to": 4, "fact": "<here>"}, {"renew": 4}, {"end": 5},
                     {"send": "<hello>"},
                     {"outcome": ["00112233-4455-6677-8899-AABBCCDDEEFF", 7]}], "id": 1})");

  EXPECT_EQ(to_text(all.operations),
            to_text(parse_text(
                        R"([<put <config "a" 1>> <drop <config "b">> <slot leader <leader "ann">>
                            <slot old> <item <job 1>>
                            <take <group <rec job> {0: <bind <_>>}>> <ack 17>
                            <lease-to 4 <here>> <renew 4> <end 5> <send <hello>>
                            <outcome [#x"00112233445566778899aabbccddeeff" 7]>])")
                        .value()));
  ASSERT_EQ(all.takes.size(), 1u);
  EXPECT_EQ(all.takes[0].names, std::vector<std::string>{"x"});
  EXPECT_EQ(to_text(all.options), "{}");
}

TEST(JsonCommits, OptionsStandBesideTheOperations) {
  const JsonRequest::Commit both = commit(
      R"({"commit": [], "require": ["<a _>", "<b>"], "absent": [{"<_>": []}], "level": "accepted",
          "turn-id": ["00112233445566778899aabbccddeeff", 7], "timeout": 250, "ack": true,
          "id": 1})");

  EXPECT_EQ(both.options, parse_text(R"({require: [<group <rec a> {0: <_>}> <group <rec b> {}>]
                           absent: [<_>] level: accepted timeout: 250 ack: #t
                           turn-id: [#x"00112233445566778899aabbccddeeff" 7]})")
                              .value());
}

TEST(JsonCommits, ATakeOfItsOwnIsACommitOfThatOneOperation) {
  const JsonRequest::Commit take = commit(R"({"take": "<job $x>", "timeout": 50, "id": 1})");

  EXPECT_EQ(to_text(take.operations), "[<take <group <rec job> {0: <bind <_>>}>>]");
  EXPECT_EQ(to_text(take.options), "{timeout: 50}");
  EXPECT_EQ(take.takes.size(), 1u);
}

TEST(JsonCommits, AConstantStandsInEveryPatternThatHasItsName) {
  const JsonRequest::Commit narrow = commit(
      R"({"commit": [{"take": "<job $who $n>"}], "require": ["<open $who>", "<on>"],
          "with": {"who": "_"}, "id": 1})");

  EXPECT_EQ(to_text(narrow.operations),
            "[<take <group <rec job> {0: <lit \"_\"> 1: <bind <_>>}>>]");
  EXPECT_EQ(to_text(narrow.options),
            "{require: [<group <rec open> {0: <lit \"_\">}> <group <rec on> {}>]}");
  EXPECT_EQ(refusal(R"({"take": "<job $n>", "with": {"who": 1}, "id": 1})"), "unknown-name");
}

TEST(JsonCommits, ALeaseIsAskedForInMilliseconds) {
  const auto lease = std::get<JsonRequest::Lease>(read(R"({"lease": 500, "id": 1})").value().what);

  EXPECT_EQ(lease.ttl_ms, 500u);
}

TEST(JsonCommits, WhatIsNoCommitIsRefused) {
  for (const char* message : {
           R"({"commit": []})",
           R"({"take": "<a>"})",
           R"({"lease": 500})",
           R"({"commit": "<put <a>>", "id": 1})",
           R"({"commit": ["<put <a>>"], "id": 1})",
           R"({"commit": [{}], "id": 1})",
           R"({"commit": [{"fact": "<a>"}], "id": 1})",
           R"({"commit": [{"wish": "<a>"}], "id": 1})",
           R"({"commit": [{"put": "<a>", "drop": "<b>"}], "id": 1})",
           R"({"commit": [{"put": "<a>", "fact": "<b>"}], "id": 1})",
           R"({"commit": [{"put": "<a>", "with": {}}], "id": 1})",
           R"({"commit": [{"slot": "a", "fact": "<b>", "fact": "<c>"}], "id": 1})",
           R"({"commit": [{"lease-to": 4}], "id": 1})",
           R"({"commit": [{"lease-to": "4", "fact": "<a>"}], "id": 1})",
           R"({"commit": [{"ack": -1}], "id": 1})",
           R"({"commit": [{"renew": 1.5}], "id": 1})",
           R"({"commit": [{"outcome": 7}], "id": 1})",
           R"({"commit": [{"outcome": ["0011", 7]}], "id": 1})",
           R"({"commit": [], "require": "<a>", "id": 1})",
           R"({"commit": [], "turn-id": ["zz112233445566778899aabbccddeeff", 7], "id": 1})",
           R"({"commit": [], "turn-id": ["00112233445566778899aabbccddeeff", -7], "id": 1})",
           R"({"commit": [], "turn-id": ["00112233445566778899aabbccddeeff00", 7], "id": 1})",
           R"({"commit": [], "level": "sure", "id": 1})",
           R"({"commit": [], "timeout": -1, "id": 1})",
           R"({"commit": [], "timeout": 1, "timeout": 2, "id": 1})",
           R"({"commit": [], "ack": 1, "id": 1})",
           R"({"publish": "<a>", "ack": true})",
           R"({"lease": -1, "id": 1})",
           R"({"lease": 500, "with": {}, "id": 1})",
           R"({"lease": 500, "timeout": 1, "id": 1})",
       }) {
    EXPECT_EQ(refusal(message), "bad-request") << message;
  }
}

TEST(JsonCommits, EqualCapturesCannotBeDemanded) {
  EXPECT_EQ(refusal(R"({"take": "<pair $x $x>", "id": 1})"), "unsupported");
}

TEST(JsonCommits, ValuesAndPatternsSayWhatIsWrongWithThem) {
  EXPECT_EQ(refusal(R"({"commit": [{"put": "<a"}], "id": 1})"), "bad-text");
  EXPECT_EQ(refusal(R"({"commit": [{"put": {"$wish": 1}}], "id": 1})"), "bad-value");
  EXPECT_EQ(refusal(R"({"commit": [], "absent": [{"<lit>": []}], "id": 1})"), "bad-pattern");
}

}  // namespace
}  // namespace avow::wire
