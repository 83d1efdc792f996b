#include "avow/wire/packet.hpp"

#include <gtest/gtest.h>

#include "avow/model/builder.hpp"
#include "avow/wire/packet_encoding.hpp"
#include "avow/wire/packet_reading.hpp"
#include "avow/wire/preserves.hpp"
#include "tests/support/random_values.hpp"
#include "tests/support/scrambled.hpp"
#include "tests/support/vectors.hpp"

namespace avow::wire {
namespace {

using test::from_hex;
using test::Random;
using test::to_hex;

Value nested(std::size_t depth) {
  Builder builder;
  for (std::size_t i = 0; i < depth; ++i) builder.begin_sequence();
  for (std::size_t i = 0; i < depth; ++i) builder.end();
  return builder.finish().value();
}

Event message(Value body) {
  return {.target = 3, .kind = EventKind::message, .handle = {}, .body = std::move(body)};
}

Bytes encoded(const Packet& packet) {
  Bytes bytes;
  append_packet(bytes, packet);
  return bytes;
}

std::string outcome(ByteView binary, const PacketLimits& limits = {}) {
  const Result<Packet> packet = decode_packet(binary, limits);
  return packet.has_value() ? "packet" : packet.error().code;
}

// The value as it is, in an event that is not plain: it has one field more than it needs.
Bytes unusual(const Event& event) {
  Bytes bytes;
  append_turn_begin(bytes);
  append_entry_begin(bytes, event.target);
  append_action(bytes, event.kind, event.body, event.handle);
  bytes.push_back(tag::true_);
  append_entry_end(bytes);
  append_turn_end(bytes);
  return bytes;
}

Number random_number(Random& random) {
  if (random.chance(1, 4)) return Number(Value::integer(random.bits() | std::uint64_t{1} << 63));
  return Number(static_cast<std::int64_t>(random.bits()) >> random.below(64));
}

Event random_event(Random& random) {
  Event event{.target = random_number(random),
              .kind = static_cast<EventKind>(random.below(4)),
              .handle = {},
              .body = {}};
  if (event.kind == EventKind::sync) {
    event.body =
        wire_reference_to_value({.owner = {}, .oid = random_number(random), .caveats = {}});
  } else if (event.kind != EventKind::retract) {
    event.body = random_value(random);
  }
  if (event.kind == EventKind::publish || event.kind == EventKind::retract) {
    event.handle = random_number(random);
  }
  return event;
}

void expect_equal(const Turn& read, const Turn& written) {
  ASSERT_EQ(read.events.size(), written.events.size());
  for (std::size_t i = 0; i < read.events.size(); ++i) {
    EXPECT_EQ(read.events[i].target, written.events[i].target);
    EXPECT_EQ(read.events[i].kind, written.events[i].kind);
    EXPECT_EQ(read.events[i].handle, written.events[i].handle);
    EXPECT_EQ(read.events[i].body, written.events[i].body);
    EXPECT_EQ(read.events[i].body.holds_references(), written.events[i].body.holds_references());
  }
}

TEST(Packet, ATurnIsReadAsItWasWrittenInPlaceAndAsOneValue) {
  Random random(test::test_seed());
  for (int i = 0; i < 1'000; ++i) {
    Turn turn;
    for (std::size_t left = random.below(5); left > 0; --left) {
      turn.events.push_back(random_event(random));
    }
    const Value whole = packet_to_value(turn);

    const std::optional<TurnPrefix> in_place = read_plain_turn(whole.bytes(), {});
    const Result<Packet> as_value = packet_from_value(whole);
    const Result<Packet> otherwise_written = decode_packet(test::scrambled(random, whole));

    ASSERT_TRUE(in_place && in_place->consumed == whole.bytes().size());
    expect_equal(in_place->turn, turn);
    ASSERT_TRUE(as_value.has_value()) << as_value.error().detail;
    expect_equal(std::get<Turn>(as_value.value()), turn);
    ASSERT_TRUE(otherwise_written.has_value()) << otherwise_written.error().detail;
    expect_equal(std::get<Turn>(otherwise_written.value()), turn);
  }
}

TEST(Packet, ABodyThatIsNotSortedDoesNotKeepATurnFromBeingReadInPlace) {
  const Bytes binary = from_hex(
      "b5b5b000b4b3014db6b00103b001018484"
      "8484");

  const std::optional<TurnPrefix> in_place = read_plain_turn(binary, {});

  ASSERT_TRUE(in_place.has_value());
  EXPECT_EQ(to_hex(in_place->turn.events.at(0).body.bytes()), "b6b00101b0010384");
}

TEST(Packet, WhatFollowsATurnIsNotAPartOfIt) {
  Bytes binary = encoded(Turn{{message(Value::string("x"))}});
  const std::size_t size = binary.size();
  append(binary, from_hex("b584"));

  const std::optional<TurnPrefix> in_place = read_plain_turn(binary, {});

  ASSERT_TRUE(in_place.has_value());
  EXPECT_EQ(in_place->consumed, size);
  EXPECT_EQ(outcome(binary), "bad-binary");
}

TEST(Packet, ACutTurnIsNoPacket) {
  const Bytes binary = encoded(Turn{{message(record("a", 1, "x")), message(record("b"))}});
  for (std::size_t size = 0; size < binary.size(); ++size) {
    EXPECT_EQ(outcome(ByteView(binary).first(size)), "bad-binary") << size;
  }
}

TEST(Packet, ABodyMayBeAsDeepAsAnyValueWhereverItStands) {
  const std::size_t depth = ValueLimits{}.depth_max;
  const Event deepest = message(nested(depth));
  const Event too_deep = message(nested(depth + 1));

  EXPECT_EQ(outcome(encoded(Turn{{deepest}})), "packet");
  EXPECT_EQ(outcome(unusual(deepest)), "packet");
  EXPECT_EQ(outcome(encoded(Turn{{too_deep}})), "limit");
  EXPECT_EQ(outcome(unusual(too_deep)), "limit");
}

TEST(Packet, EachBodyHasTheNodesOfAValueForItself) {
  PacketLimits limits;
  limits.value.nodes_max = 4;
  const Event three = message(sequence(1, 2, 3));
  const Event four = message(sequence(1, 2, 3, 4));

  EXPECT_EQ(outcome(encoded(Turn{{three, three, three}}), limits), "packet");
  EXPECT_EQ(outcome(unusual(three), limits), "packet");
  EXPECT_EQ(outcome(encoded(Turn{{three, four}}), limits), "limit");
  EXPECT_EQ(outcome(unusual(four), limits), "limit");
}

TEST(Packet, ATurnMayHoldAsManyEventsAsAllowed) {
  PacketLimits limits;
  limits.events_max = 2;
  const Event one = message(Value::boolean(true));

  EXPECT_EQ(outcome(encoded(Turn{{one, one}}), limits), "packet");
  EXPECT_EQ(outcome(encoded(Turn{{one, one, one}}), limits), "limit");
}

TEST(Packet, APacketOverItsLengthIsRefusedUnread) {
  PacketLimits limits;
  limits.bytes_max = 4;

  EXPECT_EQ(outcome(from_hex("b20280ff"), limits), "bad-packet");
  EXPECT_EQ(outcome(from_hex("ffffffffff"), limits), "limit");
}

TEST(Packet, AnErrorNeedsATextAndADetailToBeOne) {
  EXPECT_TRUE(std::holds_alternative<ErrorPacket>(
      packet_from_value(record("error", "text", 1, 2)).value()));
  for (const Value& extension : {record("error", "text"), record("error", 1, 2), record("error"),
                                 record("Error", "text", 1)}) {
    EXPECT_TRUE(std::holds_alternative<Extension>(packet_from_value(extension).value()));
  }
}

TEST(Packet, NumbersOfAnySizeKeepTheirValue) {
  const Value big = Value::integer(std::uint64_t{1} << 63);

  EXPECT_EQ(Number(big).small(), std::nullopt);
  EXPECT_EQ(Number(big).to_value(), big);
  EXPECT_EQ(Number(Value::integer(std::int64_t{-5})), Number(-5));
  EXPECT_NE(Number(big), Number(0));
}

}  // namespace
}  // namespace avow::wire
