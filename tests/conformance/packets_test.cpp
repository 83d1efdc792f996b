#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"
#include "avow/wire/packet.hpp"
#include "avow/wire/packet_encoding.hpp"
#include "tests/support/vectors.hpp"

// Packets against examples that other programs made, in both encodings.

namespace avow::wire {
namespace {

namespace json = boost::json;
using test::read_vectors;
using test::to_hex;
using test::VectorCase;

Result<Packet> packet_from_text(std::string_view text) {
  AVOW_TRY(const Value value, parse_text(text));
  return packet_from_value(value);
}

Value value_of(const json::object& meaning, std::string_view field) {
  return parse_text(json::value_to<std::string>(meaning.at(field))).value();
}

// Integers beyond 64 bits stand as strings.
Number number_of(const json::value& number) {
  if (number.is_string()) return Number(parse_text(json::value_to<std::string>(number)).value());
  return Number(number.to_number<std::int64_t>());
}

Event event_of(const json::object& meaning) {
  const auto kind = json::value_to<std::string>(meaning.at("event"));
  Event event{.target = number_of(meaning.at("oid")), .kind = {}, .handle = {}, .body = {}};
  if (kind == "assert") {
    event.kind = EventKind::publish;
    event.body = value_of(meaning, "assertion");
  } else if (kind == "retract") {
    event.kind = EventKind::retract;
  } else if (kind == "message") {
    event.kind = EventKind::message;
    event.body = value_of(meaning, "body");
  } else {
    event.kind = EventKind::sync;
    event.body = value_of(meaning, "peer");
  }
  if (meaning.contains("handle")) event.handle = number_of(meaning.at("handle"));
  return event;
}

void expect_turn(const Packet& packet, const json::object& meaning, const std::string& name) {
  const auto* const turn = std::get_if<Turn>(&packet);
  ASSERT_NE(turn, nullptr) << name;
  const json::array& events = meaning.at("events").as_array();
  ASSERT_EQ(turn->events.size(), events.size()) << name;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event expected = event_of(events[i].as_object());
    EXPECT_EQ(turn->events[i].target, expected.target) << name;
    EXPECT_EQ(turn->events[i].kind, expected.kind) << name;
    EXPECT_EQ(turn->events[i].handle, expected.handle) << name;
    EXPECT_EQ(to_text(turn->events[i].body), to_text(expected.body)) << name;
  }
}

void expect_extension(const Packet& packet, const json::object& meaning, const std::string& name) {
  const auto* const extension = std::get_if<Extension>(&packet);
  ASSERT_NE(extension, nullptr) << name;
  Builder expected;
  expected.begin_record().value(value_of(meaning, "label"));
  for (const json::value& field : meaning.at("fields").as_array()) {
    expected.value(parse_text(json::value_to<std::string>(field)).value());
  }
  EXPECT_EQ(extension->value, expected.end().finish().value()) << name;
}

void expect_meaning(const Packet& packet, const json::object& meaning, const std::string& name) {
  const auto kind = json::value_to<std::string>(meaning.at("kind"));
  if (kind == "turn") {
    expect_turn(packet, meaning, name);
  } else if (kind == "extension") {
    expect_extension(packet, meaning, name);
  } else if (kind == "nop") {
    EXPECT_TRUE(std::holds_alternative<Nop>(packet)) << name;
  } else {
    ASSERT_EQ(kind, "error") << name;
    const auto* const error = std::get_if<ErrorPacket>(&packet);
    ASSERT_NE(error, nullptr) << name;
    EXPECT_EQ(error->message, json::value_to<std::string>(meaning.at("message"))) << name;
    EXPECT_EQ(error->detail, value_of(meaning, "detail")) << name;
  }
}

std::vector<VectorCase> packets(bool about_references) {
  std::vector<VectorCase> chosen;
  for (const VectorCase& one : read_vectors("packets.json")) {
    if ((one.group() == "references") == about_references) chosen.push_back(one);
  }
  return chosen;
}

TEST(PacketConformance, APacketMeansTheSameInBothEncodings) {
  for (const VectorCase& one : packets(false)) {
    if (!one.boolean("valid")) continue;
    const json::object& meaning = one.json().at("meaning").as_object();

    const Result<Packet> binary = decode_packet(one.bytes("binary"));
    const Result<Packet> text = packet_from_text(one.text("text"));

    ASSERT_TRUE(binary.has_value()) << one.name() << ": " << binary.error().detail;
    ASSERT_TRUE(text.has_value()) << one.name() << ": " << text.error().detail;
    expect_meaning(binary.value(), meaning, one.name() + ", binary");
    expect_meaning(text.value(), meaning, one.name() + ", text");
  }
}

TEST(PacketConformance, WhatIsNoPacketIsRefusedInBothEncodings) {
  for (const VectorCase& one : packets(false)) {
    if (one.boolean("valid")) continue;
    EXPECT_FALSE(decode_packet(one.bytes("binary")).has_value()) << one.name();
    EXPECT_FALSE(packet_from_text(one.text("text")).has_value()) << one.name();
  }
}

TEST(PacketConformance, APacketWithoutExtraFieldsIsWrittenAsItCame) {
  for (const VectorCase& one : packets(false)) {
    if (!one.boolean("valid") || one.group() == "extra-fields") continue;
    const Result<Packet> packet = decode_packet(one.bytes("binary"));
    ASSERT_TRUE(packet.has_value()) << one.name();

    EXPECT_EQ(to_hex(packet_to_value(packet.value()).bytes()), one.text("binary")) << one.name();
    EXPECT_EQ(packet_to_value(packet.value()), parse_text(packet_to_text(*packet)).value());
  }
}

// The value that the only event of the packet asserts is <x reference>.
Value reference_in(const VectorCase& one) {
  const Result<Packet> packet = decode_packet(one.bytes("binary"));
  return Value(*std::get<Turn>(packet.value()).events.at(0).body.view().element(0));
}

TEST(PacketConformance, AnEmbeddedValueIsAReferenceOrRefused) {
  for (const VectorCase& one : packets(true)) {
    const Result<WireReference> reference = parse_wire_reference(reference_in(one));
    ASSERT_EQ(reference.has_value(), one.boolean("valid")) << one.name();
    if (!reference.has_value()) {
      EXPECT_EQ(reference.error().code, "bad-reference") << one.name();
      continue;
    }
    const json::object& expected = one.json().at("reference").as_object();
    const bool is_mine = expected.contains("mine");
    EXPECT_EQ(reference->owner,
              is_mine ? WireReference::Owner::sender : WireReference::Owner::receiver)
        << one.name();
    EXPECT_EQ(reference->oid, number_of(expected.at(is_mine ? "mine" : "yours"))) << one.name();
    if (!is_mine) {
      EXPECT_EQ(reference->caveats.size(), expected.at("caveats").to_number<std::size_t>());
    }
  }
}

}  // namespace
}  // namespace avow::wire
