#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/support/random.hpp"
#include "tests/unit/engine/number_world.hpp"

// S11: whoever asked for it is told only the latest match of each key, and not too often.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TestClient;

// `<p key number>`: both are captured.
constexpr std::string_view prices = "<group <rec p> {0: <bind <_>> 1: <bind <_>>}>";

class Conflation : public testing::NumberWorld {
 protected:
  Conflation() : reader(client()) { at(1); }
  void observe(std::int64_t oid, std::string_view options = "{conflate: {key: [0] every: 100}}") {
    const std::string number = std::to_string(oid);
    reader->say("[[% <A <Observe " + std::string(prices) + " #:[0 " + number + "] " +
                std::string(options) + "> " + number + ">]]");
  }
  /// The price of `key` is that now, and no other.
  std::uint64_t set(const std::string& key, int price) {
    std::string turn = "[";
    const auto before = handles_.find(key);
    if (before != handles_.end()) turn += "[% <R " + std::to_string(before->second) + ">] ";
    handles_[key] = ++last_handle_;
    turn += "[% <A <p " + key + " " + std::to_string(price) + "> " + std::to_string(last_handle_) +
            ">]]";
    return write(turn);
  }
  void unset(const std::string& key) {
    write("[[% <R " + std::to_string(handles_.at(key)) + ">]]");
    handles_.erase(key);
  }
  void at(std::int64_t ms) { engine->tick(Moment(Milliseconds(ms))); }

  std::unique_ptr<TestClient> reader;

 private:
  std::map<std::string, int> handles_;
  int last_handle_ = 100;
};

TEST_F(Conflation, TellsTheLatestOfEachKeyOnceItsTimeIsOver) {
  observe(9);
  at(10);
  for (int price = 1; price <= 50; ++price) set("tea", price);
  const std::uint64_t last = set("oil", 7);
  EXPECT_THAT(reader->heard(), IsEmpty());

  at(109);
  EXPECT_THAT(reader->heard(), IsEmpty());
  at(110);

  EXPECT_THAT(reader->heard(), ElementsAre("9 + [tea 50]", "9 + [oil 7]"));
  EXPECT_GT(reader->told.back().revision, last);
  EXPECT_THAT(reader->gaps, IsEmpty());
}

TEST_F(Conflation, TellsAKeyThatHasAnotherMatchInOneTurn) {
  observe(9);
  set("tea", 1);
  at(10);
  at(110);
  (void)reader->heard();
  const std::size_t turns = reader->turn_sizes.size();

  set("tea", 2);
  set("tea", 3);
  at(210);

  EXPECT_THAT(reader->heard(), ElementsAre("9 + [tea 3]", "9 -"));
  EXPECT_EQ(reader->told.back().cause, Cause::retracted);
  EXPECT_EQ(reader->turn_sizes.size(), turns + 1);
}

TEST_F(Conflation, TellsNothingOfAKeyThatIsAsItWas) {
  observe(9);
  set("tea", 1);
  at(10);
  at(110);
  (void)reader->heard();
  const std::uint64_t revision = engine->spaces().at(0).revision;

  set("tea", 2);
  set("tea", 1);
  set("oil", 1);
  unset("oil");
  at(210);

  EXPECT_THAT(reader->heard(), IsEmpty());
  EXPECT_EQ(engine->spaces().at(0).revision, revision + 4) << "nothing was told";
  unset("tea");
  at(310);
  EXPECT_THAT(reader->heard(), ElementsAre("9 -"));
}

