#include "avow/wire/json.hpp"

#include <gtest/gtest.h>

#include "avow/wire/preserves.hpp"
#include "tests/support/vectors.hpp"

// The JSON form of values against the examples of schemas/vectors/json.json.

namespace avow::wire {
namespace {

using test::read_vectors;
using test::to_hex;
using test::VectorCase;

std::string canonical_hex(std::string_view json, JsonAuthor author) {
  const Result<Value> value = value_from_json_text(json, author);
  return value.has_value() ? to_hex(value->bytes()) : value.error().code;
}

TEST(JsonConformance, EveryWayOfWritingAValueReadsAsTheSameValue) {
  for (const VectorCase& one : read_vectors("json.json")) {
    if (one.group() == "invalid") continue;
    const std::string canonical = one.text("canonical");

    EXPECT_EQ(canonical_hex(one.text("json"), JsonAuthor::server), canonical) << one.name();
    for (const std::string& also : one.texts("also")) {
      EXPECT_EQ(canonical_hex(also, JsonAuthor::server), canonical) << one.name() << ": " << also;
    }
  }
}

TEST(JsonConformance, EveryValueHasOneForm) {
  for (const VectorCase& one : read_vectors("json.json")) {
    if (one.group() == "invalid") continue;
    const Value value = decode_value(one.bytes("canonical")).value();

    EXPECT_EQ(to_json(value, JsonAuthor::server), one.text("json")) << one.name();
  }
}

TEST(JsonConformance, WhatIsNoValueIsRefusedAndSaysWhy) {
  for (const VectorCase& one : read_vectors("json.json")) {
    if (one.group() != "invalid") continue;

    const Result<Value> value = value_from_json_text(one.text("input"), JsonAuthor::server);

    ASSERT_FALSE(value.has_value()) << one.name();
    EXPECT_EQ(value.error().code, one.text("code")) << one.name();
    EXPECT_NE(value.error().detail.find(' '), std::string::npos) << one.name();
  }
}

TEST(JsonConformance, EveryValueOfTheOtherFormatsGoesThroughJsonUnchanged) {
  for (const VectorCase& one : read_vectors("values.json")) {
    const Value value = Value::from_canonical(one.bytes("canonical"));
    if (value.holds_references()) continue;  // Mostly none of ours: only references have a form.

    const std::string json = to_json(value, JsonAuthor::client);

    EXPECT_EQ(canonical_hex(json, JsonAuthor::client), to_hex(value.bytes()))
        << one.name() << ": " << json;
  }
}

}  // namespace
}  // namespace avow::wire
