#include <gtest/gtest.h>

#include "avow/capability/sturdy_reference.hpp"
#include "tests/support/vectors.hpp"

// Sturdy references against examples that other programs made.

namespace avow {
namespace {

using test::read_vectors;
using test::to_hex;
using test::VectorCase;

std::vector<VectorCase> cases_with_a_signature() {
  std::vector<VectorCase> chosen;
  for (const VectorCase& one : read_vectors("sturdyrefs.json")) {
    if (one.has("sig")) chosen.push_back(one);
  }
  return chosen;
}

SturdyReference made_as(const VectorCase& one) {
  SturdyReference reference =
      SturdyReference::mint(one.bytes("key"), Value::from_canonical(one.bytes("oid_canonical")));
  const Bytes caveats = one.bytes("caveats_canonical");
  const ValueView list(caveats);
  for (const ValueView caveat : list.elements()) reference = reference.attenuate(Value(caveat));
  return reference;
}

TEST(SturdyReferenceConformance, MintingAndAttenuatingSignAsOthersDo) {
  for (const VectorCase& one : cases_with_a_signature()) {
    const SturdyReference reference = made_as(one);

    EXPECT_EQ(to_hex(reference.signature), one.text("sig")) << one.name();
    EXPECT_TRUE(reference.verify(one.bytes("key"))) << one.name();
    EXPECT_EQ(to_hex(reference.to_value().bytes()), one.text("ref_canonical")) << one.name();
  }
}

TEST(SturdyReferenceConformance, AReferenceIsValidOnlyAsItWasSigned) {
  for (const VectorCase& one : read_vectors("sturdyrefs.json")) {
    const Bytes wire = one.bytes("ref_canonical");

    const Result<SturdyReference> reference = SturdyReference::parse(ValueView(wire));

    const bool malformed = one.has("malformed") && one.boolean("malformed");
    ASSERT_EQ(reference.has_value(), !malformed) << one.name();
    if (malformed) continue;
    EXPECT_EQ(reference->verify(one.bytes("key")), one.boolean("valid")) << one.name();
  }
}

}  // namespace
}  // namespace avow
