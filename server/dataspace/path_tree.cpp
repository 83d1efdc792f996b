#include "server/dataspace/path_tree.hpp"

#include <algorithm>
#include <utility>

#include "avow/base/check.hpp"
#include "avow/model/encoding.hpp"

// Depth of recursion: that of a pattern, which its limits bound.

namespace avow::server {

void append_step(Bytes& path, StepKind kind) { path.push_back(static_cast<std::uint8_t>(kind)); }
void append_step(Bytes& path, StepKind kind, std::uint64_t index) {
  append_step(path, kind);
  append_varint(path, index);
}
void append_entry_step(Bytes& path, ValueView key) {
  append_step(path, StepKind::entry);
  append(path, key.bytes());
}

void SliceRows::reset(std::size_t rows, std::size_t paths) {
  for (const std::uint32_t index : written_) slices_[index] = Slice();
  written_.clear();
  paths_ = paths;
  if (slices_.size() < rows * paths) slices_.resize(rows * paths);
}

PathTree::PathTree() : nodes_(1) {}

bool PathTree::is_before(const Child& a, const Child& b) {
  if (a.kind != b.kind) return a.kind < b.kind;
  if (a.kind == StepKind::entry) return compare(a.key.bytes(), b.key.bytes()) < 0;
  return a.index < b.index;
}

PathId PathTree::add(ByteView path, Use use) {
  PathId id = 0;
  const std::uint8_t* at = path.data();
  const std::uint8_t* const end = at + path.size();
  while (at != end) {
    Child step;
    step.kind = static_cast<StepKind>(*at++);
    if (step.kind == StepKind::field || step.kind == StepKind::element) {
      step.index = read_varint(at);
    } else if (step.kind == StepKind::entry) {
      const std::uint8_t* const key = std::exchange(at, skip_value(at));
      step.key = Value::from_canonical(ByteView(key, at));
    }
    id = child(id, step);
  }
  ++nodes_[id].uses;
  if (use == Use::hashed) ++nodes_[id].hashed_uses;
  return id;
}

PathId PathTree::child(PathId parent, const Child& step) {
  std::vector<Child>& siblings = nodes_[parent].children;
  const auto at = std::lower_bound(siblings.begin(), siblings.end(), step, is_before);
  if (at != siblings.end() && !is_before(step, *at)) return at->node;

  PathId id = static_cast<PathId>(nodes_.size());
  if (!free_.empty()) {
    id = free_.back();
    free_.pop_back();
  }
  siblings.insert(at, step)->node = id;
  ++nodes_[parent].uses;
  if (id == nodes_.size()) nodes_.emplace_back();
  nodes_[id].parent = parent;
  return id;
}

void PathTree::release(PathId path, Use use) {
  if (use == Use::hashed) --nodes_[path].hashed_uses;
  while (--nodes_[path].uses == 0 && path != 0) {
    const PathId parent = nodes_[path].parent;
    std::vector<Child>& siblings = nodes_[parent].children;
    const auto at = std::find_if(siblings.begin(), siblings.end(),
                                 [&](const Child& each) { return each.node == path; });
    AVOW_CHECK(at != siblings.end());
    siblings.erase(at);
    nodes_[path] = Node();
    free_.push_back(path);
    path = parent;
  }
}

void PathTree::walk(ValueView value, const KeyedHash* keyed, SliceRows& rows, Slice* row) const {
  const ByteView bytes = value.bytes();
  visit({.keyed = keyed, .rows = rows, .row = row}, 0, bytes.data(), bytes.data() + bytes.size());
}

void PathTree::note(const Walk& walk, PathId id, const std::uint8_t* at,
                    const std::uint8_t* end) const {
  const auto size = static_cast<std::uint32_t>(end - at);
  const bool hashed = nodes_[id].hashed_uses != 0;
  walk.rows.set(walk.row[id],
                {.at = at, .size = size, .hash = hashed ? (*walk.keyed)(ByteView(at, size)) : 0});
}

void PathTree::visit(const Walk& walk, PathId id, const std::uint8_t* at,
                     const std::uint8_t* end) const {
  note(walk, id, at, end);
  const Node& node = nodes_[id];
  if (node.children.empty()) return;
  if (*at == tag::record) visit_record(walk, node, at);
  if (*at == tag::sequence) visit_sequence(walk, node, at, end);
  if (*at == tag::dictionary) visit_dictionary(walk, node, at, end);
}

namespace {

// The part of sorted children that are of one kind.
template <class Child>
std::pair<const Child*, const Child*> of_kind(const std::vector<Child>& children, StepKind kind) {
  const Child* const end = children.data() + children.size();
  const Child* const first = std::partition_point(
      children.data(), end, [&](const Child& each) { return each.kind < kind; });
  return {first,
          std::partition_point(first, end, [&](const Child& each) { return each.kind == kind; })};
}

}  // namespace

void PathTree::visit_record(const Walk& walk, const Node& node, const std::uint8_t* at) const {
  const std::uint8_t* const label = at + 1;
  const std::uint8_t* const fields = skip_value(label);
  const auto [label_child, label_end] = of_kind(node.children, StepKind::label);
  if (label_child != label_end) visit(walk, label_child->node, label, fields);
  const auto [first, last] = of_kind(node.children, StepKind::field);
  visit_indexed(walk, first, last, fields);
}

// One pass over the fields or elements that begin at `at` and end with an end tag.
void PathTree::visit_indexed(const Walk& walk, Children child, Children last,
                             const std::uint8_t* at) const {
  for (std::uint64_t index = 0; child != last && *at != tag::end; ++index) {
    const std::uint8_t* const next = skip_value(at);
    if (child->index == index) {
      visit(walk, child->node, at, next);
      ++child;
    }
    at = next;
  }
}

void PathTree::visit_sequence(const Walk& walk, const Node& node, const std::uint8_t* at,
                              const std::uint8_t* end) const {
  const auto [self, self_end] = of_kind(node.children, StepKind::is_sequence);
  if (self != self_end) note(walk, self->node, at, end);
  const auto [first, last] = of_kind(node.children, StepKind::element);
  visit_indexed(walk, first, last, at + 1);
}

// Keys stand sorted by their bytes in both, so that each search goes on where the last one ended.
void PathTree::visit_dictionary(const Walk& walk, const Node& node, const std::uint8_t* at,
                                const std::uint8_t* end) const {
  const auto [self, self_end] = of_kind(node.children, StepKind::is_dictionary);
  if (self != self_end) note(walk, self->node, at, end);
  auto [child, last] = of_kind(node.children, StepKind::entry);
  for (++at; child != last && *at != tag::end;) {
    const std::uint8_t* const value = skip_value(at);
    const ByteView key(at, value);
    child = std::lower_bound(child, last, key, [](const Child& each, ByteView wanted) {
      return compare(each.key.bytes(), wanted) < 0;
    });
    const std::uint8_t* const next = skip_value(value);
    if (child != last && equal(child->key.bytes(), key)) {
      visit(walk, child->node, value, next);
      ++child;
    }
    at = next;
  }
}

}  // namespace avow::server
