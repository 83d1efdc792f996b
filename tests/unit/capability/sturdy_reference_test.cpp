#include "avow/capability/sturdy_reference.hpp"

#include <gtest/gtest.h>

#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"
#include "tests/support/vectors.hpp"

namespace avow {
namespace {

const Bytes key = {1, 2, 3, 4, 5, 6, 7, 8};

SturdyReference attenuated_twice() {
  return SturdyReference::mint(key, Value::string("main"))
      .attenuate(record("reject", Value::symbol("String")))
      .attenuate(record("reject", Value::symbol("Symbol")));
}

std::string parse_error(std::string_view text) {
  const Result<SturdyReference> parsed = SturdyReference::parse(parse_text(text).value());
  return parsed.has_value() ? "none" : parsed.error().code;
}

TEST(SturdyReference, TheDevelopmentReferenceIsTheKnownOne) {
  EXPECT_EQ(
      development_reference().to_value(),
      parse_text("<ref {oid: \"syndicate\" sig: #x\"69ca300c1dbfa08fba692102dd82311a\"}>").value());
  EXPECT_TRUE(development_reference().verify({}));
  EXPECT_FALSE(development_reference().verify(key));
}

TEST(SturdyReference, IsReadAsItWasWritten) {
  const SturdyReference reference = attenuated_twice();

  const Result<SturdyReference> read = SturdyReference::parse(reference.to_value());

  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->oid, reference.oid);
  EXPECT_EQ(read->signature, reference.signature);
  EXPECT_EQ(read->caveats, reference.caveats);
  EXPECT_TRUE(read->verify(key));
}

TEST(SturdyReference, AttenuatingDoesNotNeedTheKeyAndLeavesTheFirstAsItWas) {
  const SturdyReference whole = SturdyReference::mint(key, Value::string("main"));

  const SturdyReference narrowed = whole.attenuate(record("reject", Value::symbol("String")));

  EXPECT_TRUE(narrowed.verify(key));
  EXPECT_TRUE(whole.verify(key) && whole.caveats.empty());
}

TEST(SturdyReference, EveryFlippedBitOfTheSignatureIsNoticed) {
  const SturdyReference reference = attenuated_twice();
  for (std::size_t bit = 0; bit < 8 * reference.signature.size(); ++bit) {
    SturdyReference forged = reference;
    forged.signature[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_FALSE(forged.verify(key)) << bit;
  }
}

TEST(SturdyReference, EveryFlippedBitOfTheOidAndTheCaveatsIsNoticed) {
  const SturdyReference reference = attenuated_twice();
  const auto each_flip = [](const Value& signed_value, const auto& check) {
    // The bits of the last letter of each: the value stays well formed, whatever is flipped.
    Bytes bytes(signed_value.bytes().begin(), signed_value.bytes().end());
    const std::size_t letter = bytes.size() - (bytes.back() == tag::end ? 2 : 1);
    for (unsigned bit = 0; bit < 7; ++bit) {
      bytes[letter] ^= static_cast<std::uint8_t>(1U << bit);
      check(Value::from_canonical(bytes));
      bytes[letter] ^= static_cast<std::uint8_t>(1U << bit);
    }
  };

  each_flip(reference.oid, [&](const Value& flipped) {
    SturdyReference forged = reference;
    forged.oid = flipped;
    EXPECT_FALSE(forged.verify(key)) << to_text(flipped);
  });
  each_flip(reference.caveats[0], [&](const Value& flipped) {
    SturdyReference forged = reference;
    forged.caveats[0] = flipped;
    EXPECT_FALSE(forged.verify(key)) << to_text(flipped);
  });
}

TEST(SturdyReference, CaveatsCannotBeRemovedReorderedRepeatedOrChanged) {
  const SturdyReference reference = attenuated_twice();
  const auto with_caveats = [&](std::vector<Value> caveats) {
    SturdyReference forged = reference;
    forged.caveats = std::move(caveats);
    return forged.verify(key);
  };
  const Value first = reference.caveats[0];
  const Value second = reference.caveats[1];

  EXPECT_TRUE(with_caveats({first, second}));
  EXPECT_FALSE(with_caveats({}));
  EXPECT_FALSE(with_caveats({first}));
  EXPECT_FALSE(with_caveats({second}));
  EXPECT_FALSE(with_caveats({second, first}));
  EXPECT_FALSE(with_caveats({first, second, second}));
  EXPECT_FALSE(with_caveats({first, record("reject", Value::symbol("Symbol"), 1)}));
}

TEST(SturdyReference, TheSignatureOfAnotherOidOrKeyIsWrong) {
  SturdyReference reference = SturdyReference::mint(key, Value::string("main"));
  EXPECT_FALSE(reference.verify({}));

  reference.oid = Value::symbol("main");
  EXPECT_FALSE(reference.verify(key));
}

TEST(SturdyReference, ASignatureOfAnotherLengthIsWrong) {
  for (const std::size_t size : {0U, 15U, 17U, 32U}) {
    SturdyReference reference = SturdyReference::mint(key, Value::string("main"));
    reference.signature.resize(size);
    EXPECT_FALSE(reference.verify(key)) << size;
  }
}

TEST(SturdyReference, WhatIsNoneIsRefusedWithItsWord) {
  EXPECT_EQ(parse_error("<ref \"main\">"), "invalid");
  EXPECT_EQ(parse_error("<ref>"), "invalid");
  EXPECT_EQ(parse_error("[ref {}]"), "invalid");
  EXPECT_EQ(parse_error("<ref {oid: 1}>"), "invalid");
  EXPECT_EQ(parse_error("<ref {sig: #x\"\"}>"), "invalid");
  EXPECT_EQ(parse_error("<ref {\"oid\": 1 \"sig\": #x\"\"}>"), "invalid");
  EXPECT_EQ(parse_error("<ref {oid: 1 sig: #x\"\" caveats: 5}>"), "invalid-caveats");
  EXPECT_EQ(parse_error("<ref {oid: 1 sig: #x\"\" caveats: #{}}>"), "invalid-caveats");
  EXPECT_EQ(parse_error("<ref {oid: 1 sig: #x\"\" caveats: [] more: 2} 3>"), "none");
}

}  // namespace
}  // namespace avow
