#include "server/engine/keeper/commit_answer.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "tests/support/from_text.hpp"

namespace avow::server {
namespace {

using avow::test::from_text;

using Kind = OpResult::Kind;

TEST(CommitAnswer, IsCanonicalWhateverCameOfTheOperations) {
  const std::vector<OpResult> results{{Kind::changed},
                                      {Kind::unchanged},
                                      {Kind::sent, 3},
                                      {Kind::item, 300},
                                      {Kind::taken, 4, 0, from_text("<a 1>")},
                                      {Kind::taken_for_good, 5, 0, from_text("<a 2>")},
                                      {Kind::committed, 6, 8},
                                      {Kind::impossible}};

  const Value answer = commit_answer({1'000'000, 7, ~std::uint64_t{0}, Level::durable}, results);

  EXPECT_EQ(answer,
            from_text("<ok {rev: 1000000 seq: 7 epoch: 18446744073709551615 level: durable "
                      "results: [#t #f 3 300 {id: 4 value: <a 1>} {id: 5 acked: #t value: <a 2>} "
                      "<committed 6 8> <impossible>]}>"));
}

TEST(CommitAnswer, SaysTheLevel) {
  EXPECT_EQ(commit_answer({1, 1, 1, Level::accepted}, {}),
            from_text("<ok {rev: 1 seq: 1 epoch: 1 level: accepted results: []}>"));
}

TEST(CommitAnswer, OfItemsThatAreHeldNamesThem) {
  const std::vector<OpResult> results{{Kind::taken, 4, 0, from_text("<a 1>")},
                                      {Kind::taken_for_good, 5, 0, from_text("<a 2>")}};

  EXPECT_EQ(items_taken(commit_answer({9, 9, 9, Level::accepted}, results)),
            std::vector<std::uint64_t>{4});
}

}  // namespace
}  // namespace avow::server
