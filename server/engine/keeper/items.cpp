#include "server/engine/keeper/items.hpp"

#include <utility>

#include "avow/base/check.hpp"

namespace avow::server {
namespace {

// Most items come last and go first, which needs no search.
void insert(std::set<std::uint64_t>& numbers, std::uint64_t id) {
  numbers.insert(numbers.end(), id);
}

void erase(std::set<std::uint64_t>& numbers, std::uint64_t id) {
  const auto first = numbers.begin();
  if (first != numbers.end() && *first == id) {
    numbers.erase(first);
  } else {
    numbers.erase(id);
  }
}

ByteView label_of(ValueView value) {
  return value.kind() == Kind::record ? value.label().bytes() : ByteView();
}

}  // namespace

void Items::add(std::uint64_t id, Value value) {
  show(id, value);
  items_.emplace(id, Item{std::move(value), {}});
}

void Items::hold(std::uint64_t id, SessionId holder) {
  Item& item = items_.at(id);
  AVOW_CHECK(item.holder == SessionId{});
  hide(id, item.value);
  item.holder = holder;
  held_[holder].insert(id);
}

void Items::give_back(std::uint64_t id) {
  Item& item = items_.at(id);
  const auto held = held_.find(std::exchange(item.holder, SessionId{}));
  held->second.erase(id);
  if (held->second.empty()) held_.erase(held);
  show(id, item.value);
}

Value Items::remove(std::uint64_t id) {
  const auto item = items_.find(id);
  if (item->second.holder != SessionId{}) give_back(id);
  Value value = std::move(item->second.value);
  items_.erase(item);
  hide(id, value);
  return value;
}

const Items::Item* Items::find(std::uint64_t id) const {
  const auto found = items_.find(id);
  return found == items_.end() ? nullptr : &found->second;
}

std::vector<std::uint64_t> Items::held_by(SessionId session) const {
  const auto held = held_.find(session);
  if (held == held_.end()) return {};
  return {held->second.begin(), held->second.end()};
}

void Items::show(std::uint64_t id, const Value& value) {
  insert(there_, id);
  const ByteView label = label_of(value);
  auto labelled = by_label_.find(label);
  if (labelled == by_label_.end()) {
    labelled = by_label_.emplace(Bytes(label.begin(), label.end()), Numbers()).first;
  }
  insert(labelled->second, id);
}

void Items::hide(std::uint64_t id, const Value& value) {
  erase(there_, id);
  const auto labelled = by_label_.find(label_of(value));
  erase(labelled->second, id);
  if (labelled->second.empty()) by_label_.erase(labelled);
}

const Items::Numbers* Items::candidates(const Pattern& pattern) const {
  const PatternNode& node = beneath_binds(pattern.root());
  if (node.kind == PatternNode::Kind::discard) return &there_;
  ByteView label;
  if (node.kind == PatternNode::Kind::group && node.group == PatternNode::Group::record) {
    label = node.literal.bytes();
  }
  const auto found = by_label_.find(label);
  return found == by_label_.end() ? nullptr : &found->second;
}

}  // namespace avow::server
