#include "avow/capability/attenuation.hpp"

#include <gtest/gtest.h>

#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"
#include "tests/support/from_text.hpp"
#include "tests/support/random_values.hpp"
#include "tests/support/vectors.hpp"

namespace avow {
namespace {

using test::from_text;
using test::Random;
using test::random_value;

std::vector<Value> list(std::string_view text) {
  const Value sequence = from_text(text);
  std::vector<Value> values;
  for (const ValueView element : sequence.view().elements()) values.emplace_back(element);
  return values;
}

std::optional<Value> nobody_attenuates(ValueView, const std::vector<Value>&) {
  ADD_FAILURE() << "nothing is to be attenuated";
  return std::nullopt;
}

std::string applied(std::string_view caveats, const Value& value,
                    const AttenuationLimits& limits = {}) {
  const Result<Attenuation> attenuation = Attenuation::parse(list(caveats), limits);
  if (!attenuation.has_value()) return attenuation.error().code;
  const std::optional<Value> passed = attenuation->apply(value, nobody_attenuates);
  return passed ? to_text(*passed) : "stopped";
}

std::string applied(std::string_view caveats, std::string_view value) {
  return applied(caveats, from_text(value));
}

Value long_string(std::size_t bytes) { return Value::string(std::string(bytes, 'x')); }

TEST(Attenuation, NoCaveatsLetEverythingPassUnchanged) {
  const Value value = record("a", 1);

  const std::optional<Value> passed = Attenuation().apply(value, nobody_attenuates);

  ASSERT_TRUE(passed.has_value());
  EXPECT_EQ(passed->bytes().data(), value.bytes().data());
}

TEST(Attenuation, TheNewestCaveatIsAppliedFirst) {
  EXPECT_EQ(applied("[<reject <lit a>> <rewrite <lit a> <lit b>>]", "a"), "b");
  EXPECT_EQ(applied("[<rewrite <lit a> <lit b>> <reject <lit a>>]", "a"), "stopped");
}

TEST(Attenuation, OneUnknownCaveatStopsEverythingWhereverItStands) {
  const std::string_view pass = "<rewrite <bind <_>> <ref 0>>";
  for (const std::string& caveats :
       {"[<future> " + std::string(pass) + "]", "[" + std::string(pass) + " <future>]",
        std::string("[5]"), std::string("[<or [<reject String>]>]"),
        std::string("[<rewrite <and <_>> <lit 1>>]")}) {
    EXPECT_EQ(applied(caveats, "<a 1>"), "stopped") << caveats;
    EXPECT_EQ(Attenuation::parse(list(caveats))->unknown_count(), 1U) << caveats;
  }
}

TEST(Attenuation, WhatIsInvalidIsRefusedAlsoDeepInside) {
  for (const char* const caveats : {
           "[<rewrite <_> <arr [<dict {k: <rec a [<ref 0>]>}>]>>]",
           "[<or [<rewrite <bind <_>> <ref 0>> <rewrite <_> <ref 0>>]>]",
           "[<rewrite <not <bind <_>>> <lit 1>>]",
           "[<rewrite <bind <_>> <attenuate <ref 0> [<rewrite <_> <ref 0>>]>>]",
       }) {
    EXPECT_EQ(applied(caveats, "1"), "invalid-caveat") << caveats;
  }
}

TEST(Attenuation, RecordsAndSequencesMatchOnlyWithExactlyTheirFields) {
  const std::string_view two = "[<rewrite <rec a [<_> <_>]> <lit yes>>]";

  EXPECT_EQ(applied(two, "<a 1 2>"), "yes");
  EXPECT_EQ(applied(two, "<a 1>"), "stopped");
  EXPECT_EQ(applied(two, "<a 1 2 3>"), "stopped");
  EXPECT_EQ(applied(two, "[1 2]"), "stopped");
  EXPECT_EQ(applied("[<reject <arr [<_>]>>]", "#{1}"), "#{1}") << "a set is no sequence";
}

TEST(Attenuation, SourceIsWhatCameExtraFieldsIncluded) {
  const std::vector<Value> caveats = list("[<reject String 5> <future {}>]");

  EXPECT_EQ(Attenuation::parse(caveats)->source(), caveats);
}

TEST(Attenuation, TemplatesAttenuateReferencesThroughTheCaller) {
  const Attenuation attenuation =
      Attenuation::parse(
          list("[<rewrite <rec r [<bind Embedded>]> <rec r [<attenuate <ref 0> [<x>]>]>>]"))
          .value();
  const Value reference = Value::reference(ReferenceId{5});
  std::vector<Value> added;
  const AttenuateReference attenuate = [&](ValueView which, const std::vector<Value>& caveats) {
    EXPECT_EQ(which, reference.view());
    added = caveats;
    return std::optional(Value::reference(ReferenceId{6}));
  };

  const std::optional<Value> passed = attenuation.apply(record("r", reference), attenuate);

  EXPECT_EQ(passed, record("r", ReferenceId{6}));
  EXPECT_TRUE(passed->holds_references());
  EXPECT_EQ(added, list("[<x>]"));
}

TEST(Attenuation, AReferenceThatMayNotBeAttenuatedStopsTheValue) {
  const Attenuation attenuation =
      Attenuation::parse(list("[<rewrite <bind <_>> <attenuate <ref 0> [<x>]>>]")).value();
  const AttenuateReference never = [](ValueView, const std::vector<Value>&) {
    return std::optional<Value>();
  };

  EXPECT_EQ(attenuation.apply(Value::reference(ReferenceId{5}), never), std::nullopt);
  EXPECT_EQ(attenuation.apply(Value::string("none"), nobody_attenuates), std::nullopt);
}

TEST(AttenuationLimits, TooManyOrTooLongCaveatsAreRefused) {
  const AttenuationLimits limits{.caveats_max = 2, .bytes_max = 40};

  EXPECT_EQ(applied("[<reject <_>> <reject <_>>]", Value(), limits), "stopped");
  EXPECT_EQ(applied("[<x> <x> <x>]", Value(), limits), "limit");
  EXPECT_EQ(applied("[<reject <lit \"0123456789012345678901234567\">>]", Value(), limits), "limit");
}

TEST(AttenuationLimits, LargeValuesPassThroughHarmlessCaveats) {
  const Value large = long_string(1 << 20);
  const Attenuation attenuation =
      Attenuation::parse(list("[<reject <rec secret [<_>]>> <rewrite <bind <_>> <ref 0>>]"))
          .value();

  EXPECT_EQ(attenuation.apply(large, nobody_attenuates), large);
}

TEST(AttenuationLimits, CaveatsThatDoubleAValueAgainAndAgainAreStopped) {
  std::string caveats = "[";
  for (int i = 0; i < 32; ++i) caveats += "<rewrite <bind <_>> <arr [<ref 0> <ref 0>]>>";

  EXPECT_EQ(applied(caveats + "]", long_string(100)), "stopped");
}

TEST(AttenuationLimits, APatternCannotWalkThroughALargeValueForEver) {
  Builder builder;
  builder.begin_sequence().begin_sequence();
  for (int i = 0; i < 100'000; ++i) builder.boolean(true);
  const Value large = builder.end().end().finish().value();
  std::string caveat = "[<reject <not <and [";
  for (int i = 0; i < 400; ++i) caveat += "<arr [<_>]>";

  // Stopped though the pattern would match: out of fuel, nothing may pass.
  EXPECT_EQ(applied(caveat + "]>>>]", large), "stopped");
}

TEST(AttenuationLimits, RunningOutOfFuelNeverLetsAValuePass) {
  const AttenuationLimits no_fuel{.fuel_max = 1};

  EXPECT_EQ(applied("[<reject <rec a [<lit 1>]>>]", record("a", 1), no_fuel), "stopped");
  EXPECT_EQ(applied("[<reject <not <lit 1>>>]", Value::integer(std::int64_t{1}), no_fuel),
            "stopped");
  EXPECT_EQ(applied("[<reject <rec a [<lit 1>]>>]", record("b", 1), no_fuel), "<b 1>");
}

TEST(AttenuationLimits, AValueMayNotBecomeDeeperThanValuesMayBe) {
  Builder builder;
  for (int i = 0; i < 63; ++i) builder.begin_sequence();
  for (int i = 0; i < 63; ++i) builder.end();
  const Value deep = builder.finish().value();

  EXPECT_NE(applied("[<rewrite <bind <_>> <arr [<ref 0>]>>]", deep), "stopped");
  EXPECT_EQ(applied("[<rewrite <bind <_>> <arr [<arr [<ref 0>]>]>>]", deep), "stopped");
}

TEST(AttenuationLimits, SiblingsAndReferencesDoNotAddUpToDepth) {
  Builder builder;
  builder.begin_sequence();
  for (int i = 0; i < 100; ++i) builder.reference(ReferenceId{7}).begin_sequence().end();
  const Value wide = builder.end().finish().value();

  EXPECT_NE(applied("[<rewrite <bind <_>> <arr [<ref 0>]>>]", wide), "stopped");
}

// A random caveat of which random small values pass about half.
std::string random_caveat(Random& random) {
  const std::vector<std::string> patterns{
      "<_>",           "String",       "SignedInteger", "<lit 1>",
      "<lit a>",       "<arr []>",     "<dict {}>",     "<and [<_> <not Symbol>]>",
      "<rec a [<_>]>", "<not <lit 0>>"};
  const std::string& pattern = random.pick(patterns);
  if (random.chance(1, 3)) return "<reject " + pattern + ">";
  return "<rewrite <bind " + pattern + "> <ref 0>>";
}

TEST(Attenuation, MoreCaveatsNeverLetMorePass) {
  Random random(test::test_seed());
  for (int i = 0; i < 3'000; ++i) {
    std::string caveats;
    for (std::size_t left = random.below(3); left > 0; --left) caveats += random_caveat(random);
    const std::string narrowed = caveats + random_caveat(random);
    const Value value = random_value(random, {.depth_max = 2, .small_atoms = true});

    const std::string before = applied("[" + caveats + "]", value);
    const std::string after = applied("[" + narrowed + "]", value);

    ASSERT_TRUE(after == "stopped" || after == before) << narrowed << " on " << to_text(value);
  }
}

}  // namespace
}  // namespace avow
