#include <gtest/gtest.h>

#include "avow/capability/attenuation.hpp"
#include "avow/wire/packet.hpp"
#include "tests/support/vectors.hpp"

// Caveats against examples that other programs made.

namespace avow {
namespace {

using test::read_vectors;
using test::to_hex;
using test::VectorCase;

std::vector<Value> list_of(const Bytes& sequence) {
  const ValueView view(sequence);
  std::vector<Value> values;
  for (const ValueView element : view.elements()) values.emplace_back(element);
  return values;
}

// References stand in wire form here; attenuating one appends caveats to it.
std::optional<Value> attenuate(ValueView embedded, const std::vector<Value>& caveats) {
  Result<wire::WireReference> reference = wire::parse_wire_reference(embedded);
  if (!reference.has_value()) return std::nullopt;
  reference->caveats.insert(reference->caveats.end(), caveats.begin(), caveats.end());
  return wire::wire_reference_to_value(reference.value());
}

std::string outcome_of(const VectorCase& one) {
  const Result<Attenuation> attenuation =
      Attenuation::parse(list_of(one.bytes("caveats_canonical")));
  if (!attenuation.has_value()) return "invalid";
  EXPECT_EQ(attenuation->unknown_count(),
            one.has("unknown_caveats") ? one.number("unknown_caveats") : 0)
      << one.name();
  const std::optional<Value> result =
      attenuation->apply(Value::from_canonical(one.bytes("value_canonical")), attenuate);
  return result ? "passes as " + to_hex(result->bytes()) : "stopped";
}

TEST(CaveatConformance, AValuePassesIsRewrittenOrStopped) {
  for (const VectorCase& one : read_vectors("caveats.json")) {
    const std::string outcome = outcome_of(one);

    if (one.has("also") && outcome == one.text("also")) continue;
    const bool passes = one.text("outcome") == "passes";
    EXPECT_EQ(outcome, passes ? "passes as " + one.text("result_canonical") : one.text("outcome"))
        << one.name();
  }
}

}  // namespace
}  // namespace avow
