#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/session/syndicate_peer.hpp"
#include "tests/unit/session/two_facts_a_part.hpp"

// A Syndicate client is told a snapshot in one turn. A large one is made in parts nevertheless, so
// that others are served between two of them; until it is whole the client is told nothing.

namespace avow::server {
namespace {

using test::SyndicatePeer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Packets = std::vector<std::string>;

ConversationLimits little_beside() {
  ConversationLimits limits;
  limits.outbox_bytes_max = 100;
  return limits;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

class HeldSnapshots : public ::testing::TestWithParam<PacketForm> {
 protected:
  HeldSnapshots() {
    for (int n = 1; n <= 5; ++n) publish(n);
  }
  void publish(int number) { write("<A <n " + text(number) + "> " + text(number) + ">"); }
  void retract(int number) { write("<R " + text(number) + ">"); }
  void write(std::string_view action) {
    (void)bob.say("[[" + bobs_space + " " + std::string(action) + "]]");
  }
  /// The entity of that number observes records with the label. What comes of it at once.
  Packets observe(std::string_view label, int entity) { return observe(ann, space, label, entity); }
  static Packets observe(SyndicatePeer& peer, const std::string& at, std::string_view label,
                         int entity) {
    return peer.say("[[" + at + " <A <Observe <group <rec " + std::string(label) +
                    "> {0: <bind <_>>}> #:[0 " + text(entity) + "]> " + text(entity) + ">]]");
  }
  void step() { engine.tick(Moment(Milliseconds(++now_))); }
  Packets finish() {
    while (engine.next_deadline()) step();
    return ann.take();
  }
  static std::string text(int number) { return std::to_string(number); }

  Engine engine{test::two_facts_a_part()};
  SyndicatePeer bob{engine, PacketForm::text};
  SyndicatePeer ann{engine, GetParam(), SyndicatePeer::Wire::stream, true, little_beside()};
  std::string bobs_space = bob.resolve();
  std::string space = ann.resolve();

 private:
  std::int64_t now_ = 0;
};

TEST_P(HeldSnapshots, AreToldInOneTurnWhenAllPartsAreThere) {
  EXPECT_THAT(observe("n", 9), IsEmpty());
  step();
  EXPECT_THAT(ann.take(), IsEmpty());
  EXPECT_EQ(engine.counters().snapshot_parts, 1u);

  const Packets told = finish();

  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(count(told[0], "[9 <A ["), 5u);
}

TEST_P(HeldSnapshots, KeepNobodyElseWaiting) {
  SyndicatePeer carol(engine, PacketForm::text);
  (void)observe(carol, carol.resolve(), "other", 3);
  (void)observe("n", 9);

  write("<M <other 7>>");

  EXPECT_THAT(carol.take(), ElementsAre("[[3 <M [7]>]]"));
  EXPECT_THAT(finish(), SizeIs(1));
}

TEST_P(HeldSnapshots, TellNothingOfWhatGoesMeanwhile) {
  (void)observe("n", 9);
  retract(1);
  retract(5);

  const Packets told = finish();

  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(count(told[0], "<A ["), 3u);
  EXPECT_THAT(told[0], Not(HasSubstr("<R ")));
  EXPECT_THAT(told[0], Not(HasSubstr("[1]")));
}

TEST_P(HeldSnapshots, TellWhatComesMeanwhile) {
  (void)observe("n", 9);
  publish(6);

  const Packets told = finish();

  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(count(told[0], "<A [6]"), 1u);
}

TEST_P(HeldSnapshots, TellTheEndOfWhatWasToldBeforeInTheSameTurn) {
  write("<A <other 1> 70>");
  EXPECT_THAT(observe("other", 3), SizeIs(1));
  (void)observe("n", 9);
  write("<R 70>");

  const Packets told = finish();

  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(count(told[0], "[9 <A ["), 5u);
  EXPECT_EQ(count(told[0], "[3 <R "), 1u);
}

TEST_P(HeldSnapshots, AreToldBeforeWhatWasSaidMeanwhileTurnByTurn) {
  (void)observe("other", 3);
  (void)observe("n", 9);
  write("<M <other 7>>");
  write("<M <other 8>>");

  const Packets told = finish();

  EXPECT_THAT(told, ElementsAre(StartsWith("[[9 <A "), "[[3 <M [7]>]]", "[[3 <M [8]>]]"));
}

TEST_P(HeldSnapshots, AreToldBeforeASyncIsAnswered) {
  (void)observe("n", 9);
  EXPECT_THAT(ann.say("[[" + space + " <S #:[0 50]>]]"), IsEmpty());

  EXPECT_THAT(finish(), ElementsAre(StartsWith("[[9 <A "), "[[50 <M #t>]]"));
}

TEST_P(HeldSnapshots, OfAnObserverThatIsGoneAreNotTold) {
  (void)observe("n", 9);

  EXPECT_THAT(ann.say("[[" + space + " <R 9>]]"), IsEmpty());
  publish(6);
  EXPECT_THAT(finish(), IsEmpty());
}

TEST_P(HeldSnapshots, OfSeveralObserversAreToldTogether) {
  (void)observe("n", 9);
  EXPECT_THAT(observe("n", 8), IsEmpty());

  const Packets told = finish();

  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(count(told[0], "[9 <A ["), 5u);
  EXPECT_EQ(count(told[0], "[8 <A ["), 5u);
}

TEST_P(HeldSnapshots, AreMadeForOneClientAfterAnother) {
  SyndicatePeer carol(engine, GetParam());
  (void)observe("n", 9);
  EXPECT_THAT(observe(carol, carol.resolve(), "n", 3), IsEmpty());

  step();
  step();

  EXPECT_THAT(ann.take(), SizeIs(1));
  EXPECT_EQ(engine.counters().snapshot_parts, 2u);
  EXPECT_THAT(carol.take(), IsEmpty());
  (void)finish();
  EXPECT_THAT(carol.take(), SizeIs(1));
  EXPECT_EQ(engine.counters().snapshot_parts, 4u);
}

TEST_P(HeldSnapshots, AreMadeForTheNextClientIfOneGoesAway) {
  SyndicatePeer carol(engine, GetParam());
  (void)observe(carol, carol.resolve(), "n", 3);
  (void)observe("n", 9);
  step();

  carol.leave(Departure::lost);

  EXPECT_THAT(finish(), SizeIs(1));
}

TEST_P(HeldSnapshots, MayBeOfAnySizeButWhatComesBesideThemIsBounded) {
  (void)observe("other", 3);
  (void)observe("n", 9);
  write("<M <other \"" + std::string(100, 'x') + "\">>");

  EXPECT_THAT(ann.take(), ElementsAre(HasSubstr("While a snapshot was made ready")));
  ASSERT_TRUE(ann.conversation().ending());
  EXPECT_EQ(ann.conversation().ending()->code, CloseCode::slow_consumer);
}

// The client could not know the reference otherwise.
TEST_P(HeldSnapshots, TellTheEndOfWhatNamedAReferenceAfterAMessageThatNamesIt) {
  write("<A <other #:[0 50]> 70>");
  EXPECT_THAT(observe("other", 3), SizeIs(1));
  (void)observe("n", 9);
  write("<M <other #:[0 50]>>");
  write("<R 70>");

  const Packets told = finish();

  EXPECT_THAT(told,
              ElementsAre(StartsWith("[[9 <A "), StartsWith("[[3 <M [#:"), StartsWith("[[3 <R ")));
}

// Handles that an observer was told under may not come again before their end was told.
TEST_P(HeldSnapshots, GiveNoHandleTwice) {
  SyndicatePeer carol(engine, PacketForm::text);
  (void)observe(carol, carol.resolve(), "other", 3);
  write("<A <other 1> 70>");
  const Packets first = observe("other", 3);
  ASSERT_THAT(first, SizeIs(1));
  const std::string handle = first[0].substr(0, first[0].find('>')).substr(11);
  (void)observe("n", 9);
  (void)ann.say("[[" + space + " <R 3>]]");
  (void)observe("other", 4);

  const Packets told = finish();

  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(count(told[0], "[4 <A [1] "), 1u);
  EXPECT_EQ(count(told[0], "[4 <A [1] " + handle + ">"), 0u);
  EXPECT_EQ(count(told[0], "[3 <R " + handle + ">"), 1u);
}

INSTANTIATE_TEST_SUITE_P(Forms, HeldSnapshots,
                         ::testing::Values(PacketForm::text, PacketForm::binary),
                         [](const auto& form) {
                           return form.param == PacketForm::text ? "text" : "binary";
                         });

}  // namespace
}  // namespace avow::server
