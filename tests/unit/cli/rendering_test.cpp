#include "cli/rendering.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/from_text.hpp"

namespace avow::cli {
namespace {

using test::from_text;
using testing::MatchesRegex;

Change change(Change::Kind kind) {
  Change made;
  made.kind = kind;
  made.fact = from_text("<temperature \"hall\" 21.5>");
  made.captures = from_text("[\"hall\" 21.5]");
  made.revision = 42;
  return made;
}

const std::vector<std::string> names = {"room", "t"};

TEST(Rendering, ShowsWholeFactsBehindASign) {
  const Rendering rendering({}, names);

  EXPECT_EQ(rendering.change(change(Change::Kind::add)), "+ <temperature \"hall\" 21.5>");
  EXPECT_EQ(rendering.change(change(Change::Kind::remove)), "- <temperature \"hall\" 21.5>");
  EXPECT_EQ(rendering.change(change(Change::Kind::message)), "! <temperature \"hall\" 21.5>");
  EXPECT_EQ(rendering.change(change(Change::Kind::synced)), "= synced rev 42");
}

TEST(Rendering, ShowsARowWithoutSign) {
  const Change found = change(Change::Kind::add);

  EXPECT_EQ(Rendering({}, names).row(found.fact, found.captures, 42),
            "<temperature \"hall\" 21.5>");
}

TEST(Rendering, ShowsCapturesByNameWhereAllHaveOne) {
  const Showing captures{.captures = true};

  EXPECT_EQ(Rendering(captures, names).change(change(Change::Kind::add)),
            "+ {room: \"hall\" t: 21.5}");
  EXPECT_EQ(Rendering(captures, {"room", ""}).change(change(Change::Kind::add)),
            "+ [\"hall\" 21.5]");
}

TEST(Rendering, ShowsTheTimeFirstWhereAskedTo) {
  const std::string line = Rendering({.time = true}, names).change(change(Change::Kind::add));

  EXPECT_THAT(line, MatchesRegex("....-..-..T..:..:...[0-9]+Z [+] <temperature .*"));
}

TEST(Rendering, ShowsTheEventsOfTheProtocolAsJson) {
  const Rendering json({.json = true}, names);

  EXPECT_EQ(json.change(change(Change::Kind::add)),
            R"({"op":"add","fact":{"<temperature>":["hall",21.5]},)"
            R"("captures":{"room":"hall","t":21.5},"rev":42})");
  EXPECT_EQ(json.change(change(Change::Kind::synced)), R"({"op":"synced","rev":42})");
}

TEST(Rendering, SaysHowManyMessagesWereMissed) {
  Change missed = change(Change::Kind::missed);
  missed.missed = 7;

  EXPECT_EQ(Rendering({}, names).change(missed), "= missed messages 7");
  EXPECT_EQ(Rendering({.json = true}, names).change(missed),
            R"({"op":"missed","messages":7,"rev":42})");
}

TEST(Rendering, NamesTheCauseOfARemovalInJson) {
  Change removed = change(Change::Kind::remove);
  removed.cause = "retracted";
  removed.by = "ann";

  EXPECT_EQ(Rendering({.json = true, .captures = true}, {"room", ""}).change(removed),
            R"({"op":"remove","captures":{"room":"hall","1":21.5},)"
            R"("cause":"retracted","by":"ann","rev":42})");
}

TEST(Rendering, TellsAReceipt) {
  EXPECT_EQ(receipt_line("published", 7, false), "= published rev 7");
  EXPECT_EQ(receipt_line("published", 7, true), R"({"op":"ok","rev":7})");
}

}  // namespace
}  // namespace avow::cli
