#include "server/engine/keeper/commit_reader.hpp"

#include <gtest/gtest.h>
#include <string>

#include "tests/support/from_text.hpp"

namespace avow::server {
namespace {

using avow::test::from_text;

constexpr const char* take_a = "<commit [<take <group <rec a> {}>>] {ack: #t} #f>";
constexpr const char* put_b = "<commit [<put <b 1>>] {} #f>";

class CommitReaderTest : public ::testing::Test {
 protected:
  Result<const CommitRequest*> read(const std::string& request) {
    return reader.read(from_text(request), {}, unkept);
  }

  CommitReader reader;
  CommitRequest unkept;
};

TEST_F(CommitReaderTest, WhatIsAskedForAgainIsWhatItWas) {
  for (int time = 0; time < 2; ++time) {
    const CommitRequest& commit = **read(take_a);

    ASSERT_EQ(commit.ops.size(), 1u);
    EXPECT_EQ(commit.ops[0].kind, CommitOp::Kind::take);
    EXPECT_TRUE(commit.ops[0].pattern.match(from_text("<a 1>")));
    EXPECT_TRUE(commit.consumes);
  }
}

TEST_F(CommitReaderTest, AnotherRequestIsReadAnew) {
  ASSERT_TRUE(read(take_a));

  const CommitRequest& commit = **read(put_b);

  ASSERT_EQ(commit.ops.size(), 1u);
  EXPECT_EQ(commit.ops[0].kind, CommitOp::Kind::put);
  EXPECT_EQ(commit.ops[0].value, from_text("<b 1>"));
  EXPECT_FALSE(commit.consumes);
}

TEST_F(CommitReaderTest, OtherOptionsAreAnotherRequest) {
  ASSERT_TRUE(read(put_b));
  EXPECT_EQ((**read("<commit [<put <b 1>>] {level: accepted} #f>")).level, Level::accepted);
}

TEST_F(CommitReaderTest, AnErrorIsSaidEachTime) {
  ASSERT_TRUE(read(put_b));
  for (int time = 0; time < 2; ++time) {
    EXPECT_EQ(read("<commit [<put>] {} #f>").error().code, "bad-request");
    EXPECT_EQ(read("<commit []>").error().code, "bad-request");
    EXPECT_EQ(read("<commit>").error().code, "bad-request");
  }
  EXPECT_TRUE(read(put_b));
}

TEST_F(CommitReaderTest, ALongRequestIsNotKept) {
  ASSERT_TRUE(read(put_b));
  const std::string content(CommitReader::kept_bytes_max, 'x');
  const std::string put_long = "<commit [<put <b \"" + content + "\">>] {} #f>";

  EXPECT_EQ(*read(put_long), &unkept);

  EXPECT_EQ((**read(put_b)).ops[0].value, from_text("<b 1>"));
}

}  // namespace
}  // namespace avow::server
