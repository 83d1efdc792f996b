#include "avow/wire/preserves.hpp"

#include <gtest/gtest.h>

#include "avow/model/builder.hpp"
#include "tests/support/random_values.hpp"
#include "tests/support/scrambled.hpp"
#include "tests/support/vectors.hpp"

namespace avow::wire {
namespace {

using test::from_hex;
using test::Random;
using test::random_value;
using test::to_hex;

std::string decoded(std::string_view hex) {
  const Result<Value> value = decode_value(from_hex(hex));
  return value.has_value() ? to_hex(value->bytes()) : value.error().code;
}

std::string repeated(std::string_view hex, std::size_t times) {
  std::string all;
  for (; times > 0; --times) all += hex;
  return all;
}

// What the first bytes of something longer already tell: a value, more needed, or an error.
std::string beginning(std::string_view hex, const ValueLimits& limits = {}) {
  const Result<std::optional<ValuePrefix>> prefix = decode_value_prefix(from_hex(hex), limits);
  if (!prefix.has_value()) return prefix.error().code;
  return prefix.value() ? "value" : "more";
}

TEST(PreservesBinary, SetsAndDictionariesAreSorted) {
  EXPECT_EQ(decoded("b6b0010380b0010184"), "b680b00101b0010384");
  EXPECT_EQ(decoded("b7b3016281b301618084"), "b7b3016180b301628184");
  EXPECT_EQ(decoded("b5b6818084b681808484"), "b5b6808184b680818484");
}

TEST(PreservesBinary, AnnotationsAreDroppedWhereverTheyStand) {
  EXPECT_EQ(decoded("85b3016180"), "80");
  EXPECT_EQ(decoded("85b3016185b3016280"), "80");
  EXPECT_EQ(decoded("8585b301618180"), "80");
  EXPECT_EQ(decoded("b485b30161b301628581808581"
                    "8184"),
            "b4b30162808184");
  EXPECT_EQ(decoded("b78580b301618581b3016284"), "b7b30161b3016284");
  EXPECT_EQ(decoded("8685b3016180"), "8680");
}

TEST(PreservesBinary, IntegersAndLengthsAreShortened) {
  EXPECT_EQ(decoded("b00100"), "b000");
  EXPECT_EQ(decoded("b003ffffff"), "b001ff");
  EXPECT_EQ(decoded("b003000080"), "b0020080");
  EXPECT_EQ(decoded("b1818000"
                    "61"),
            "b10161");
}

TEST(PreservesBinary, AnEmbeddedValueSetsTheBitThatHoldsReferences) {
  EXPECT_TRUE(decode_value(from_hex("b586b5b000b001018484"))->holds_references());
  EXPECT_TRUE(decode_value(from_hex("b68186b5b000b001018484"))->holds_references());
  EXPECT_FALSE(decode_value(from_hex("b5b20186b2018684"))->holds_references())
      << "the same byte inside of atoms";
}

TEST(PreservesBinary, AReferenceInAnAnnotationIsDroppedWithIt) {
  const Result<Value> value = decode_value(from_hex("85868081"));

  ASSERT_TRUE(value.has_value());
  EXPECT_FALSE(value->holds_references());
}

TEST(PreservesBinary, DepthIsAllowedUpToTheLimitAndNotBeyond) {
  const std::size_t depth = ValueLimits{}.depth_max;

  EXPECT_EQ(beginning(repeated("b5", depth) + repeated("84", depth)), "value");
  EXPECT_EQ(beginning(repeated("b5", depth + 1)), "limit");
  EXPECT_EQ(beginning(repeated("86", depth) + "80"), "value");
  EXPECT_EQ(beginning(repeated("86", depth + 1)), "limit");
  EXPECT_EQ(beginning(repeated("85", depth) + repeated("80", depth + 1)), "value");
  EXPECT_EQ(beginning(repeated("85", depth + 1)), "limit");
}

TEST(PreservesBinary, SiblingsDoNotAddUpToDepth) {
  EXPECT_EQ(beginning("b5" + repeated("b584", 1'000) + "84"), "value");
  EXPECT_EQ(beginning(repeated("8580", 1'000) + "81"), "value");
}

TEST(PreservesBinary, ValuesAreCountedUpToTheLimitAndNotBeyond) {
  const ValueLimits limits{.nodes_max = 4};

  EXPECT_EQ(beginning("b580808084", limits), "value");
  EXPECT_EQ(beginning("b58080808084", limits), "limit");
  EXPECT_EQ(beginning("b58580808084", limits), "value") << "an annotation and what it annotates";
  EXPECT_EQ(beginning("b5858080808084", limits), "limit");
}

TEST(PreservesBinary, AnAnnouncedLengthOverTheLimitIsRefusedAtOnce) {
  const ValueLimits limits{.integer_bits_max = 64, .string_bytes_max = 300};

  EXPECT_EQ(beginning("b1ac02", limits), "more");
  EXPECT_EQ(beginning("b1ad02", limits), "limit");
  EXPECT_EQ(beginning("b2ad02", limits), "limit");
  EXPECT_EQ(beginning("b3ad02", limits), "limit");
  EXPECT_EQ(beginning("b008", limits), "more");
  EXPECT_EQ(beginning("b009", limits), "limit");
  EXPECT_EQ(beginning("b1ffffffffffffffffffff", limits), "limit");
  EXPECT_EQ(beginning("b180808080808080808080", limits), "limit");
}

TEST(PreservesBinary, ADuplicateIsNoticedHoweverItIsWritten) {
  EXPECT_EQ(decoded("b6b00101b002000184"), "bad-binary");
  EXPECT_EQ(decoded("b7b301618085b30162b301618184"), "bad-binary");
  EXPECT_EQ(decoded("b6b6808184b681808484"), "bad-binary") << "sets that differ in order only";
}

TEST(PreservesBinary, AnEndWhereAValueIsDueIsRefused) {
  for (const char* const hex : {"84", "8684", "b58684", "b5858084", "b484", "b78084", "858084"}) {
    EXPECT_EQ(beginning(hex), "bad-binary") << hex;
  }
}

TEST(PreservesBinary, EveryCutOfAValueAsksForMore) {
  Random random(test::test_seed());
  for (int i = 0; i < 200; ++i) {
    const Bytes whole = test::scrambled(random, random_value(random));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto prefix = decode_value_prefix(ByteView(whole).first(size));
      ASSERT_TRUE(prefix.has_value()) << to_hex(whole) << " cut at " << size;
      ASSERT_FALSE(prefix->has_value()) << to_hex(whole) << " cut at " << size;
    }
  }
}

TEST(PreservesBinary, EveryWayOfWritingAValueReadsAsThatValue) {
  Random random(test::test_seed());
  for (int i = 0; i < 5'000; ++i) {
    const Value value =
        random_value(random, {.small_atoms = i % 2 == 0, .references = {ReferenceId{7}}});
    const Bytes written = test::scrambled(random, value);

    const Result<Value> read = decode_value(written);

    ASSERT_TRUE(read.has_value()) << to_hex(written) << ": " << read.error().detail;
    ASSERT_EQ(read.value(), value) << to_hex(written);
    ASSERT_EQ(read->holds_references(), value.holds_references()) << to_hex(written);
  }
}

TEST(PreservesBinary, TheFastPathAgreesWithTheSlowOne) {
  Random random(test::test_seed());
  for (int i = 0; i < 20'000; ++i) {
    // One byte changed: nearly valid, in many different ways.
    const Value value = random_value(random, {.small_atoms = true});
    Bytes bytes(value.bytes().begin(), value.bytes().end());
    bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.bits());

    const CanonicalExtent fast = canonical_extent(bytes);

    // An annotation in front keeps the fast path from being taken.
    Bytes annotated{tag::annotation, tag::false_};
    append(annotated, bytes);
    const auto slow = decode_value_prefix(annotated);
    const bool is_value = slow.has_value() && slow->has_value();
    if (fast.end == nullptr) {
      // Then it is no value, or its canonical form differs from it.
      ASSERT_TRUE(!is_value ||
                  !equal((**slow).value.bytes(), ByteView(bytes).first((**slow).consumed - 2)));
      continue;
    }
    ASSERT_TRUE(is_value) << to_hex(bytes);
    const auto size = static_cast<std::size_t>(fast.end - bytes.data());
    ASSERT_TRUE(equal((**slow).value.bytes(), ByteView(bytes).first(size))) << to_hex(bytes);
    ASSERT_EQ((**slow).value.holds_references(), fast.holds_references) << to_hex(bytes);
  }
}

bool is_canonical(ByteView binary, const ValueLimits& limits = {}) {
  return canonical_extent(binary, limits).end == binary.data() + binary.size();
}

Bytes text_with(std::size_t before, std::string_view letter, std::size_t after) {
  const std::string text = std::string(before, 'x') + std::string(letter) + std::string(after, 'x');
  Bytes binary;
  append_atom(binary, tag::string, bytes_of(text));
  return binary;
}

TEST(PreservesBinary, EveryByteOfACanonicalTextIsLookedAt) {
  for (std::size_t before = 0; before < 70; ++before) {
    for (std::size_t after = 0; after < 70; ++after) {
      ASSERT_TRUE(is_canonical(text_with(before, "y", after))) << before << " and " << after;
      ASSERT_TRUE(is_canonical(text_with(before, "\u00e9", after))) << before << " and " << after;
      ASSERT_FALSE(is_canonical(text_with(before, "\x80", after))) << before << " and " << after;
    }
  }
}

TEST(PreservesBinary, ACanonicalValueMayBeAsDeepAsTheLimit) {
  for (const char* const hex :
       {"b5b5818484", "b4b30161b5818484", "868681", "b6b5818484", "b780b5818484", "b5868184"}) {
    EXPECT_TRUE(is_canonical(from_hex(hex), {.depth_max = 2})) << hex;
    EXPECT_FALSE(is_canonical(from_hex(hex), {.depth_max = 1})) << hex;
  }
  EXPECT_TRUE(is_canonical(from_hex("b5b584b5848681b68484"), {.depth_max = 2})) << "beside others";
}

TEST(PreservesBinary, ACanonicalValueMayHoldAsManyValuesAsTheLimit) {
  for (const char* const hex : {"b5818184", "b4818184", "86b58184", "b6808184", "b7808184",
                                "b5b00101b0010284", "b5b5848184"}) {
    EXPECT_TRUE(is_canonical(from_hex(hex), {.nodes_max = 3})) << hex;
    EXPECT_FALSE(is_canonical(from_hex(hex), {.nodes_max = 2})) << hex;
  }
}

TEST(PreservesBinary, WhatIsNotInOrderIsNotCanonical) {
  for (const char* const hex :
       {"b484",       "b58684",   "86b484",   "b6818084", "b6808084", "b78181808184",
        "b780818084", "b78084",   "b584b584", "84",       "8784",     "870700000000000000",
        "b08000",     "b0820000", "b00100",   "b8",       "85",       "82",
        "b6848284",   "b7",       "b6",       "86",       "b4",       "b5b4"}) {
    EXPECT_FALSE(is_canonical(from_hex(hex))) << hex;
  }
}

}  // namespace
}  // namespace avow::wire
