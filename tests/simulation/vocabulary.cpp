#include "tests/simulation/vocabulary.hpp"

#include "avow/model/builder.hpp"
#include "avow/model/pattern_text.hpp"
#include "avow/model/text.hpp"
#include "avow/wire/packet.hpp"
#include "tests/support/random_values.hpp"

namespace avow::simulation {
namespace {

const test::RandomValueOptions small{.depth_max = 2, .width_max = 3, .small_atoms = true};

Wish wish_of(std::string_view text) {
  NamedPattern named = parse_pattern_text(text).value();
  return {std::move(named.pattern), std::move(named.same), std::move(named.names)};
}

bool matches_no_interest(const Pattern& pattern) {
  const PatternNode& root = pattern.root();
  return root.kind == PatternNode::Kind::group && root.group == PatternNode::Group::record &&
         !root.literal.view().is_symbol("Observe");
}

Pattern pattern_on_interests(test::Random& random) {
  static const std::vector<std::string> wires{
      "<bind <_>>",
      "<_>",
      "<group <rec Observe> {0: <bind <_>>}>",
      "<group <rec Observe> {1: <bind <_>>}>",
      "<group <rec Observe> {0: <group <rec group> {0: <group <rec rec> {0: <bind <_>>}>}>}>",
      "<group <rec Observe> {2: <bind <_>>}>",
  };
  return Pattern::parse(parse_text(random.pick(wires)).value()).value();
}

SamePairs random_same(test::Random& random, std::size_t captures) {
  SamePairs same;
  if (captures < 2 || random.chance(2, 3)) return same;
  same.emplace_back(random.below(captures), random.below(captures));
  return same;
}

// The same wish, with the option `whole`.
Wish asked_whole(const Wish& wish) {
  Wish whole{.pattern = capturing_whole(wish.pattern), .whole = true};
  for (const auto& [first, second] : wish.same) whole.same.emplace_back(first + 1, second + 1);
  return whole;
}

// What was asked for before `whole` was added.
Wish without_whole(const Wish& wish) {
  if (!wish.whole) return wish;
  Wish plain{.pattern = Pattern(wish.pattern.root().children.front())};
  for (const auto& [first, second] : wish.same) plain.same.emplace_back(first - 1, second - 1);
  return plain;
}

}  // namespace

Value space_oid(std::size_t space) {
  return space == 0 ? Value::string("syndicate") : record("space", "annex");
}

Value random_fact(test::Random& random) {
  static const std::vector<std::string> labels{"a", "b", "c"};
  Builder builder;
  builder.begin_record(random.pick(labels));
  for (std::size_t left = random.below(4); left > 0; --left) {
    builder.value(random_value(random, small));
  }
  return builder.end().finish().value();
}

Value who_fact(ReferenceId entity) {
  return record("who", static_cast<std::uint64_t>(entity), entity);
}

Value note_for(ReferenceId entity, std::uint64_t author) {
  return record("note", static_cast<std::uint64_t>(entity), author);
}

Value pair_fact(std::uint64_t number, std::string_view side) {
  return record("pair", number, Value::symbol(side));
}

Wish random_wish(test::Random& random, Interests interests) {
  if (random.chance(1, 12)) return who_wish();
  if (interests == Interests::observed && random.chance(1, 6)) {
    return {.pattern = pattern_on_interests(random)};
  }
  for (;;) {
    Pattern pattern = test::random_pattern(random, random_fact(random));
    if (pattern.capture_count() > 32) continue;
    if (interests == Interests::unseen && !matches_no_interest(pattern)) continue;
    Wish wish{.pattern = std::move(pattern)};
    wish.same = random_same(random, wish.pattern.capture_count());
    return random.chance(1, 5) ? asked_whole(wish) : wish;
  }
}

Wish random_typed_wish(test::Random& random) {
  static const std::vector<std::string> texts{
      "<a $x>", "<a $x $x>", "<a _ $>",     "<b [$first]>",    "<b $x _ $x>",
      "<c 1>",  "<c $ $ $>", "<a {a: $v}>", "<pair $n $side>", "<who $id $entity>"};
  return wish_of(random.pick(texts));
}

Wish who_wish() { return wish_of("<who $ $>"); }
Wish pair_wish() { return wish_of("<pair $ $>"); }

Value observe_fact(const Wish& wish, ReferenceId observer) {
  const Wish asked = without_whole(wish);
  const Value pattern = asked.pattern.to_value();
  if (asked.same.empty() && !wish.whole) return record("Observe", pattern, observer);
  return record("Observe", pattern, observer, interest_options(asked.same, wish.whole));
}

Value without_references(const Value& value) {
  if (!value.holds_references()) return value;
  return wire::replace_references(
             value, [](ValueView) -> Result<Value> { return Value::reference(ReferenceId{}); })
      .value();
}

}  // namespace avow::simulation
