#include <gtest/gtest.h>

#include "avow/wire/preserves.hpp"
#include "avow/wire/preserves_scanner.hpp"
#include "tests/support/vectors.hpp"

// Preserves binary against examples that other programs made.

namespace avow::wire {
namespace {

using test::read_vectors;
using test::to_hex;
using test::VectorCase;

std::string canonical_hex(ByteView binary) {
  const Result<Value> value = decode_value(binary);
  return value.has_value() ? to_hex(value->bytes()) : "no value: " + value.error().detail;
}

TEST(BinaryConformance, EveryWayOfWritingAValueReadsAsItsCanonicalForm) {
  for (const VectorCase& one : read_vectors("values.json")) {
    const std::string canonical = to_hex(one.bytes("canonical"));
    EXPECT_EQ(canonical_hex(one.bytes("canonical")), canonical) << one.name();
    for (const Bytes& binary : one.all_bytes("binary")) {
      EXPECT_EQ(canonical_hex(binary), canonical) << one.name() << ": " << to_hex(binary);
    }
  }
}

TEST(BinaryConformance, CanonicalFormIsRecognisedWithoutRebuilding) {
  for (const VectorCase& one : read_vectors("values.json")) {
    const Bytes canonical = one.bytes("canonical");

    const CanonicalExtent extent = canonical_extent(canonical);

    ASSERT_NE(extent.end, nullptr) << one.name();
    EXPECT_EQ(extent.end, canonical.data() + canonical.size()) << one.name();
    EXPECT_EQ(extent.holds_references, contains_embedded(canonical)) << one.name();
    for (const Bytes& binary : one.all_bytes("binary")) {
      EXPECT_EQ(canonical_extent(binary).end != nullptr, binary == canonical) << one.name();
    }
  }
}

TEST(BinaryConformance, WhatIsNotOneValueIsRefused) {
  for (const VectorCase& one : read_vectors("invalid.json")) {
    if (one.text("kind") != "binary") continue;
    const Result<Value> value = decode_value(one.bytes("input"));
    if (one.text("verdict") == "reject") {
      EXPECT_FALSE(value.has_value()) << one.name();
    } else if (value.has_value() && one.has("canonical_if_accepted")) {
      EXPECT_EQ(to_hex(value->bytes()), one.text("canonical_if_accepted")) << one.name();
    }
  }
}

TEST(BinaryConformance, ACutValueAsksForMoreBytesAndABrokenOneDoesNot) {
  for (const VectorCase& one : read_vectors("invalid.json")) {
    if (one.text("kind") != "binary" || one.text("verdict") != "reject") continue;
    const Bytes input = one.bytes("input");

    const Result<std::optional<ValuePrefix>> prefix = decode_value_prefix(input);

    if (one.text("category") == "truncated") {
      ASSERT_TRUE(prefix.has_value() || prefix.error().code == "limit") << one.name();
      EXPECT_TRUE(!prefix.has_value() || !prefix->has_value()) << one.name();
    } else if (one.text("category") == "trailing") {
      ASSERT_TRUE(prefix.has_value() && prefix->has_value()) << one.name();
      EXPECT_LT((**prefix).consumed, input.size()) << one.name();
    } else {
      EXPECT_FALSE(prefix.has_value()) << one.name();
    }
  }
}

std::vector<std::string> values_of_stream(ByteView stream) {
  std::vector<std::string> values;
  for (;;) {
    const Result<std::optional<ValuePrefix>> prefix = decode_value_prefix(stream);
    if (!prefix.has_value()) return {prefix.error().detail};
    if (!prefix.value()) return values;
    values.push_back(to_hex((**prefix).value.bytes()));
    stream = stream.subspan((**prefix).consumed);
  }
}

TEST(StreamConformance, ValuesFollowOneAnother) {
  for (const VectorCase& one : read_vectors("streams.json")) {
    EXPECT_EQ(values_of_stream(one.bytes("binary")), one.texts("values")) << one.name();
  }
}

TEST(StreamConformance, OfACutStreamOnlyTheWholeValuesAreRead) {
  for (const VectorCase& one : read_vectors("streams.json")) {
    const Bytes binary = one.bytes("binary");
    const ByteView cut = ByteView(binary).first(one.number("cut"));

    EXPECT_EQ(values_of_stream(cut).size(), one.number("whole_before_cut")) << one.name();
  }
}

// Where the values of `stream` end, found in pieces of `piece` bytes.
std::vector<std::size_t> ends_found_in_pieces(ByteView stream, std::size_t piece) {
  PreservesScanner scanner({}, stream.size());
  std::vector<std::size_t> ends;
  for (std::size_t at = 0; at < stream.size();) {
    const ByteView more = stream.subspan(at, std::min(piece, stream.size() - at));
    const auto end = scanner.feed(more);
    if (!end.has_value()) return {};
    at += end->value_or(more.size());
    if (end.value()) ends.push_back(at);
  }
  return ends;
}

TEST(StreamConformance, AScannerFindsTheSameEndsHoweverTheStreamIsCut) {
  for (const VectorCase& one : read_vectors("streams.json")) {
    const Bytes binary = one.bytes("binary");
    std::vector<std::size_t> ends;
    for (std::size_t at = 0; at < binary.size(); ends.push_back(at)) {
      const auto prefix = decode_value_prefix(ByteView(binary).subspan(at));
      ASSERT_TRUE(prefix.has_value() && prefix->has_value()) << one.name();
      at += (**prefix).consumed;
    }

    for (const std::size_t piece :
         {std::size_t{1}, std::size_t{2}, std::size_t{7}, binary.size()}) {
      EXPECT_EQ(ends_found_in_pieces(binary, piece), ends) << one.name() << " by " << piece;
    }
  }
}

}  // namespace
}  // namespace avow::wire
