#include "server/engine/keeper/items.hpp"

#include <utility>

#include "avow/base/check.hpp"

namespace avow::server {
namespace {

Bytes label_of(ValueView value) {
  if (value.kind() != Kind::record) return {};
  const ByteView label = value.label().bytes();
  return {label.begin(), label.end()};
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
  if (items_.at(id).holder != SessionId{}) give_back(id);
  const auto item = items_.extract(id);
  hide(id, item.mapped().value);
  return std::move(item.mapped().value);
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
  there_.insert(id);
  by_label_[label_of(value)].insert(id);
}

void Items::hide(std::uint64_t id, const Value& value) {
  there_.erase(id);
  const auto labelled = by_label_.find(label_of(value));
  labelled->second.erase(id);
  if (labelled->second.empty()) by_label_.erase(labelled);
}

const Items::Numbers* Items::candidates(const Pattern& pattern) const {
  const PatternNode& node = beneath_binds(pattern.root());
  if (node.kind == PatternNode::Kind::discard) return &there_;
  Bytes label;
  if (node.kind == PatternNode::Kind::group && node.group == PatternNode::Group::record) {
    const ByteView name = node.literal.bytes();
    label.assign(name.begin(), name.end());
  }
  const auto found = by_label_.find(label);
  return found == by_label_.end() ? nullptr : &found->second;
}

}  // namespace avow::server
