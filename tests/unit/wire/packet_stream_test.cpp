#include "avow/wire/packet_stream.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "avow/model/builder.hpp"
#include "avow/wire/packet_encoding.hpp"
#include "tests/support/random_values.hpp"
#include "tests/support/scrambled.hpp"
#include "tests/support/vectors.hpp"

namespace avow::wire {
namespace {

using test::from_hex;
using test::Random;
using test::to_hex;

/// What came out of a stream: the packets as text, and the code of the error that ended it.
struct Read {
  std::vector<std::string> packets;
  std::string error;
};

void read_piece(PacketStream& stream, ByteView piece, Read& read) {
  while (read.error.empty()) {
    const Result<std::optional<Packet>> next = stream.next(piece);
    if (!next.has_value()) {
      read.error = next.error().code;
    } else if (next.value()) {
      read.packets.push_back(packet_to_text(**next));
    } else {
      return;
    }
  }
}

Read read_in_pieces(ByteView bytes, std::size_t piece, const PacketLimits& limits = {}) {
  PacketStream stream(limits);
  Read read;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    read_piece(stream, bytes.subspan(at, std::min(piece, bytes.size() - at)), read);
  }
  return read;
}

Read read_whole(ByteView bytes, const PacketLimits& limits = {}) {
  return read_in_pieces(bytes, std::max<std::size_t>(bytes.size(), 1), limits);
}

Packet random_packet(Random& random) {
  if (random.chance(1, 6)) return Nop();
  if (random.chance(1, 6)) return Extension{record("note", random_value(random))};
  if (random.chance(1, 6)) return ErrorPacket{"It is over.", random_value(random)};
  Turn turn;
  for (std::size_t left = random.below(4); left > 0; --left) {
    turn.events.push_back({.target = static_cast<std::int64_t>(random.below(5)),
                           .kind = EventKind::publish,
                           .handle = static_cast<std::int64_t>(random.bits()),
                           .body = random_value(random)});
  }
  return turn;
}

TEST(PacketStream, GivesOnePacketAfterAnotherHoweverTheyAreCut) {
  Random random(test::test_seed());
  for (int i = 0; i < 100; ++i) {
    Bytes binary;
    std::string text;
    std::vector<std::string> expected;
    for (std::size_t left = 1 + random.below(5); left > 0; --left) {
      const Packet packet = random_packet(random);
      expected.push_back(packet_to_text(packet));
      const Value value = packet_to_value(packet);
      append(binary, i % 2 == 0 ? Bytes(value.bytes().begin(), value.bytes().end())
                                : test::scrambled(random, value));
      text += expected.back() + "\n";
    }

    for (const std::size_t piece : {std::size_t{1}, 1 + random.below(20), binary.size()}) {
      const Read from_binary = read_in_pieces(binary, piece);
      const Read from_text = read_in_pieces(bytes_of(text), piece);

      ASSERT_EQ(from_binary.error + from_text.error, "");
      ASSERT_EQ(from_binary.packets, expected) << to_hex(binary) << " by " << piece;
      ASSERT_EQ(from_text.packets, expected) << text << " by " << piece;
    }
  }
}

/// A turn of messages, most of which are plain.
Bytes turn_of_messages(Random& random, std::size_t count) {
  Bytes turn;
  append_turn_begin(turn);
  for (std::size_t left = count; left > 0; --left) {
    const Event event{
        .target = 1, .kind = EventKind::message, .handle = {}, .body = random_value(random)};
    if (random.chance(1, 8)) {
      Bytes whole;
      append_event(whole, event);
      append(turn, test::scrambled(random, Value::from_canonical(whole)));
    } else {
      append_event(turn, event);
    }
  }
  append_turn_end(turn);
  return turn;
}

Read read_in_two(ByteView bytes, std::size_t cut) {
  PacketStream stream;
  Read read;
  read_piece(stream, bytes.first(cut), read);
  if (read.error.empty()) read_piece(stream, bytes.subspan(cut), read);
  return read;
}

TEST(PacketStream, ATurnReadsAsTheSameWhereverItIsCut) {
  Random random(test::test_seed());
  for (int i = 0; i < 8; ++i) {
    Bytes turns = turn_of_messages(random, 1 + random.below(6));
    append(turns, turn_of_messages(random, random.below(3)));
    const Read whole = read_whole(turns);
    ASSERT_EQ(whole.packets.size(), 2U) << whole.error;

    for (std::size_t cut = 0; cut <= turns.size(); ++cut) {
      const Read read = read_in_two(turns, cut);

      ASSERT_EQ(read.error, "") << to_hex(turns) << " cut at " << cut;
      ASSERT_EQ(read.packets, whole.packets) << to_hex(turns) << " cut at " << cut;
    }
  }
}

TEST(PacketStream, ABrokenTurnIsRefusedForTheSameReasonWhereverItIsCut) {
  Random random(test::test_seed());
  for (int i = 0; i < 50; ++i) {
    Bytes turn = turn_of_messages(random, 1 + random.below(3));
    turn[random.below(turn.size())] = static_cast<std::uint8_t>(random.bits());
    append(turn, from_hex("80"));
    const Read whole = read_whole(turn);

    for (std::size_t cut = 0; cut <= turn.size(); ++cut) {
      const Read read = read_in_two(turn, cut);

      ASSERT_EQ(read.error, whole.error) << to_hex(turn) << " cut at " << cut;
      ASSERT_EQ(read.packets, whole.packets) << to_hex(turn) << " cut at " << cut;
    }
  }
}

TEST(PacketStream, ALargeTurnReadsAsTheSameInSmallPieces) {
  Random random(test::test_seed());
  const Bytes turn = turn_of_messages(random, 4'000);
  ASSERT_GT(turn.size(), std::size_t{64} << 10);

  const Read read = read_in_pieces(turn, 1'000);

  EXPECT_EQ(read.error, "");
  EXPECT_EQ(read.packets, read_whole(turn).packets);
}

TEST(PacketStream, WhatIsWrongWithAnEntryIsFoundBeforeItIsWhole) {
  const Bytes begun = from_hex("b5b5b00101b4b3014d808484b5b00101b4b3014d");
  PacketLimits limits;
  limits.bytes_max = begun.size() + 10;
  for (const std::size_t piece : {std::size_t{1}, std::size_t{11}, begun.size() + 10}) {
    const auto error_after = [&](std::string_view hex) {
      Bytes bytes = begun;
      append(bytes, from_hex(hex));
      return read_in_pieces(bytes, piece, limits).error;
    };

    EXPECT_EQ(error_after("b108"), "") << piece;
    EXPECT_EQ(error_after("b109"), "limit") << piece;
    EXPECT_EQ(error_after("82"), "bad-binary") << piece;
    EXPECT_EQ(error_after("848484"), "bad-packet") << piece;
  }
}

TEST(PacketStream, ATurnThatIsCutMayHoldNoMoreEventsThanTheLimit) {
  Random random(test::test_seed());
  PacketLimits limits;
  limits.events_max = 3;

  for (const std::size_t piece : {1, 5, 20}) {
    EXPECT_EQ(read_in_pieces(turn_of_messages(random, 3), piece, limits).error, "") << piece;
    EXPECT_EQ(read_in_pieces(turn_of_messages(random, 4), piece, limits).error, "limit") << piece;
  }
}

TEST(PacketStream, TheFirstByteTellsTheEncoding) {
  PacketStream binary;
  PacketStream text;
  Read read;
  EXPECT_FALSE(binary.encoding().has_value());

  read_piece(binary, from_hex("80"), read);
  read_piece(text, bytes_of("\n#f\n"), read);

  EXPECT_EQ(binary.encoding(), PacketStream::Encoding::binary);
  EXPECT_EQ(text.encoding(), PacketStream::Encoding::text);
  EXPECT_EQ(read.packets, (std::vector<std::string>{"#f", "#f"}));
}

TEST(PacketStream, TheEncodingDoesNotChangeLater) {
  EXPECT_EQ(read_whole(from_hex("8020")).error, "bad-binary");
  EXPECT_EQ(read_whole(from_hex("23660a80")).error, "");
  EXPECT_EQ(read_whole(from_hex("23660a800a")).error, "bad-text");
}

TEST(PacketStream, KnowsWhetherAPacketHasBegun) {
  for (const std::string_view whole : {std::string_view("\xb5\x84"), std::string_view("[]")}) {
    PacketStream stream;
    Read read;
    EXPECT_FALSE(stream.in_packet());

    read_piece(stream, bytes_of(whole.substr(0, 1)), read);
    EXPECT_TRUE(stream.in_packet());

    read_piece(stream, bytes_of(whole.substr(1)), read);
    EXPECT_FALSE(stream.in_packet());
    EXPECT_EQ(read.packets.size(), 1U);
  }
}

TEST(PacketStream, WhiteSpaceBetweenTextPacketsIsNoPacketAndNeverTooMuch) {
  PacketLimits limits;
  limits.bytes_max = 8;
  PacketStream stream(limits);
  Read read;

  for (int i = 0; i < 100; ++i) read_piece(stream, bytes_of(" \r\n\t"), read);
  EXPECT_FALSE(stream.in_packet());
  read_piece(stream, bytes_of("[]\n"), read);

  EXPECT_EQ(read.packets, std::vector<std::string>{"[]"});
  EXPECT_EQ(read.error, "");
}

TEST(PacketStream, ACommentBetweenPacketsIsNoBegunPacket) {
  PacketStream stream;
  Read read;

  read_piece(stream, bytes_of("# hel"), read);
  EXPECT_TRUE(stream.in_packet()) << "its line is not whole";
  read_piece(stream, bytes_of("lo\n"), read);
  EXPECT_FALSE(stream.in_packet());
  read_piece(stream, bytes_of("[]"), read);

  EXPECT_EQ(read.packets, std::vector<std::string>{"[]"});
}

TEST(PacketStream, AWordEndsWithWhatFollowsIt) {
  PacketStream stream;
  Read read;

  read_piece(stream, bytes_of("#f"), read);
  EXPECT_TRUE(read.packets.empty()) << "more of the word may come";
  read_piece(stream, bytes_of("\n"), read);

  EXPECT_EQ(read.packets, std::vector<std::string>{"#f"});
}

TEST(PacketStream, APacketOverTheLimitIsRefusedWhileItComes) {
  PacketLimits limits;
  limits.bytes_max = 16;
  const Bytes fits = from_hex(
      "b4b10a303132333435363738398080"
      "84");
  ASSERT_EQ(fits.size(), limits.bytes_max);

  EXPECT_EQ(read_whole(fits, limits).packets.size(), 1U);
  EXPECT_EQ(read_whole(from_hex("b4b10f"), limits).error, "limit") << "as it is announced";
  EXPECT_EQ(read_in_pieces(bytes_of("[\"0123456789012"), 1, limits).error, "");
  EXPECT_EQ(read_in_pieces(bytes_of("[\"01234567890123456"), 1, limits).error, "limit");
  EXPECT_EQ(read_in_pieces(bytes_of("# 01234567890123456"), 1, limits).error, "limit")
      << "a comment belongs to what follows";
}

TEST(PacketStream, ATurnOverTheLimitIsRefusedThoughItIsThereAsAWhole) {
  PacketLimits limits;
  limits.bytes_max = 16;
  Bytes turn;
  append_packet(turn, Turn{{{.target = 1,
                             .kind = EventKind::message,
                             .handle = {},
                             .body = Value::string("longer")}}});
  ASSERT_GT(turn.size(), limits.bytes_max);

  EXPECT_EQ(read_whole(turn, limits).error, "limit");
  EXPECT_EQ(read_in_pieces(turn, 1, limits).error, "limit");
}

TEST(PacketStream, PacketsBeforeABrokenOneAreGiven) {
  const Read binary = read_whole(from_hex("80b584b582"));
  const Read text = read_whole(bytes_of("#f [] [} []"));

  EXPECT_EQ(binary.packets, (std::vector<std::string>{"#f", "[]"}));
  EXPECT_EQ(binary.error, "bad-binary");
  EXPECT_EQ(text.packets, (std::vector<std::string>{"#f", "[]"}));
  EXPECT_EQ(text.error, "bad-text");
}

TEST(PacketStream, AValueThatIsNoPacketIsRefused) {
  EXPECT_EQ(read_whole(from_hex("81")).error, "bad-packet");
  EXPECT_EQ(read_whole(bytes_of("{}\n")).error, "bad-packet");
}

}  // namespace
}  // namespace avow::wire
