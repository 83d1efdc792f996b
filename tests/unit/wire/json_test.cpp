#include "avow/wire/json.hpp"

#include <gtest/gtest.h>

#include "avow/model/builder.hpp"
#include "avow/wire/json_document.hpp"
#include "avow/wire/packet.hpp"
#include "tests/support/random_values.hpp"

namespace avow::wire {
namespace {

Value wire_reference(WireReference::Owner owner, std::int64_t oid) {
  return wire_reference_to_value({.owner = owner, .oid = Number(oid), .caveats = {}});
}

std::string refusal_of_value(std::string_view json) {
  const Result<Value> value = value_from_json_text(json, JsonAuthor::client);
  return value.has_value() ? "" : value.error().code;
}

TEST(JsonForm, RandomValuesComeBackExactly) {
  test::Random random(test::test_seed());
  for (int round = 0; round < 3'000; ++round) {
    const Value value = test::random_value(random);

    const std::string json = to_json(value, JsonAuthor::client);

    const Result<Value> read = value_from_json_text(json, JsonAuthor::client);
    ASSERT_TRUE(read.has_value()) << json << ": " << read.error().detail;
    ASSERT_EQ(read.value(), value) << json;
  }
}

TEST(JsonForm, WhatNeedsAnEscapeGetsOneWhereverItStands) {
  for (char c = 1; c < 0x7F; ++c) {
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text(20, 'x');
      text[at] = c;

      const std::string json = to_json(Value::string(text), JsonAuthor::client);

      const bool is_escaped = c < ' ' || c == '"' || c == '\\';
      EXPECT_EQ(json[at + 1], is_escaped ? '\\' : c);
      EXPECT_EQ(value_from_json_text(json, JsonAuthor::client).value(), Value::string(text));
    }
  }
}

TEST(JsonForm, AReferenceIsNamedFromTheSideOfWhoReadsAndWrites) {
  const Value senders = wire_reference(WireReference::Owner::sender, 5);
  const Value receivers = wire_reference(WireReference::Owner::receiver, 5);

  EXPECT_EQ(to_json(senders, JsonAuthor::server), R"({"$ref":5})");
  EXPECT_EQ(to_json(receivers, JsonAuthor::server), R"({"$mine":5})");
  EXPECT_EQ(to_json(senders, JsonAuthor::client), R"({"$mine":5})");
  EXPECT_EQ(to_json(receivers, JsonAuthor::client), R"({"$ref":5})");
  EXPECT_EQ(value_from_json_text(R"({"$mine":5})", JsonAuthor::client).value(), senders);
  EXPECT_EQ(value_from_json_text(R"({"$ref":5})", JsonAuthor::client).value(), receivers);
}

TEST(JsonForm, CaveatsGoWithAReferenceOfTheOtherSide) {
  const std::string json = R"({"$ref":5,"caveats":[{"<reject>":[{"<_>":[]}]}]})";

  const Value value = value_from_json_text(json, JsonAuthor::client).value();

  const WireReference reference = parse_wire_reference(value).value();
  EXPECT_EQ(reference.owner, WireReference::Owner::receiver);
  EXPECT_EQ(reference.caveats, std::vector<Value>{record("reject", record("_"))});
  EXPECT_EQ(to_json(value, JsonAuthor::client), json);
}

TEST(JsonForm, AReferenceInMemoryFormShowsItsId) {
  EXPECT_EQ(to_json(Value::reference(ReferenceId{77}), JsonAuthor::server), R"({"$ref":77})");
}

TEST(JsonForm, LimitsHoldWhateverTheForm) {
  const ValueLimits tight{
      .depth_max = 2, .nodes_max = 4, .integer_bits_max = 64, .string_bytes_max = 4};
  const auto refused = [&](std::string_view json) {
    const Result<Value> value = value_from_json_text(json, JsonAuthor::client, tight);
    return value.has_value() ? "" : value.error().code;
  };

  EXPECT_EQ(refused("[[1]]"), "");
  EXPECT_EQ(refused("[[[1]]]"), "limit");
  EXPECT_EQ(refused(R"({"<a>":[{"<b>":[]}]})"), "");
  EXPECT_EQ(refused(R"({"$record":[1,{"$set":[{"$dict":[]}]}]})"), "limit");
  EXPECT_EQ(refused("[1,2,3]"), "");
  EXPECT_EQ(refused("[1,2,3,4]"), "limit");
  EXPECT_EQ(refused(R"("four")"), "");
  EXPECT_EQ(refused(R"("fiver")"), "limit");
  EXPECT_EQ(refused(R"({"$bytes":"AAECAwQ="})"), "limit");
  EXPECT_EQ(refused(R"({"$symbol":"fiver"})"), "limit");
  EXPECT_EQ(refused(R"({"<fiver>":[]})"), "limit");
  EXPECT_EQ(refused("9223372036854775807"), "");
  EXPECT_EQ(refused("9223372036854775808"), "limit");
}

TEST(JsonForm, ValuesAsDeepAsPreservesAllowsAreRead) {
  std::string records;
  std::string ends;
  for (int depth = 0; depth < 64; ++depth) {
    records += R"({"$dict":[["k",)";
    ends += "]]}";
  }

  EXPECT_EQ(refusal_of_value(records + "1" + ends), "");
  EXPECT_EQ(refusal_of_value(records + "[]" + ends), "limit");
}

TEST(JsonDocument, NumbersKeepTheirText) {
  const JsonDocument document =
      JsonDocument::parse("[1, -0, 1.50, 1e5, 123456789012345678901]").value();
  std::vector<std::string> texts;
  std::vector<bool> integers;
  for (const JsonView number : document.root()) {
    texts.emplace_back(number.text());
    integers.push_back(number.is_integer());
  }

  EXPECT_EQ(texts, (std::vector<std::string>{"1", "-0", "1.50", "1e5", "123456789012345678901"}));
  EXPECT_EQ(integers, (std::vector<bool>{true, true, false, false, true}));
}

TEST(JsonDocument, MembersComeInTheOrderOfTheText) {
  const JsonDocument document = JsonDocument::parse(R"({"b": [1, 2], "a": {"x": {}}})").value();

  const auto members = document.root().members();

  ASSERT_EQ(members.size(), 2U);
  EXPECT_EQ(members[0].key, "b");
  EXPECT_EQ(members[0].value.size(), 2U);
  EXPECT_EQ(members[1].key, "a");
  EXPECT_EQ(members[1].value.members().at(0).key, "x");
}

TEST(JsonDocument, TextWithWhiteSpaceAroundIsReadAndARestIsRefused) {
  EXPECT_TRUE(JsonDocument::parse(" \r\n\t[] \n").has_value());
  EXPECT_EQ(JsonDocument::parse("[] []").error().code, "bad-json");
  EXPECT_EQ(JsonDocument::parse("").error().code, "bad-json");
  EXPECT_EQ(JsonDocument::parse("   ").error().code, "bad-json");
}

TEST(JsonDocument, DepthAndSizeAreBounded) {
  EXPECT_EQ(JsonDocument::parse(std::string(100'000, '[')).error().code, "limit");
  EXPECT_EQ(JsonDocument::parse("[1, 2, 3]", {.bytes_max = 5}).error().code, "limit");
}

}  // namespace
}  // namespace avow::wire
