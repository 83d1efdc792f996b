#include "server/dataspace/outline.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "avow/base/check.hpp"
#include "avow/model/encoding.hpp"
#include "server/dataspace/path_tree.hpp"

namespace avow::server {
namespace {

// No record and no sequence has so many elements: a key that is no index matches nothing.
constexpr std::uint64_t no_index = std::numeric_limits<std::uint64_t>::max();

enum class Existence : std::uint8_t { implied, must_be_checked };

// Depth of recursion: that of the pattern, which its limits bound.
class Outliner {
 public:
  explicit Outliner(Outline& outline) : outline_(outline) {}

  void add_root(const PatternNode& root) {
    set_label(beneath_binds(root));
    add(root, Existence::implied);
  }

 private:
  void set_label(const PatternNode& root) {
    if (root.kind == PatternNode::Kind::literal) {
      const LabelName name = label_of(root.literal);
      outline_.label_kind = name.kind;
      if (name.kind == LabelKind::record) outline_.label = Value::from_canonical(name.name);
    } else if (root.kind == PatternNode::Kind::group) {
      switch (root.group) {
        case PatternNode::Group::record:
          outline_.label_kind = LabelKind::record;
          outline_.label = root.literal;
          break;
        case PatternNode::Group::sequence:
          outline_.label_kind = LabelKind::sequence;
          break;
        case PatternNode::Group::dictionary:
          outline_.label_kind = LabelKind::dictionary;
          break;
      }
    }
  }

  void add(const PatternNode& node, Existence existence) {
    switch (node.kind) {
      case PatternNode::Kind::discard:
        if (existence == Existence::must_be_checked) outline_.existing.push_back(path_);
        break;
      case PatternNode::Kind::bind:
        outline_.captures.push_back(path_);
        add(node.children.front(), existence);
        break;
      case PatternNode::Kind::literal:
        outline_.constants.push_back({path_, node.literal});
        break;
      case PatternNode::Kind::group:
        add_group(node);
        break;
    }
  }

  void add_group(const PatternNode& node) {
    // At the root the label says it already; further down the existence of a child does.
    const std::size_t here = path_.size();
    if (here != 0 && node.group == PatternNode::Group::record) {
      append_step(path_, StepKind::label);
      outline_.constants.push_back({path_, node.literal});
      path_.resize(here);
    } else if (here != 0 && node.keys.empty()) {
      append_step(path_, node.group == PatternNode::Group::sequence ? StepKind::is_sequence
                                                                    : StepKind::is_dictionary);
      outline_.existing.push_back(path_);
      path_.resize(here);
    }
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const Existence existence = append_key(node, i);
      add(node.children[i], existence);
      path_.resize(here);
    }
  }

  // Where the last index of a group exists, all before it do.
  Existence append_key(const PatternNode& node, std::size_t position) {
    const ValueView key = node.keys[position];
    if (node.group == PatternNode::Group::dictionary) {
      append_entry_step(path_, key);
      return Existence::must_be_checked;
    }
    const std::optional<std::uint64_t> index = key.as_uint64();
    append_step(path_,
                node.group == PatternNode::Group::record ? StepKind::field : StepKind::element,
                index.value_or(no_index));
    const bool is_last = position + 1 == node.keys.size();
    return is_last || !index ? Existence::must_be_checked : Existence::implied;
  }

  Outline& outline_;
  Bytes path_;
};

// Sorted and without repeats, so that it does not matter how the pairs were written.
void add_same(Outline& outline, const SamePairs& same) {
  for (const auto& [first, second] : same) {
    AVOW_CHECK(first < outline.captures.size() && second < outline.captures.size());
    std::pair<Bytes, Bytes> paths(outline.captures[first], outline.captures[second]);
    if (paths.first == paths.second) continue;
    if (paths.second < paths.first) std::swap(paths.first, paths.second);
    outline.same.push_back(std::move(paths));
  }
  std::sort(outline.same.begin(), outline.same.end());
  outline.same.erase(std::unique(outline.same.begin(), outline.same.end()), outline.same.end());
}

void append_part(Bytes& key, char part, const Bytes& path) {
  key.push_back(static_cast<std::uint8_t>(part));
  append_varint(key, path.size());
  append(key, path);
}

}  // namespace

LabelName label_of(ValueView fact) {
  const std::uint8_t* const at = fact.bytes().data();
  switch (*at) {
    case tag::record:
      return {LabelKind::record, ByteView(at + 1, skip_value(at + 1))};
    case tag::sequence:
      return {LabelKind::sequence, {}};
    case tag::dictionary:
      return {LabelKind::dictionary, {}};
    default:
      return {LabelKind::other, {}};
  }
}

Outline outline_of(const Interest& interest) {
  Outline outline;
  Outliner(outline).add_root(interest.pattern.root());
  add_same(outline, interest.same);
  return outline;
}

Bytes Outline::shape_key() const {
  Bytes key = constants_key();
  for (const Bytes& path : existing) append_part(key, 'x', path);
  for (const auto& [first, second] : same) {
    append_part(key, 's', first);
    append_part(key, 's', second);
  }
  return key;
}

Bytes Outline::constants_key() const {
  Bytes key;
  for (const Constant& constant : constants) append_part(key, 'c', constant.path);
  return key;
}

Bytes Outline::captures_key() const {
  Bytes key;
  for (const Bytes& path : captures) append_part(key, 'b', path);
  return key;
}

Bytes Outline::constants_bytes() const {
  Bytes bytes;
  for (const Constant& constant : constants) append(bytes, constant.literal.bytes());
  return bytes;
}

}  // namespace avow::server
