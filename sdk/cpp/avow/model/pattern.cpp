#include "avow/model/pattern.hpp"

#include <algorithm>

#include "avow/base/check.hpp"
#include "avow/model/builder.hpp"

// The schema that is read here, in Preserves text:
//
//   pattern    <_> | <bind pattern> | <lit atom> | <group type {key: pattern …}>
//   type       <rec label> | <arr> | <dict>
//
// Depth of recursion: that of the pattern, which `PatternLimits` bounds before it is entered.

namespace avow {
namespace {

using Group = PatternNode::Group;
using NodeKind = PatternNode::Kind;

Error bad_pattern(std::string detail) { return {"bad-pattern", std::move(detail)}; }

Error over_limit(const char* what, std::size_t limit) {
  return {"limit",
          std::string("A pattern has more ") + what + " than " + std::to_string(limit) + "."};
}

// What kind of group `type` asks for; the label of a record group goes into `node`.
Result<void> read_group_type(ValueView type, PatternNode& node) {
  if (type.is_record("rec")) {
    const std::optional<ValueView> label = type.element(0);
    if (!label) return bad_pattern("A <rec label> group names no label.");
    node.group = Group::record;
    node.literal = Value(*label);
    return {};
  }
  if (type.is_record("arr")) {
    node.group = Group::sequence;
    return {};
  }
  if (type.is_record("dict")) {
    node.group = Group::dictionary;
    return {};
  }
  return bad_pattern("A group is none of <rec label>, <arr> and <dict>.");
}

class Parser {
 public:
  explicit Parser(const PatternLimits& limits) : limits_(limits) {}

  Result<PatternNode> read(ValueView wire, std::size_t depth = 1) {
    if (depth > limits_.depth_max) return over_limit("levels", limits_.depth_max);
    if (++nodes_ > limits_.nodes_max) return over_limit("nodes", limits_.nodes_max);
    if (wire.is_record("_")) return PatternNode{};
    if (wire.is_record("bind")) return read_bind(wire, depth);
    if (wire.is_record("lit")) return read_literal(wire);
    if (wire.is_record("group")) return read_group(wire, depth);
    return bad_pattern("A pattern is none of <_>, <bind p>, <lit atom> and <group type {…}>.");
  }

 private:
  Result<PatternNode> read_bind(ValueView wire, std::size_t depth) {
    const std::optional<ValueView> inner = wire.element(0);
    if (!inner) return bad_pattern("A <bind p> holds no pattern.");
    if (++captures_ > limits_.captures_max) return over_limit("captures", limits_.captures_max);
    PatternNode node{.kind = NodeKind::bind};
    AVOW_TRY(PatternNode child, read(*inner, depth + 1));
    node.children.push_back(std::move(child));
    return node;
  }

  Result<PatternNode> read_literal(ValueView wire) {
    const std::optional<ValueView> atom = wire.element(0);
    if (!atom || atom->is_compound()) {
      return bad_pattern("A <lit atom> holds no atom; compounds are written as groups.");
    }
    return PatternNode{.kind = NodeKind::literal, .literal = Value(*atom)};
  }

  Result<PatternNode> read_group(ValueView wire, std::size_t depth) {
    const std::optional<ValueView> type = wire.element(0);
    const std::optional<ValueView> entries = wire.element(1);
    if (!type || !entries || entries->kind() != Kind::dictionary) {
      return bad_pattern("A <group type {key: pattern}> needs a type and a dictionary.");
    }
    PatternNode node{.kind = NodeKind::group};
    AVOW_TRY_VOID(read_group_type(*type, node));
    const std::vector<ValueView> keys_and_patterns = in_total_order(*entries);
    for (std::size_t i = 0; i < keys_and_patterns.size(); i += 2) {
      AVOW_TRY(PatternNode child, read(keys_and_patterns[i + 1], depth + 1));
      node.keys.emplace_back(keys_and_patterns[i]);
      node.children.push_back(std::move(child));
    }
    return node;
  }

