#include <chrono>
#include <deque>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/session/syndicate_peer.hpp"

namespace avow::server {
namespace {

using test::SyndicatePeer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Wire = SyndicatePeer::Wire;

struct SyndicateConversations : ::testing::Test {
  Engine engine{EngineOptions{}};
};

TEST_F(SyndicateConversations, TheFirstByteOfAStreamTellsTheFormAndTheAnswerUsesIt) {
  SyndicatePeer text(engine, PacketForm::text);
  SyndicatePeer binary(engine, PacketForm::binary);

  text.send(text.bytes_of_packet("[[0 <S #:[0 7]>]]"));
  binary.send(binary.bytes_of_packet("[[0 <S #:[0 7]>]]"));

  EXPECT_EQ(text_of(text.take_bytes()), "[[7 <M #t>]]\n");
  EXPECT_EQ(binary.take_bytes(), binary.bytes_of_packet("[[7 <M #t>]]"));
}

TEST_F(SyndicateConversations, BothFormsSeeTheSameFacts) {
  SyndicatePeer text(engine, PacketForm::text);
  SyndicatePeer binary(engine, PacketForm::binary, Wire::websocket);
  const std::string oid = text.resolve();
  const std::string other = binary.resolve();
  binary.say("[[" + other + " <A <Observe <group <rec n> {0: <bind <_>>}> #:[0 9]> 1>]]");

  text.say("[[" + oid + " <A <n \"x\"> 1>]]");

  const std::vector<std::string> told = binary.take();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(told[0], HasSubstr("[9 <A [\"x\"] "));
}

TEST_F(SyndicateConversations, AStreamMayBeCutAnywhere) {
  for (const PacketForm form : {PacketForm::text, PacketForm::binary}) {
    SyndicatePeer peer(engine, form);
    const Bytes packet = peer.bytes_of_packet("[[0 <S #:[0 7]>]]");

    for (const std::uint8_t& byte : packet) peer.send({&byte, 1});

    EXPECT_THAT(peer.take(), ElementsAre("[[7 <M #t>]]"));
  }
}

TEST_F(SyndicateConversations, AStreamIsLeftBetweenTwoPacketsWhileOthersHaveTheirTurn) {
  for (const PacketForm form : {PacketForm::text, PacketForm::binary}) {
    SyndicatePeer peer(engine, form);
    Bytes all;
    for (int i = 0; i < 100; ++i) append(all, peer.bytes_of_packet("[[0 <S #:[0 7]>]]"));
    peer.be_one_of_many();

    std::size_t synced = 0;
    std::size_t calls = 0;
    for (ByteView rest = all; !rest.empty(); ++calls) {
      const std::size_t taken = peer.send(rest);
      const std::size_t answers = peer.take().size();
      EXPECT_LT(answers, 60U);
      synced += answers;
      rest = rest.subspan(taken);
    }

    EXPECT_EQ(synced, 100U);
    EXPECT_GT(calls, 1U);
  }
}

TEST_F(SyndicateConversations, WhoIsToldTheSameSharesThePacket) {
  for (const PacketForm form : {PacketForm::text, PacketForm::binary}) {
    SyndicatePeer ann(engine, form);
    std::deque<SyndicatePeer> others;
    const std::string large(Outbox::shared_packet_bytes_min, 'x');
    // The entities of the first two have the same number, and that of the third another one.
    for (const char* const entity : {"9", "9", "8"}) {
      SyndicatePeer& other = others.emplace_back(engine, form);
      other.say("[[" + other.resolve() + " <A <Observe <group <rec n> {0: <bind <_>>}> #:[0 " +
                entity + "]> 1>]]");
    }

    ann.say("[[" + ann.resolve() + " <A <n \"" + large + "\"> 1>]]");

    std::vector<Block> told;
    for (SyndicatePeer& other : others) {
      const auto frame = other.conversation().outbox().take(1 << 20);
      ASSERT_EQ(frame->blocks.size(), 1U);
      told.push_back(frame->blocks.front());
    }
    EXPECT_EQ(told[0], told[1]);
    EXPECT_NE(told[0], told[2]);
    EXPECT_EQ(told[0]->size(), told[2]->size());
    EXPECT_NE(*told[0], *told[2]);
  }
}

TEST_F(SyndicateConversations, WhatCannotBeReadEndsTheSessionWithAReason) {
  SyndicatePeer peer(engine, PacketForm::text);

  const std::vector<std::string> said = peer.say("[[0 <A ; 2>]]");

  ASSERT_EQ(said.size(), 1U);
  EXPECT_THAT(said[0], HasSubstr("<error \""));
  EXPECT_TRUE(peer.conversation().ending());
  EXPECT_FALSE(peer.conversation().wants_input());
  EXPECT_EQ(engine.session_count(), 0U);
}

TEST_F(SyndicateConversations, JsonIsAnsweredByNamingItsSubprotocol) {
  SyndicatePeer one(engine, PacketForm::text, Wire::websocket);
  SyndicatePeer array(engine, PacketForm::text, Wire::websocket);

  one.say(R"({"publish": "<x 1>", "id": 1})");
  array.say(R"([{"publish": "<x 1>", "id": 1}])");

  EXPECT_THAT(one.conversation().ending()->reason, HasSubstr("avow.json.v1"));
  EXPECT_THAT(array.conversation().ending()->reason, HasSubstr("avow.json.v1"));
}

TEST_F(SyndicateConversations, ABreachOfTheRulesIsNamedAfterWhatWasToldBefore) {
  SyndicatePeer peer(engine, PacketForm::text);
  const std::string oid = peer.resolve();
  Bytes both = peer.bytes_of_packet("[[0 <S #:[0 7]>]]");
  append(both, peer.bytes_of_packet("[[" + oid + " <A 1 5>] [" + oid + " <A 2 5>]]"));

  peer.send(both);

  EXPECT_THAT(peer.take(), ElementsAre("[[7 <M #t>]]", HasSubstr("handle-in-use")));
  EXPECT_TRUE(peer.conversation().ending());
}

TEST_F(SyndicateConversations, CreditIsGivenForTurnsOnceItIsAgreedOn) {
  SyndicatePeer peer(engine, PacketForm::text);
  EXPECT_THAT(peer.say("[]"), IsEmpty());

  EXPECT_THAT(peer.say("<do <credit-flow-control 202506>>"),
              ElementsAre("<will <credit-flow-control 202506>>"));
  EXPECT_THAT(peer.say("[]"), ElementsAre("<C 1>"));
}

TEST_F(SyndicateConversations, UnknownExtensionsAndNopsAreIgnored) {
  SyndicatePeer peer(engine, PacketForm::text);

  EXPECT_THAT(peer.say("<nobody knows this>"), IsEmpty());
  EXPECT_THAT(peer.say("#f"), IsEmpty());
  EXPECT_FALSE(peer.conversation().ending());
}

TEST_F(SyndicateConversations, AFirstPacketIsDueSoonFromAfarAndLaterFromHere) {
  const ConversationLimits limits;
  SyndicatePeer here(engine, PacketForm::text, Wire::stream, true);
  SyndicatePeer afar(engine, PacketForm::text, Wire::stream, false);

  EXPECT_EQ(here.conversation().deadline(), Moment{} + limits.first_packet_time_max_local);
  EXPECT_EQ(afar.conversation().deadline(), Moment{} + limits.first_packet_time_max);

  afar.conversation().on_time(Moment{} + limits.first_packet_time_max);
  EXPECT_TRUE(afar.conversation().ending());
}

TEST_F(SyndicateConversations, AQuietSessionHasNoDeadline) {
  SyndicatePeer peer(engine, PacketForm::text, Wire::stream, false);

  peer.say("#f");

  EXPECT_FALSE(peer.conversation().deadline());
}

TEST_F(SyndicateConversations, ABegunPacketMustEndInTime) {
  const ConversationLimits limits;
  SyndicatePeer peer(engine, PacketForm::text);
  const Moment begun = Moment{} + std::chrono::minutes(1);

  peer.send(bytes_of("[[0 "), begun);
  ASSERT_EQ(peer.conversation().deadline(), begun + limits.packet_time_max);
  peer.send(bytes_of("<S "), begun + std::chrono::seconds(9));
  EXPECT_EQ(peer.conversation().deadline(), begun + limits.packet_time_max) << "a trickle";
  peer.conversation().on_time(begun + limits.packet_time_max);

  EXPECT_TRUE(peer.conversation().ending());
}

TEST_F(SyndicateConversations, AClientThatDoesNotReadIsEndedAndOthersAreNot) {
  ConversationLimits limits;
  limits.outbox_bytes_max = 1'000;
  SyndicatePeer lazy(engine, PacketForm::binary, Wire::stream, true, limits);
  SyndicatePeer other(engine, PacketForm::text);
  lazy.say("[[" + lazy.resolve() + " <A <Observe <bind <_>> #:[0 9]> 1>]]");
  const std::string oid = other.resolve();

  for (int i = 0; i < 10; ++i) other.say("[[" + oid + " <M \"" + std::string(300, 'x') + "\">]]");

  ASSERT_TRUE(lazy.conversation().ending());
  EXPECT_EQ(lazy.conversation().ending()->code, CloseCode::slow_consumer);
  EXPECT_FALSE(other.conversation().ending());
  EXPECT_EQ(engine.session_count(), 1U);
  EXPECT_EQ(engine.spaces().at(0).facts, 0U) << "its interest has gone";
}

TEST_F(SyndicateConversations, AClientThatAsksFasterThanItReadsIsNotReadMeanwhile) {
  ConversationLimits limits;
  limits.outbox_bytes_to_pause_reading = 100;
  SyndicatePeer peer(engine, PacketForm::text, Wire::stream, true, limits);
  const Bytes question = peer.bytes_of_packet("[[0 <S #:[0 7]>]]");

  for (int i = 0; i < 20; ++i) peer.send(question);
  EXPECT_FALSE(peer.conversation().wants_input());

  EXPECT_EQ(peer.take().size(), 20U);
  EXPECT_TRUE(peer.conversation().wants_input());
}

TEST_F(SyndicateConversations, AnErrorOfTheClientsEndsItsSession) {
  SyndicatePeer peer(engine, PacketForm::text);

  peer.say("<error \"I give up\" #f>");

  EXPECT_TRUE(peer.conversation().ending());
  EXPECT_EQ(engine.session_count(), 0U);
}

TEST_F(SyndicateConversations, ADepartureTakesItsFactsWithItsCause) {
  SyndicatePeer watcher(engine, PacketForm::text);
  watcher.say("[[" + watcher.resolve() + " <A <Observe <bind <_>> #:[0 9]> 1>]]");
  {
    SyndicatePeer peer(engine, PacketForm::text);
    peer.say("[[" + peer.resolve() + " <A <n 1> 1>]]");
    EXPECT_EQ(watcher.take().size(), 1U);
    peer.leave(Departure::lost);
  }

  EXPECT_THAT(watcher.take(), ElementsAre(HasSubstr("[9 <R ")));
}

TEST_F(SyndicateConversations, AShutdownIsSaid) {
  SyndicatePeer peer(engine, PacketForm::text);

  peer.conversation().shut_down();

  ASSERT_TRUE(peer.conversation().ending());
  EXPECT_EQ(peer.conversation().ending()->code, CloseCode::going_away);
}

TEST_F(SyndicateConversations, ARefusedTurnCannotBeToldOtherwiseThanByTheEnd) {
  EngineOptions options;
  options.limits.session_facts_max = 1;
  Engine small(options);
  SyndicatePeer peer(small, PacketForm::text);

  peer.resolve();
  const std::vector<std::string> said = peer.say("[[0 <A 1 5>]]");

  EXPECT_THAT(said, ElementsAre(HasSubstr("quota")));
  EXPECT_TRUE(peer.conversation().ending());
}

}  // namespace
}  // namespace avow::server
