#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "tests/unit/session/syndicate_peer.hpp"
#include "tests/unit/session/two_facts_a_part.hpp"

// A Syndicate client is told a snapshot in one turn. A large one is made in parts nevertheless, so
// that others are served between two of them. A byte stream carries the packet as it comes to be;
// on a WebSocket the client is told nothing until it is whole.

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

using Wire = SyndicatePeer::Wire;

class Snapshots : public ::testing::TestWithParam<std::tuple<PacketForm, Wire>> {
 protected:
  Snapshots() {
    for (int n = 1; n <= 5; ++n) publish(n);
  }
  void publish(int number) { write("<A <n " + text(number) + "> " + text(number) + ">"); }
  void retract(int number) { write("<R " + text(number) + ">"); }
  void write(std::string_view action) {
    (void)bob_.say("[[" + bobs_space_ + " " + std::string(action) + "]]");
  }
  /// The entity of that number observes records with the label. What comes of it at once.
  Packets observe(std::string_view label, int entity) {
    return observe(ann_, space_, label, entity);
  }
  static Packets observe(SyndicatePeer& peer, const std::string& at, std::string_view label,
                         int entity) {
    ask(peer, at, label, entity);
    return peer.take();
  }
  /// Likewise, and nothing of what comes of it is read.
  static void ask(SyndicatePeer& peer, const std::string& at, std::string_view label, int entity) {
    peer.send(peer.bytes_of_packet("[[" + at + " <A <Observe <group <rec " + std::string(label) +
                                   "> {0: <bind <_>>}> #:[0 " + text(entity) + "]> " +
                                   text(entity) + ">]]"));
  }
  void step() { engine_.tick(Moment(Milliseconds(++now_))); }
  Packets finish() {
    while (engine_.next_deadline()) step();
    return ann_.take();
  }
  static std::string text(int number) { return std::to_string(number); }

  Engine engine_{test::two_facts_a_part()};
  SyndicatePeer bob_{engine_, PacketForm::text};
  const PacketForm form_ = std::get<PacketForm>(GetParam());
  const Wire wire_ = std::get<Wire>(GetParam());
  SyndicatePeer ann_{engine_, form_, wire_, true, little_beside()};
  std::string bobs_space_ = bob_.resolve();
  std::string space_ = ann_.resolve();

 private:
  std::int64_t now_ = 0;
};

class HeldSnapshots : public Snapshots {};
class StreamedSnapshots : public Snapshots {};

TEST_P(Snapshots, AreToldInOneTurnWhenAllPartsAreThere) {
  EXPECT_THAT(observe("n", 9), IsEmpty());
  step();
  EXPECT_THAT(ann_.take(), IsEmpty());
  EXPECT_EQ(engine_.counters().snapshot_parts, 1u);

  const Packets told = finish();

  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(count(told[0], "[9 <A ["), 5u);
}

