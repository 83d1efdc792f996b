#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"
#include "avow/wire/json.hpp"
#include "avow/wire/native.hpp"
#include "avow/wire/packet.hpp"
#include "avow/wire/preserves.hpp"
#include "tests/support/random_values.hpp"
#include "tests/support/scrambled.hpp"
#include "tests/support/vectors.hpp"

// Binary, text, JSON and native frames are ways to write the same values. Whatever goes through any
// of them, in whatever order, comes out as it was.

namespace avow::wire {
namespace {

using test::Random;
using test::random_value;

/// Writes a value and reads it back.
struct Codec {
  std::string name;
  std::function<Result<Value>(const Value&)> there_and_back;
};

Result<Value> through_binary(const Value& value) { return decode_value(value.bytes()); }
// An annotation at the deepest place is deeper still, and an integer at the limit may be written
// longer than it need be.
Result<Value> through_scrambled_binary(Random& random, const Value& value) {
  const ValueLimits defaults;
  return decode_value(
      test::scrambled(random, value),
      {.depth_max = 2 * defaults.depth_max, .integer_bits_max = 2 * defaults.integer_bits_max});
}
Result<Value> through_text(const Value& value) { return parse_text(to_text(value)); }
Result<Value> through_json_of(const Value& value, JsonAuthor author) {
  return value_from_json_text(to_json(value, author), author);
}

// As the body of a message in a frame.
Result<Value> through_native_frame(const Value& value) {
  Bytes frame;
  const std::vector<native::Event> events = {{.body = value.bytes(), .kind = EventKind::message}};
  native::append_turn(frame, {.number = 1, .events = events});
  AVOW_TRY(native::ClientFrameReader reader, native::ClientFrameReader::open(frame));
  AVOW_TRY(const native::ClientMessage* const message, reader.next());
  return decode_value(std::get<native::ClientTurn>(*message).events[0].body);
}

std::vector<Codec> codecs(Random& random) {
  return {
      {"binary", through_binary},
      {"scrambled binary",
       [&random](const Value& value) { return through_scrambled_binary(random, value); }},
      {"text", through_text},
      {"a native frame", through_native_frame},
      {"JSON of a client",
       [](const Value& value) { return through_json_of(value, JsonAuthor::client); }},
      {"JSON of a server",
       [](const Value& value) { return through_json_of(value, JsonAuthor::server); }},
  };
}

Value random_reference(Random& random) {
  WireReference reference{
      .owner = random.chance(1, 2) ? WireReference::Owner::sender : WireReference::Owner::receiver,
      .oid = Number(static_cast<std::int64_t>(random.below(1'000))),
      .caveats = {}};
  if (reference.owner == WireReference::Owner::receiver && random.chance(1, 3)) {
    reference.caveats.push_back(record("reject", random_value(random, {.depth_max = 2})));
  }
  return wire_reference_to_value(reference);
}

// With references as they stand in packets.
Value random_wire_value(Random& random, int round) {
  const Value value = random_value(
      random, {.small_atoms = round % 3 == 0, .references = {ReferenceId{1}, ReferenceId{2}}});
  Result<Value> outside = replace_references(
      value, [&](ValueView) -> Result<Value> { return random_reference(random); });
  // Now and then two elements of a set become equal.
  return outside.has_value() ? std::move(outside).value() : Value();
}

TEST(Codecs, AValueComesOutAsItWasWhateverItGoesThrough) {
  Random random(test::test_seed());
  const std::vector<Codec> all = codecs(random);
  for (int round = 0; round < 5'000; ++round) {
    const Value value = random_wire_value(random, round);
    Value travelling = value;
    for (int hop = 0; hop < 4; ++hop) {
      const Codec& codec = random.pick(all);

      Result<Value> out = codec.there_and_back(travelling);

      ASSERT_TRUE(out.has_value())
          << codec.name << " of " << to_text(travelling) << ": " << out.error().detail;
      ASSERT_EQ(out.value(), value) << codec.name << " of " << to_text(value);
      ASSERT_EQ(out->holds_references(), value.holds_references()) << codec.name;
      travelling = std::move(out).value();
    }
  }
}

TEST(Codecs, EveryExampleOfAValueComesOutAsItWas) {
  Random random(test::test_seed());
  const std::vector<Codec> all = codecs(random);
  for (const test::VectorCase& one : test::read_vectors("values.json")) {
    const Value value = Value::from_canonical(one.bytes("canonical"));
    for (const Codec& codec : all) {
      // JSON knows references only; the examples embed anything.
      if (codec.name.starts_with("JSON") && value.holds_references()) continue;
      const Result<Value> out = codec.there_and_back(value);
      ASSERT_TRUE(out.has_value())
          << codec.name << " of " << one.name() << ": " << out.error().detail;
      EXPECT_EQ(out.value(), value) << codec.name << " of " << one.name();
    }
  }
}

TEST(Codecs, TheBytesAndTheTextOfAnExampleAreTheSameValue) {
  for (const test::VectorCase& one : test::read_vectors("values.json")) {
    for (const std::string& text : one.texts("text")) {
      const Result<Value> value = parse_text(text);
      ASSERT_TRUE(value.has_value()) << one.name() << ": " << value.error().detail;
      EXPECT_EQ(test::to_hex(value->bytes()), one.text("canonical")) << one.name();
    }
  }
}

// `depth` sequences inside each other, and in the innermost one an atom.
Value nested(std::size_t depth) {
  Builder builder;
  for (std::size_t i = 0; i < depth; ++i) builder.begin_sequence();
  builder.boolean(true);
  for (std::size_t i = 0; i < depth; ++i) builder.end();
  return builder.finish().value();
}

TEST(Codecs, TheSameDepthIsTooDeepForAll) {
  Random random(test::test_seed());
  const std::size_t depth_max = ValueLimits{}.depth_max;
  for (const Codec& codec : codecs(random)) {
    if (codec.name.starts_with("scrambled")) continue;  // It has another limit.
    const Result<Value> deepest = codec.there_and_back(nested(depth_max));
    const Result<Value> too_deep = codec.there_and_back(nested(depth_max + 1));

    EXPECT_TRUE(deepest.has_value()) << codec.name << ": " << deepest.error().detail;
    ASSERT_FALSE(too_deep.has_value()) << codec.name;
    EXPECT_EQ(too_deep.error().code, "limit") << codec.name;
  }
}

}  // namespace
}  // namespace avow::wire
