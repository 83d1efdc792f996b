#include "avow/model/pattern_text.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "avow/model/text_printing.hpp"
#include "avow/model/text_reader.hpp"

// Depth of recursion: that of the pattern, which `PatternLimits` bounds before it is entered, and
// that of constants, which those who made them have bounded.

namespace avow {
namespace {

using Group = PatternNode::Group;
using NodeKind = PatternNode::Kind;
using Mark = TextToken::Kind;

Error bad_pattern(std::string detail) { return {"bad-pattern", std::move(detail)}; }

// A part of the pattern, with the names of its captures in pattern order.
struct Part {
  PatternNode node{};
  std::vector<std::string> names{};
};

struct Entry {
  Value key;
  Part part;
};

// A group of `entries`, which are put into the order of patterns: the total order of the keys.
Part group_of(PatternNode node, std::vector<Entry> entries) {
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return compare_total(a.key, b.key) < 0; });
  Part group{.node = std::move(node)};
  for (Entry& entry : entries) {
    group.node.keys.push_back(std::move(entry.key));
    group.node.children.push_back(std::move(entry.part.node));
    std::move(entry.part.names.begin(), entry.part.names.end(), std::back_inserter(group.names));
  }
  return group;
}

// Entries whose keys count from 0: the fields of a record, the elements of a sequence.
std::vector<Entry> numbered(std::vector<Part> parts) {
  std::vector<Entry> entries;
  entries.reserve(parts.size());
  for (Part& part : parts) {
    entries.push_back({Value::integer(std::uint64_t{entries.size()}), std::move(part)});
  }
  return entries;
}

// What matches `value` itself. (Compounds match longer ones too, as all groups do.)
Result<Part> exactly(ValueView value) {
  if (value.kind() == Kind::set) {
    return bad_pattern("A set can be captured, but not matched: write _ or $name in its place.");
  }
  if (!value.is_compound()) {
    return Part{.node = {.kind = NodeKind::literal, .literal = Value(value)}};
  }
  if (value.kind() == Kind::dictionary) {
    std::vector<Entry> entries;
    const Elements all = value.elements();
    for (auto at = all.begin(); at != all.end();) {
      Value key(*at++);
      AVOW_TRY(Part part, exactly(*at++));
      entries.push_back({std::move(key), std::move(part)});
    }
    return group_of({.kind = NodeKind::group, .group = Group::dictionary}, std::move(entries));
  }
  std::vector<Part> parts;
  for (const ValueView element : value.elements()) {
    AVOW_TRY(Part part, exactly(element));
    parts.push_back(std::move(part));
  }
  PatternNode node{.kind = NodeKind::group, .group = Group::sequence};
  if (value.kind() == Kind::record) {
    node.group = Group::record;
    node.literal = Value(value.label());
  }
  return group_of(std::move(node), numbered(std::move(parts)));
}

bool is_variable(const TextToken& token) {
  return token.kind == Mark::bare && is_variable_name(token.content);
}

class Parser {
 public:
  Parser(std::string_view text, const PatternConstants& constants, const PatternLimits& limits)
      : constants_(constants),
        limits_(limits),
        lexer_(text, value_limits_),
        values_(lexer_, value_limits_,
                [this](const TextToken& token) { return constant_at(token); }) {}

  Result<Part> read_all() {
    AVOW_TRY(const TextToken first, lexer_.next());
    AVOW_TRY(Part part, read(first, 1));
    AVOW_TRY(const TextToken rest, lexer_.next());
    if (rest.kind != Mark::end) {
      return lexer_.error_at(rest.begin, "the pattern has ended, but the text goes on");
    }
    for (const auto& [name, value] : constants_) {
      if (used_.contains(name)) continue;
      return Error{"unknown-name",
                   "A value is given for $" + name + ", but the pattern has no such name."};
    }
    return part;
  }

 private:
  Result<Part> read(TextToken token, std::size_t depth) {
    AVOW_TRY(token, values_.skip_annotations(token));
    // The other limits are those of the wire form, and are checked there.
    if (depth > limits_.depth_max) {
      return lexer_.limit_at(
          token.begin, "the pattern has more levels than " + std::to_string(limits_.depth_max));
    }
    if (is_variable(token)) return variable(token);
    switch (token.kind) {
      case Mark::begin_record:
        return record(depth);
      case Mark::begin_sequence: {
        AVOW_TRY(std::vector<Part> parts, elements(depth));
        return group_of({.kind = NodeKind::group, .group = Group::sequence},
                        numbered(std::move(parts)));
      }
      case Mark::begin_dictionary:
        return dictionary(token, depth);
      case Mark::begin_set:
        return exactly(Builder().begin_set().end().finish().value());
      default: {
        AVOW_TRY(const Value atom, values_.read(token));
        return exactly(atom);
      }
    }
  }