TEST_P(Snapshots, KeepNobodyElseWaiting) {
  SyndicatePeer carol(engine_, PacketForm::text);
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

TEST_P(Snapshots, TellWhatComesMeanwhile) {
  (void)observe("n", 9);
  publish(6);

  const Packets told = finish();

  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(count(told[0], "<A [6]"), 1u);
}

TEST_P(Snapshots, TellTheEndOfWhatWasToldBeforeInTheSameTurn) {
  write("<A <other 1> 70>");
  EXPECT_THAT(observe("other", 3), SizeIs(1));
  (void)observe("n", 9);
  write("<R 70>");

  const Packets told = finish();

  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(count(told[0], "[9 <A ["), 5u);
  EXPECT_EQ(count(told[0], "[3 <R "), 1u);
}

TEST_P(Snapshots, AreToldBeforeWhatWasSaidMeanwhileTurnByTurn) {
  (void)observe("other", 3);
  (void)observe("n", 9);
  write("<M <other 7>>");
  write("<M <other 8>>");

  const Packets told = finish();

  EXPECT_THAT(told, ElementsAre(StartsWith("[[9 <A "), "[[3 <M [7]>]]", "[[3 <M [8]>]]"));
}

TEST_P(Snapshots, AreToldBeforeASyncIsAnswered) {
  (void)observe("n", 9);
  EXPECT_THAT(ann_.say("[[" + space_ + " <S #:[0 50]>]]"), IsEmpty());

  EXPECT_THAT(finish(), ElementsAre(StartsWith("[[9 <A "), "[[50 <M #t>]]"));
}

TEST_P(HeldSnapshots, OfAnObserverThatIsGoneAreNotTold) {
  (void)observe("n", 9);

  EXPECT_THAT(ann_.say("[[" + space_ + " <R 9>]]"), IsEmpty());
  publish(6);
  EXPECT_THAT(finish(), IsEmpty());
}

TEST_P(Snapshots, OfSeveralObserversAreToldTogether) {
  (void)observe("n", 9);
  EXPECT_THAT(observe("n", 8), IsEmpty());

  const Packets told = finish();

  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(count(told[0], "[9 <A ["), 5u);
  EXPECT_EQ(count(told[0], "[8 <A ["), 5u);
}

TEST_P(HeldSnapshots, AreMadeForOneClientAfterAnother) {
  SyndicatePeer carol(engine_, form_, wire_);
  (void)observe("n", 9);
  EXPECT_THAT(observe(carol, carol.resolve(), "n", 3), IsEmpty());

  step();
  step();

  EXPECT_THAT(ann_.take(), SizeIs(1));
  EXPECT_EQ(engine_.counters().snapshot_parts, 2u);
  EXPECT_THAT(carol.take(), IsEmpty());
  (void)finish();
  EXPECT_THAT(carol.take(), SizeIs(1));
  EXPECT_EQ(engine_.counters().snapshot_parts, 4u);
}

TEST_P(HeldSnapshots, AreMadeForTheNextClientIfOneGoesAway) {
  SyndicatePeer carol(engine_, form_, wire_);
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

  EXPECT_THAT(ann_.take(), ElementsAre(HasSubstr("While a snapshot was made ready")));
  ASSERT_TRUE(ann_.conversation().ending());
  EXPECT_EQ(ann_.conversation().ending()->code, CloseCode::slow_consumer);
}

// The client could not know the reference otherwise.
TEST_P(Snapshots, TellTheEndOfWhatNamedAReferenceAfterAMessageThatNamesIt) {
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
TEST_P(Snapshots, GiveNoHandleTwice) {
  SyndicatePeer carol(engine_, PacketForm::text);
  (void)observe(carol, carol.resolve(), "other", 3);
  write("<A <other 1> 70>");
  const Packets first = observe("other", 3);
  ASSERT_THAT(first, SizeIs(1));
  const std::string handle = first[0].substr(0, first[0].find('>')).substr(11);
  (void)observe("n", 9);
  (void)ann_.say("[[" + space_ + " <R 3>]]");
  (void)observe("other", 4);

  const Packets told = finish();

  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(count(told[0], "[4 <A [1] "), 1u);
  EXPECT_EQ(count(told[0], "[4 <A [1] " + handle + ">"), 0u);
  EXPECT_EQ(count(told[0], "[3 <R " + handle + ">"), 1u);
}

TEST_P(StreamedSnapshots, AreBegunAtOnceAndGoOnWithEachPart) {
  EXPECT_THAT(observe("n", 9), IsEmpty());
  const std::size_t first = ann_.begun().size();
  EXPECT_GT(first, 0u);
  step();
  EXPECT_THAT(ann_.take(), IsEmpty());
  EXPECT_GT(ann_.begun().size(), first);
  EXPECT_EQ(ann_.conversation().outbox().waiting_bytes(), 0u);
}

TEST_P(StreamedSnapshots, TellTheEndOfWhatGoesMeanwhileInTheSameTurn) {
  (void)observe("n", 9);
  retract(1);
  retract(5);

  const Packets told = finish();

  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(count(told[0], "<A ["), 4u);
  EXPECT_EQ(count(told[0], "<A [1]"), 1u);
  EXPECT_THAT(told[0], Not(HasSubstr("[5]")));
  EXPECT_EQ(count(told[0], "<R "), 1u);
  EXPECT_GT(told[0].find("<R "), told[0].rfind("<A "));
}

TEST_P(StreamedSnapshots, OfAnObserverThatIsGoneEndInTheSameTurn) {
  (void)observe("n", 9);

  EXPECT_THAT(ann_.say("[[" + space_ + " <R 9>]]"), SizeIs(1));
  publish(6);
  EXPECT_THAT(finish(), IsEmpty());
}

TEST_P(StreamedSnapshots, WaitForAClientThatDoesNotRead) {
  ConversationLimits limits;
  limits.outbox_bytes_to_pause_snapshots = 1;
  SyndicatePeer carol(engine_, form_, wire_, true, limits);
  const std::string at = carol.resolve();
  ask(carol, at, "n", 3);
  step();
  step();
  EXPECT_EQ(engine_.counters().snapshot_parts, 0u);

  Packets told = carol.take();
  for (; told.empty() && engine_.next_deadline(); told = carol.take()) step();

  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(count(told[0], "<A ["), 5u);
}

TEST_P(StreamedSnapshots, WaitForAClientThatHasItsShareOfAllOutboxes) {
  OutboxBudget spent{.bytes_max = 0};
  ConversationLimits limits;
  limits.outboxes = &spent;
  const std::string large(OutboxBudget::assured_bytes, 'x');
  write("<A <large \"1" + large + "\"> 71>");
  write("<A <large \"2" + large + "\"> 72>");
  SyndicatePeer carol(engine_, form_, wire_, true, limits);
  const std::string at = carol.resolve();
  ask(carol, at, "large", 3);
  step();
  EXPECT_EQ(engine_.counters().snapshot_parts, 0u);

  EXPECT_THAT(carol.take(), IsEmpty());
  step();

  EXPECT_EQ(engine_.counters().snapshot_parts, 1u);
  EXPECT_THAT(carol.take(), SizeIs(1));
}

TEST_P(StreamedSnapshots, AreMadeForSeveralClientsAtOnce) {
  SyndicatePeer carol(engine_, form_, wire_);
  (void)observe("n", 9);
  (void)observe(carol, carol.resolve(), "n", 3);

  step();
  step();

  EXPECT_THAT(ann_.take(), IsEmpty());
  EXPECT_THAT(carol.take(), IsEmpty());
  EXPECT_EQ(engine_.counters().snapshot_parts, 2u);
  EXPECT_THAT(finish(), SizeIs(1));
  EXPECT_THAT(carol.take(), SizeIs(1));
}

TEST_P(StreamedSnapshots, AreToldBeforeCreditIsGiven) {
  EXPECT_THAT(ann_.say("<do <credit-flow-control 202506>>"), SizeIs(1));
  EXPECT_THAT(observe("n", 9), IsEmpty());

  EXPECT_THAT(finish(), ElementsAre(StartsWith("[[9 <A "), "<C 1>"));
}

TEST_P(StreamedSnapshots, EndWithTheConnectionIfTooMuchComesBesideThem) {
  (void)observe("other", 3);
  (void)observe("n", 9);
  write("<M <other \"" + std::string(100, 'x') + "\">>");

  EXPECT_THAT(ann_.take(), IsEmpty());
  ASSERT_TRUE(ann_.conversation().ending());
  EXPECT_EQ(ann_.conversation().ending()->code, CloseCode::slow_consumer);
  EXPECT_THAT(ann_.conversation().ending()->reason, HasSubstr("While a snapshot was made ready"));
}

std::string name_of(const ::testing::TestParamInfo<std::tuple<PacketForm, Wire>>& info) {
  const auto& [form, wire] = info.param;
  return std::string(form == PacketForm::text ? "text" : "binary") +
         (wire == Wire::stream ? "_on_a_stream" : "_in_messages");
}

constexpr auto forms = {PacketForm::text, PacketForm::binary};
INSTANTIATE_TEST_SUITE_P(All, Snapshots,
                         ::testing::Combine(::testing::ValuesIn(forms),
                                            ::testing::Values(Wire::stream, Wire::websocket)),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Messages, HeldSnapshots,
                         ::testing::Combine(::testing::ValuesIn(forms),
                                            ::testing::Values(Wire::websocket)),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Streams, StreamedSnapshots,
                         ::testing::Combine(::testing::ValuesIn(forms),
                                            ::testing::Values(Wire::stream)),
                         name_of);

}  // namespace
}  // namespace avow::server
