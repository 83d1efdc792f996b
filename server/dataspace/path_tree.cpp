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
  if (are_long()) {
    for (const std::uint32_t index : written_) slices_[index] = Slice();
    written_.clear();
  } else {
    std::fill_n(slices_.begin(), rows_ * paths_, Slice());
  }
  rows_ = rows;
  paths_ = paths;
  if (slices_.size() < rows * paths) slices_.resize(rows * paths);
}

PathTree::PathTree() : nodes_(1) {}

PathId PathTree::add(ByteView path, Use use) {
  PathId id = 0;
  const std::uint8_t* at = path.data();
  const std::uint8_t* const end = at + path.size();
  while (at != end) {
    Step step;
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

namespace {

// Where a child stands among sorted ones, or would.
template <class Places>
auto place_of(Places& places, std::uint64_t index) {
  return std::lower_bound(
      places.begin(), places.end(), index,
      [](const auto& each, std::uint64_t wanted) { return each.index < wanted; });
}

template <class Entry>
Entry entry_of(Entry first, Entry last, ByteView key) {
  return std::lower_bound(first, last, key, [](const auto& each, ByteView wanted) {
    return compare(each.key.bytes(), wanted) < 0;
  });
}

template <class Children>
void erase_node(Children& children, PathId node) {
  std::erase_if(children, [node](const auto& each) { return each.node == node; });
}

}  // namespace

PathId PathTree::find_child(const Node& parent, const Step& step) const {
  switch (step.kind) {
    case StepKind::label:
      return parent.label;
    case StepKind::is_sequence:
      return parent.sequence;
    case StepKind::is_dictionary:
      return parent.dictionary;
    case StepKind::entry: {
      const auto at = entry_of(parent.entries.begin(), parent.entries.end(), step.key.bytes());
      return at != parent.entries.end() && at->key == step.key ? at->node : 0;
    }
    case StepKind::field:
    case StepKind::element:
      break;
  }
  const std::vector<Place>& places = step.kind == StepKind::field ? parent.fields : parent.elements;
  const auto at = place_of(places, step.index);
  return at != places.end() && at->index == step.index ? at->node : 0;
}

void PathTree::add_child(PathId parent_id, const Step& step, PathId node) {
  Node& parent = nodes_[parent_id];
  ++parent.children;
  switch (step.kind) {
    case StepKind::label:
      parent.label = node;
      break;
    case StepKind::is_sequence:
      parent.sequence = node;
      break;
    case StepKind::is_dictionary:
      parent.dictionary = node;
      break;
    case StepKind::entry:
      parent.entries.insert(
          entry_of(parent.entries.begin(), parent.entries.end(), step.key.bytes()),
          {step.key, node});
      break;
    case StepKind::field:
      parent.fields.insert(place_of(parent.fields, step.index), {step.index, node});
      break;
    case StepKind::element:
      parent.elements.insert(place_of(parent.elements, step.index), {step.index, node});
      break;
  }
}

void PathTree::remove_child(Node& parent, PathId node) {
  --parent.children;
  for (PathId* const only : {&parent.label, &parent.sequence, &parent.dictionary}) {
    if (*only == node) *only = 0;
  }
  erase_node(parent.fields, node);
  erase_node(parent.elements, node);
  erase_node(parent.entries, node);
}

PathId PathTree::child(PathId parent, const Step& step) {
  const PathId known = find_child(nodes_[parent], step);
  if (known != 0) return known;
  PathId id = static_cast<PathId>(nodes_.size());
  if (!free_.empty()) {
    id = free_.back();
    free_.pop_back();
  } else {
    nodes_.emplace_back();
  }
  nodes_[id].parent = parent;
  add_child(parent, step, id);
  return id;
}

void PathTree::release(PathId path, Use use) {
  if (use == Use::hashed) --nodes_[path].hashed_uses;
  --nodes_[path].uses;
  while (path != 0 && nodes_[path].uses == 0 && nodes_[path].children == 0) {
    const PathId parent = nodes_[path].parent;
    remove_child(nodes_[parent], path);
    nodes_[path] = Node();
    free_.push_back(path);
    path = parent;
  }
}

void PathTree::walk(ValueView value, const KeyedHash* keyed, SliceRows& rows, Slice* row) const {
  const ByteView bytes = value.bytes();
  visit({.keyed = keyed, .rows = rows, .row = row}, 0, bytes.data(), bytes.data() + bytes.size());
}

inline void PathTree::note(const Walk& walk, PathId id, const std::uint8_t* at,
                           const std::uint8_t* end) const {
  const auto size = static_cast<std::uint32_t>(end - at);
  const bool hashed = nodes_[id].hashed_uses != 0;
  walk.rows.set(walk.row[id],
                {.at = at, .size = size, .hash = hashed ? (*walk.keyed)(ByteView(at, size)) : 0});
}

inline void PathTree::visit(const Walk& walk, PathId id, const std::uint8_t* at,
                            const std::uint8_t* end) const {
  const Node& node = nodes_[id];
  if (node.uses != 0) note(walk, id, at, end);
  if (node.children != 0) visit_children(walk, node, at, end);
}

void PathTree::visit_children(const Walk& walk, const Node& node, const std::uint8_t* at,
                              const std::uint8_t* end) const {
  switch (*at) {
    case tag::record:
      return visit_record(walk, node, at);
    case tag::sequence:
      if (node.sequence != 0) note(walk, node.sequence, at, end);
      return visit_places(walk, node.elements, at + 1);
    case tag::dictionary:
      if (node.dictionary != 0) note(walk, node.dictionary, at, end);
      return visit_entries(walk, node.entries, at + 1);
    default:
      return;
  }
}

void PathTree::visit_record(const Walk& walk, const Node& node, const std::uint8_t* at) const {
  const std::uint8_t* const label = at + 1;
  const std::uint8_t* const fields = skip_value(label);
  if (node.label != 0) visit(walk, node.label, label, fields);
  visit_places(walk, node.fields, fields);
}

// One pass over the fields or elements that begin at `at` and end with an end tag.
void PathTree::visit_places(const Walk& walk, const std::vector<Place>& places,
                            const std::uint8_t* at) const {
  std::uint64_t index = 0;
  for (const Place& place : places) {
    for (; index < place.index && *at != tag::end; ++index) at = skip_value(at);
    if (*at == tag::end) return;
    const std::uint8_t* const next = skip_value(at);
    visit(walk, place.node, at, next);
    at = next;
    ++index;
  }
}

// Keys stand sorted by their bytes in both, so that each search goes on where the last one ended.
void PathTree::visit_entries(const Walk& walk, const std::vector<Entry>& entries,
                             const std::uint8_t* at) const {
  auto entry = entries.begin();
  while (entry != entries.end() && *at != tag::end) {
    const std::uint8_t* const value = skip_value(at);
    const ByteView key(at, value);
    entry = entry_of(entry, entries.end(), key);
    const std::uint8_t* const next = skip_value(value);
    if (entry != entries.end() && equal(entry->key.bytes(), key)) {
      visit(walk, entry->node, value, next);
      ++entry;
    }
    at = next;
  }
}

}  // namespace avow::server