  Result<Part> variable(const TextToken& token) {
    if (token.content == "_") return Part{};
    const std::string name(token.content.substr(1));
    if (const Value* const constant = find_constant(name)) return exactly(*constant);
    Part part{.node = {.kind = NodeKind::bind}, .names = {name}};
    part.node.children.emplace_back();
    return part;
  }

  Result<Part> record(std::size_t depth) {
    AVOW_TRY(TextToken token, lexer_.next());
    if (token.kind == Mark::end_record) {
      return lexer_.error_at(token.begin, "a record begins with a label");
    }
    AVOW_TRY(Value label, values_.read(token));
    std::vector<Part> parts;
    for (;;) {
      AVOW_TRY(token, lexer_.next());
      if (token.kind == Mark::end_record) break;
      AVOW_TRY(Part part, read(token, depth + 1));
      parts.push_back(std::move(part));
    }
    return group_of({.kind = NodeKind::group, .group = Group::record, .literal = std::move(label)},
                    numbered(std::move(parts)));
  }

  Result<std::vector<Part>> elements(std::size_t depth) {
    std::vector<Part> parts;
    for (;;) {
      AVOW_TRY(const TextToken token, next_but_commas(lexer_));
      if (token.kind == Mark::end_sequence) return parts;
      AVOW_TRY(Part part, read(token, depth + 1));
      parts.push_back(std::move(part));
    }
  }

  Result<Part> dictionary(const TextToken& begin, std::size_t depth) {
    std::vector<Entry> entries;
    for (;;) {
      AVOW_TRY(const TextToken token, next_but_commas(lexer_));
      if (token.kind == Mark::end_braces) break;
      AVOW_TRY(Value key, values_.read(token));
      AVOW_TRY_VOID(take_colon(lexer_));
      AVOW_TRY(const TextToken first, lexer_.next());
      AVOW_TRY(Part part, read(first, depth + 1));
      entries.push_back({std::move(key), std::move(part)});
    }
    Part group =
        group_of({.kind = NodeKind::group, .group = Group::dictionary}, std::move(entries));
    const std::vector<Value>& keys = group.node.keys;
    if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) {
      return lexer_.error_at(begin.begin, "a key of this dictionary stands in it twice");
    }
    return group;
  }

  // Labels, keys and what is embedded are values: there variables must be constants.
  Result<std::optional<Value>> constant_at(const TextToken& token) {
    if (!is_variable(token)) return std::optional<Value>();
    if (const Value* const constant = find_constant(token.content.substr(1))) {
      return std::optional(*constant);
    }
    return bad_pattern(lexer_
                           .error_at(token.begin,
                                     "a variable cannot stand in a label, a key or a reference; "
                                     "quoted it is a symbol: '_'")
                           .detail);
  }

  const Value* find_constant(std::string_view name) {
    const auto found = constants_.find(name);
    if (found == constants_.end()) return nullptr;
    used_.insert(found->first);
    return &found->second;
  }

  const PatternConstants& constants_;
  const PatternLimits& limits_;
  const ValueLimits value_limits_{};
  TextLexer lexer_;
  TextReader values_;
  std::set<std::string_view> used_;  // Names of constants that the text has.
};

SamePairs pairs_of_equal(const std::vector<std::string>& names) {
  SamePairs same;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto first = std::find(names.begin(), names.end(), names[i]) - names.begin();
    if (names[i].empty() || static_cast<std::size_t>(first) == i) continue;
    same.emplace_back(static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(i));
  }
  return same;
}

}  // namespace

Result<NamedPattern> parse_pattern_text(std::string_view text, const PatternConstants& constants,
                                        const PatternLimits& limits) {
  AVOW_TRY(Part whole, Parser(text, constants, limits).read_all());
  AVOW_TRY(Pattern pattern, Pattern::parse(Pattern(std::move(whole.node)).to_value(), limits));
  SamePairs same = pairs_of_equal(whole.names);
  return NamedPattern{std::move(pattern), std::move(whole.names), std::move(same)};
}

}  // namespace avow