TEST_F(Conflation, TellsAtOnceWhatComesAfterItsTimeIsLongOver) {
  observe(9);
  at(10);
  at(1'000);
  EXPECT_EQ(engine->next_deadline(), std::nullopt);

  set("tea", 1);
  ASSERT_TRUE(engine->next_deadline());
  EXPECT_LE(*engine->next_deadline(), Moment(Milliseconds(1'000)));
  at(1'001);
  EXPECT_THAT(reader->heard_at(9), ElementsAre("9 + [tea 1]"));

  set("tea", 2);
  EXPECT_EQ(engine->next_deadline(), Moment(Milliseconds(1'101)));
}

TEST_F(Conflation, BeginsWithTheLatestOfEachKey) {
  write("[[% <A <p tea 1> 1>] [% <A <p tea 2> 2>] [% <A <p oil 5> 3>]]");

  observe(9);

  EXPECT_THAT(reader->heard_at(9), ElementsAre("9 + [tea 2]", "9 + [oil 5]"));
  ASSERT_THAT(reader->topics, SizeIs(1));
  EXPECT_EQ(reader->topics[0].revision, reader->told.back().revision);
}

TEST_F(Conflation, GoesBackToTheMatchBeforeWhenTheLatestGoes) {
  observe(9);
  at(10);
  write("[[% <A <p tea 1> 1>]]");
  write("[[% <A <p tea 2> 2>]]");
  at(110);
  write("[[% <R 2>]]");
  at(210);

  EXPECT_THAT(reader->heard_at(9), ElementsAre("9 + [tea 2]", "9 + [tea 1]", "9 -"));
  write("[[% <A <p tea 3> 3>]]");
  at(310);
  EXPECT_EQ(reader->told.back().cause, Cause::superseded) << "it is there, but not the latest";
}

TEST_F(Conflation, WithoutAKeyTellsOneMatchOfAll) {
  observe(9, "{conflate: {key: [] every: 100}}");
  at(10);
  set("tea", 1);
  set("oil", 5);
  at(110);
  EXPECT_THAT(reader->heard_at(9), ElementsAre("9 + [oil 5]"));
}

TEST_F(Conflation, KnowsItsKeyWhereTheWholeFactIsToldToo) {
  observe(9, "{conflate: {key: [0] every: 100} whole: #t}");
  at(10);
  set("tea", 1);
  set("tea", 2);
  at(110);
  EXPECT_THAT(reader->heard_at(9), ElementsAre("9 + [<p tea 2> tea 2]"));
}

TEST_F(Conflation, TellsMessagesAtOnce) {
  observe(9);
  at(10);
  write("[[% <M <p tea 1>>]]");
  write("[[% <M <p tea 2>>]]");
  EXPECT_THAT(reader->heard_at(9), ElementsAre("9 ! [tea 1]", "9 ! [tea 2]"));
}

TEST_F(Conflation, IsNothingToOtherObserversOfTheSame) {
  reader->observe(7, prices, 7);
  observe(9);
  reader->observe(8, prices, 8);
  at(10);
  set("tea", 1);
  set("tea", 2);
  for (const std::int64_t other : {7, 8}) EXPECT_THAT(reader->heard_at(other), SizeIs(3));
  at(110);
  EXPECT_THAT(reader->heard_at(9), ElementsAre("9 + [tea 2]"));
  reader->say("[[% <R 7>] [% <R 9>]]");
  EXPECT_THAT(reader->heard_at(9), ElementsAre("9 + [tea 2]", "9 -"));
  unset("tea");
  EXPECT_EQ(reader->heard_at(8).back(), "8 -");
}

TEST_F(Conflation, OfOneSpaceIsToldInOneTurn) {
  observe(8);
  observe(9);
  at(10);
  set("tea", 1);
  const std::size_t turns = reader->turn_sizes.size();
  at(110);
  EXPECT_EQ(reader->turn_sizes.size(), turns + 1);
  EXPECT_EQ(reader->turn_sizes.back(), 2u);
}

TEST_F(Conflation, MaySpreadOverSeveralSteps) {
  EngineOptions options = testing::test_options();
  options.limits.catch_up_changes_max = 1;
  reader.reset();
  begin(options);
  reader = client();
  at(1);
  observe(8);
  observe(9);
  at(10);
  set("tea", 1);
  at(110);
  EXPECT_THAT(reader->heard_at(9), IsEmpty());
  EXPECT_LE(*engine->next_deadline(), Moment(Milliseconds(110)));
  at(110);
  EXPECT_THAT(reader->heard_at(9), ElementsAre("9 + [tea 1]"));
}

TEST_F(Conflation, OfAClientThatIsBehindGoesOnWithWhatIsDifferent) {
  observe(9);
  const std::uint64_t seen = set("tea", 1);
  at(10);
  at(110);
  engine->fall_behind(reader->session());
  set("tea", 2);
  set("oil", 5);
  at(210);
  ASSERT_THAT(reader->gaps, SizeIs(1));
  EXPECT_EQ(reader->gaps[0].after, seen + 1) << "what was told at 110 was a turn";

  engine->has_room(reader->session());
  at(211);

  EXPECT_THAT(reader->heard_at(9),
              ElementsAre("9 + [tea 1]", "9 + [tea 2]", "9 + [oil 5]", "9 - [tea 1]"));
  EXPECT_THAT(reader->caught_up, SizeIs(1));
  EXPECT_THAT(reader->resyncs, IsEmpty());
}

TEST_F(Conflation, WhatItHadNotToldWhenItsClientFellBehindIsInTheGap) {
  observe(9);
  at(10);
  const std::uint64_t first = set("tea", 1);
  set("tea", 2);
  engine->fall_behind(reader->session());

  at(110);

  ASSERT_THAT(reader->gaps, SizeIs(1));
  EXPECT_EQ(reader->gaps[0].after, first - 1);
  engine->has_room(reader->session());
  at(111);
  EXPECT_THAT(reader->heard_at(9), ElementsAre("9 + [tea 2]"));
}

TEST_F(Conflation, GoesTogetherWithACredit) {
  observe(9, "{conflate: {key: [0] every: 100} credit: {turns: 2} policy: pause}");
  set("tea", 1);
  at(10);
  for (int round = 1; round <= 5; ++round) {
    set("tea", round + 1);
    at(10 + 100 * round);
  }
  EXPECT_THAT(reader->heard_at(9), ElementsAre("9 + [tea 2]", "9 + [tea 3]", "9 -"));

  ASSERT_TRUE(engine->grant(reader->session(), 9, {.turns = 1}));
  at(1'000);
  EXPECT_THAT(reader->heard_at(9),
              ElementsAre("9 + [tea 2]", "9 + [tea 3]", "9 -", "9 + [tea 6]", "9 - [tea 3]"));
}

TEST_F(Conflation, OfReferencesHoldsNoneOfThemInTheEnd) {
  const std::size_t references = engine->reference_count();
  observe(9);
  at(10);
  write("[[% <A <p tea #:[0 5]> 1>] [% <A <p oil #:[0 6]> 2>]]");
  at(110);
  write("[[% <R 1>] [% <A <p tea #:[0 7]> 3>]]");
  at(210);
  engine->fall_behind(reader->session());
  write("[[% <R 3>] [% <A <p tea #:[0 8]> 4>]]");
  engine->has_room(reader->session());
  at(310);
  ASSERT_THAT(reader->resyncs, SizeIs(1));
  EXPECT_EQ(reader->resyncs[0].reason, ResyncReason::references);
  EXPECT_THAT(reader->heard_at(9), SizeIs(2 + 2 + 2));

  write("[[% <R 2>] [% <R 4>]]");
  reader->say("[[% <R 9>]]");

  EXPECT_EQ(engine->reference_count(), references);
}

TEST_F(Conflation, OwesWhatProgressWouldSayIsTold) {
  observe(9, "{conflate: {key: [0] every: 1000} progress: 100}");
  at(10);
  set("tea", 1);
  at(110);
  EXPECT_THAT(reader->progress, IsEmpty());
  at(1'010);
  at(1'110);
  EXPECT_THAT(reader->progress, SizeIs(1));
}

TEST_F(Conflation, ThatIsNoneIsRefused) {
  const std::vector<std::pair<std::string_view, std::string_view>> all{
      {"{conflate: {key: [0] every: 9}}", "bad-option"},
      {"{conflate: {key: [0] every: 3600001}}", "bad-option"},
      {"{conflate: {key: [0]}}", "bad-option"},
      {"{conflate: {every: 10}}", "bad-option"},
      {"{conflate: {key: [2] every: 10}}", "bad-option"},
      {"{conflate: {key: [0 1 0] every: 10}}", "bad-option"},
      {"{conflate: {key: [-1] every: 10}}", "bad-option"},
      {"{conflate: {key: 0 every: 10}}", "bad-option"},
      {"{conflate: {key: [0] every: 10 mode: latest}}", "bad-option"},
      {"{conflate: #t}", "bad-option"},
      {"{conflate: {key: [0] every: 10} count: #t}", "unsupported"},
      {"{conflate: {key: [0] every: 10} from: 0 epoch: \"0000000000000001\"}", "unsupported"}};
  for (const auto& [options, code] : all) {
    const auto one = client();
    one->say("[[% <A <Observe " + std::string(prices) + " #:[0 9] " + std::string(options) +
             "> 1>]]");
    ASSERT_THAT(one->heard_at(9), SizeIs(1)) << options;
    EXPECT_THAT(one->heard_at(9)[0], HasSubstr("code: " + std::string(code))) << options;
    EXPECT_FALSE(one->end);
  }
}

// What is told is the latest of each key at every moment at which nothing is owed.
TEST_F(Conflation, TellsWhatANaiveObserverWouldHold) {
  const std::uint64_t seed = test::test_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  test::Random random(seed);
  observe(9);
  std::map<int, std::pair<std::string, std::string>> there;  // By handle, which rises.
  int last = 1'000;
  std::int64_t now = 10;
  for (int i = 0; i < 3'000; ++i) {
    if (!there.empty() && random.chance(1, 2)) {
      const auto which =
          std::next(there.begin(), static_cast<std::ptrdiff_t>(random.below(there.size())));
      write("[[% <R " + std::to_string(which->first) + ">]]");
      there.erase(which);
    } else {
      const std::string key = "k" + std::to_string(random.below(4));
      const std::string match = "[" + key + " " + std::to_string(++last) + "]";
      there.emplace(last, std::pair(key, match));
      write("[[% <A <p " + key + " " + std::to_string(last) + "> " + std::to_string(last) + ">]]");
    }
    if (random.chance(1, 40)) engine->fall_behind(reader->session());
    if (random.chance(1, 40)) engine->has_room(reader->session());
    if (random.chance(1, 4)) at(now += static_cast<std::int64_t>(random.below(150)));
    if (!random.chance(1, 30)) continue;
    engine->has_room(reader->session());
    at(now += 100);
    at(now += 100);
    std::map<std::string, std::uint64_t> held;
    for (const testing::Told& one : reader->told) {
      if (one.oid != 9) continue;
      if (one.kind == OutboundKind::publish) {
        ASSERT_TRUE(held.emplace(one.body, one.handle).second);
      } else {
        const auto is_it = [&](const auto& each) { return each.second == one.handle; };
        ASSERT_EQ(std::erase_if(held, is_it), 1u);
      }
    }
    std::map<std::string, std::string> latest;
    for (const auto& [handle, match] : there) latest[match.first] = match.second;
    std::set<std::string> expected;
    std::set<std::string> told;
    for (const auto& [key, match] : latest) expected.insert(match);
    for (const auto& [body, handle] : held) told.insert(body);
    ASSERT_EQ(told, expected) << "in step " << i;
  }
}

}  // namespace
}  // namespace avow::server