  const PatternLimits& limits_;
  std::size_t nodes_ = 0;
  std::size_t captures_ = 0;
};

// Counts the captures, and checks what the type `PatternNode` leaves open.
std::size_t count_captures(const PatternNode& node) {
  const bool is_bind = node.kind == NodeKind::bind;
  const bool is_group = node.kind == NodeKind::group;
  AVOW_CHECK(node.children.size() == (is_bind ? 1 : (is_group ? node.keys.size() : 0)));
  AVOW_CHECK(std::is_sorted(node.keys.begin(), node.keys.end(), [](const Value& a, const Value& b) {
    return compare_total(a, b) < 0;
  }));
  std::size_t count = is_bind ? 1 : 0;
  for (const PatternNode& child : node.children) count += count_captures(child);
  return count;
}

void write_group_type(Builder& to, const PatternNode& node) {
  switch (node.group) {
    case Group::record:
      to.begin_record("rec").value(node.literal);
      break;
    case Group::sequence:
      to.begin_record("arr");
      break;
    case Group::dictionary:
      to.begin_record("dict");
      break;
  }
  to.end();
}

void write(Builder& to, const PatternNode& node) {
  switch (node.kind) {
    case NodeKind::discard:
      to.begin_record("_");
      break;
    case NodeKind::bind:
      to.begin_record("bind");
      write(to, node.children.front());
      break;
    case NodeKind::literal:
      to.begin_record("lit").value(node.literal);
      break;
    case NodeKind::group:
      to.begin_record("group");
      write_group_type(to, node);
      to.begin_dictionary();
      for (std::size_t i = 0; i < node.keys.size(); ++i) {
        to.value(node.keys[i]);
        write(to, node.children[i]);
      }
      to.end();
      break;
  }
  to.end();
}

class Matcher {
 public:
  // What is captured goes into `captures`, if there is one.
  explicit Matcher(std::vector<ValueView>* captures) : captures_(captures) {}

  bool matches(const PatternNode& node, ValueView value) {
    switch (node.kind) {
      case NodeKind::discard:
        return true;
      case NodeKind::bind:
        if (captures_ != nullptr) captures_->push_back(value);
        return matches(node.children.front(), value);
      case NodeKind::literal:
        return node.literal.view() == value;
      case NodeKind::group:
        return matches_group(node, value);
    }
    AVOW_CHECK(false);
  }

 private:
  bool matches_group(const PatternNode& node, ValueView value) {
    switch (node.group) {
      case Group::record:
        return value.kind() == Kind::record && value.label() == node.literal.view() &&
               matches_elements(node, value);
      case Group::sequence:
        return value.kind() == Kind::sequence && matches_elements(node, value);
      case Group::dictionary:
        return value.kind() == Kind::dictionary && matches_entries(node, value);
    }
    AVOW_CHECK(false);
  }

  // The keys ascend, so one walk over the elements finds them all.
  bool matches_elements(const PatternNode& node, ValueView value) {
    const Elements elements = value.elements();
    auto at = elements.begin();
    std::uint64_t index = 0;
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const std::optional<std::uint64_t> wanted = node.keys[i].view().as_uint64();
      if (!wanted) return false;
      for (; index < *wanted && at != elements.end(); ++index) ++at;
      if (at == elements.end() || !matches(node.children[i], *at)) return false;
    }
    return true;
  }

  bool matches_entries(const PatternNode& node, ValueView value) {
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const std::optional<ValueView> found = value.entry(node.keys[i].view());
      if (!found || !matches(node.children[i], *found)) return false;
    }
    return true;
  }

  std::vector<ValueView>* captures_;
};

}  // namespace

Pattern::Pattern(PatternNode root)
    : root_(std::move(root)), capture_count_(count_captures(root_)) {}

Result<Pattern> Pattern::parse(ValueView wire, const PatternLimits& limits) {
  AVOW_TRY(PatternNode root, Parser(limits).read(wire));
  return Pattern(std::move(root));
}

const PatternNode& beneath_binds(const PatternNode& root) {
  const PatternNode* node = &root;
  while (node->kind == PatternNode::Kind::bind) node = &node->children.front();
  return *node;
}

Value Pattern::to_value() const {
  Builder builder;
  write(builder, root_);
  return builder.finish().value();
}

bool Pattern::matches(ValueView value) const { return Matcher(nullptr).matches(root_, value); }

std::optional<Value> Pattern::match(ValueView value) const {
  std::vector<ValueView> captures;
  if (!Matcher(&captures).matches(root_, value)) return std::nullopt;
  Builder sequence;
  sequence.begin_sequence();
  for (const ValueView capture : captures) sequence.value(capture);
  return sequence.end().finish().value();
}

}  // namespace avow
