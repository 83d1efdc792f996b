#include "tests/support/random_values.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>
#include <utility>

namespace avow::test {
namespace {

std::string random_text(Random& random, bool small) {
  static const std::vector<std::string> small_ones{"a", "b", "aa", ""};
  static const std::vector<std::string> pieces{
      "a",    "Z",         "7",  "-",  "_",
      "$",    "|",         " ",  "\n", "\t",
      "'",    "\"",        "\\", ":",  "#",
      "@",    "<",         "]",  "{",  ",",
      "1",    ".",         "e",  "+",  std::string(1, '\0'),
      "\x7f", "é",         "ſ",  "中", "\u2028",
      "😀",    "\U0010ffff"};
  if (small) return random.pick(small_ones);
  std::string text;
  for (std::size_t left = random.below(6); left > 0; --left) text += random.pick(pieces);
  return text;
}

Bytes random_bytes(Random& random, std::size_t size_max) {
  Bytes bytes(random.below(size_max + 1));
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.bits());
  return bytes;
}

double random_double(Random& random, bool small) {
  using Limits = std::numeric_limits<double>;
  static const std::vector<double> hard{0.0,
                                        -0.0,
                                        Limits::infinity(),
                                        -Limits::infinity(),
                                        Limits::quiet_NaN(),
                                        Limits::denorm_min(),
                                        Limits::max(),
                                        1e23,
                                        1e-5};
  if (small) return static_cast<double>(random.below(3)) / 2;
  return random.chance(1, 2) ? random.pick(hard) : std::bit_cast<double>(random.bits());
}

void append_integer(Builder& to, Random& random, bool small) {
  if (small) {
    to.integer(static_cast<std::int64_t>(random.below(5)) - 2);
  } else if (random.chance(1, 4)) {
    to.integer_bytes(random_bytes(random, 40));
  } else {
    // Any number of bits, so that every length is frequent.
    to.integer(static_cast<std::int64_t>(random.bits()) >> random.below(64));
  }
}

void append_atom(Builder& to, Random& random, bool small) {
  switch (random.below(6)) {
    case 0:
      to.boolean(random.chance(1, 2));
      break;
    case 1:
      to.number(random_double(random, small));
      break;
    case 2:
      append_integer(to, random, small);
      break;
    case 3:
      to.string(random_text(random, small));
      break;
    case 4:
      to.bytes(random_bytes(random, small ? 1 : 20));
      break;
    default:
      to.symbol(random_text(random, small));
      break;
  }
}

class Maker {
 public:
  Maker(Random& random, const RandomValueOptions& options) : random_(random), options_(options) {}

  Value make(std::size_t depth_left) {
    Builder builder;
    if (!options_.references.empty() && random_.chance(1, 8)) {
      builder.reference(random_.pick(options_.references));
    } else if (depth_left == 0 || random_.chance(1, 3)) {
      append_atom(builder, random_, options_.small_atoms);
    } else {
      append_compound(builder, depth_left - 1);
    }
    return builder.finish().value();
  }

 private:
  void append_compound(Builder& to, std::size_t depth_left) {
    switch (random_.below(5)) {
      case 0:
      case 1:
        to.begin_record().value(make(random_.chance(1, 8) ? depth_left : 0));
        for (const Value& field : make_some(depth_left)) to.value(field);
        break;
      case 2:
        to.begin_sequence();
        for (const Value& element : make_some(depth_left)) to.value(element);
        break;
      case 3:
        to.begin_set();
        for (const Value& element : make_distinct(depth_left)) to.value(element);
        break;
      default:
        to.begin_dictionary();
        for (const Value& key : make_distinct(depth_left)) to.value(key).value(make(depth_left));
        break;
    }
    to.end();
  }

  std::vector<Value> make_some(std::size_t depth_left) {
    std::vector<Value> values(random_.below(options_.width_max + 1));
    for (Value& value : values) value = make(depth_left);
    return values;
  }

  std::vector<Value> make_distinct(std::size_t depth_left) {
    std::vector<Value> distinct;
    for (Value& value : make_some(depth_left)) {
      const bool is_new = std::find(distinct.begin(), distinct.end(), value) == distinct.end();
      if (is_new) distinct.push_back(std::move(value));
    }
    return distinct;
  }

  Random& random_;
  const RandomValueOptions& options_;
};

PatternNode random_node(Random& random, ValueView like);

// Keeps some of the parts, in their order, which is that of the keys.
PatternNode random_group(Random& random, ValueView like, PatternNode group) {
  std::vector<std::pair<Value, ValueView>> parts;
  const Elements elements = like.elements();
  if (like.kind() == Kind::dictionary) {
    for (auto at = elements.begin(); at != elements.end();) {
      Value key(*at++);
      parts.emplace_back(std::move(key), *at++);
    }
    std::sort(parts.begin(), parts.end(),
              [](const auto& a, const auto& b) { return compare_total(a.first, b.first) < 0; });
  } else {
    std::uint64_t index = 0;
    for (const ValueView element : elements) parts.emplace_back(Value::integer(index++), element);
  }
  for (const auto& [key, part] : parts) {
    if (random.chance(1, 3)) continue;
    group.keys.push_back(key);
    group.children.push_back(random_node(random, part));
  }
  return group;
}

PatternNode literal_or_group(Random& random, ValueView like) {
  switch (like.kind()) {
    case Kind::record:
      return random_group(random, like,
                          {.kind = PatternNode::Kind::group, .literal = Value(like.label())});
    case Kind::sequence:
      return random_group(
          random, like, {.kind = PatternNode::Kind::group, .group = PatternNode::Group::sequence});
    case Kind::dictionary:
      return random_group(
          random, like,
          {.kind = PatternNode::Kind::group, .group = PatternNode::Group::dictionary});
    case Kind::set:
      return {};
    default:
      break;
  }
  if (random.chance(1, 8)) {
    return {.kind = PatternNode::Kind::literal,
            .literal = random_value(random, {.depth_max = 0, .small_atoms = true})};
  }
  return {.kind = PatternNode::Kind::literal, .literal = Value(like)};
}

PatternNode random_node(Random& random, ValueView like) {
  if (random.chance(1, 6)) return {};
  PatternNode node = random.chance(1, 3) ? PatternNode{} : literal_or_group(random, like);
  if (random.chance(1, 2)) return node;
  PatternNode bind{.kind = PatternNode::Kind::bind};
  bind.children.push_back(std::move(node));
  return bind;
}

}  // namespace

Value random_value(Random& random, const RandomValueOptions& options) {
  return Maker(random, options).make(options.depth_max);
}

Pattern random_pattern(Random& random, ValueView like) {
  // Mostly the outermost thing is asked for by its shape, as people do.
  if (random.chance(1, 4)) return Pattern(random_node(random, like));
  return Pattern(literal_or_group(random, like));
}

}  // namespace avow::test
