#include "server/dataspace/label.hpp"

#include <algorithm>
#include <utility>

namespace avow::server {

Labels::Labels(const KeyedHash& keyed, Bag& bag, const DirectoryPolicy& policy, Regions& memory)
    : keyed_(keyed), bag_(bag), policy_(policy), labels_(memory), table_(memory) {
  any_ = find_or_add({LabelKind::any, {}});
}

std::uint64_t Labels::hash_of(const LabelName& name) const {
  if (name.kind == LabelKind::record) return keyed_(name.name);
  const auto kind = static_cast<std::uint8_t>(name.kind);
  return keyed_({&kind, 1});
}

std::uint32_t Labels::find(const LabelName& name) const {
  if (last_found_ != 0 && is_named(last_found_, name)) return last_found_;
  const std::uint32_t found =
      table_.find(hash_of(name), [&](std::uint32_t label) { return is_named(label, name); });
  if (found != 0) last_found_ = found;
  return found;
}

std::uint32_t Labels::find_or_add(const LabelName& name) {
  const std::uint32_t found = find(name);
  if (found != 0) return found;
  const std::uint32_t id = labels_.add();
  Label& label = labels_[id];
  label.kind = name.kind;
  if (name.kind == LabelKind::record) label.name = Value::from_canonical(name.name);
  label.hash = hash_of(name);
  table_.insert(label.hash, id);

  label.previous = std::exchange(last_, id);
  (label.previous != 0 ? labels_[label.previous].next : first_) = id;
  return id;
}

void Labels::drop_if_unused(std::uint32_t id) {
  Label& label = labels_[id];
  if (label.fact_count != 0 || label.shapes != nullptr || id == any_) return;
  (label.previous != 0 ? labels_[label.previous].next : first_) = label.next;
  (label.next != 0 ? labels_[label.next].previous : last_) = label.previous;
  table_.erase(label.hash, id);
  if (last_found_ == id) last_found_ = 0;
  std::erase(building_, id);
  labels_.remove(id);
}

void Labels::link_fact(std::uint32_t fact, std::uint32_t id) {
  Label& label = labels_[id];
  Fact& linked = bag_[fact];
  const std::uint32_t previous = std::exchange(label.last_fact, fact);
  linked.label = id;
  linked.next = 0;
  linked.previous = previous;
  (previous != 0 ? bag_[previous].next : label.first_fact) = fact;
  ++label.fact_count;
  if (!label.directories.empty()) note_coming(label, fact);
}

void Labels::unlink_fact(std::uint32_t fact) {
  Fact& unlinked = bag_[fact];
  Label& label = labels_[std::exchange(unlinked.label, 0)];
  if (!label.directories.empty()) note_going(label, fact);
  const std::uint32_t next = std::exchange(unlinked.next, 0);
  const std::uint32_t previous = std::exchange(unlinked.previous, 0);
  (previous != 0 ? bag_[previous].next : label.first_fact) = next;
  (next != 0 ? bag_[next].previous : label.last_fact) = previous;
  --label.fact_count;
}

std::uint32_t Labels::fact_count(std::uint32_t label) const {
  return label == any_ ? bag_.size() : labels_[label].fact_count;
}

std::uint32_t Labels::fact_after(std::uint32_t label, std::uint32_t fact) const {
  if (fact != 0 && bag_[fact].next != 0) return bag_[fact].next;
  if (label != any_) return fact == 0 ? labels_[label].first_fact : 0;
  std::uint32_t id = fact == 0 ? first_ : labels_[bag_[fact].label].next;
  while (id != 0 && labels_[id].first_fact == 0) id = labels_[id].next;
  return id == 0 ? 0 : labels_[id].first_fact;
}

std::uint32_t Labels::fact_before(std::uint32_t label, std::uint32_t fact) const {
  if (bag_[fact].previous != 0 || label != any_) return bag_[fact].previous;
  std::uint32_t id = labels_[bag_[fact].label].previous;
  while (id != 0 && labels_[id].last_fact == 0) id = labels_[id].previous;
  return id == 0 ? 0 : labels_[id].last_fact;
}

void Labels::visit_candidates(const Outline& outline,
                              const std::function<bool(std::uint32_t)>& visit) {
  const LabelName name = outline.label_name();
  if (name.kind == LabelKind::any) return visit_all(visit);
  const std::uint32_t id = find(name);
  if (id == 0 || labels_[id].fact_count == 0) return;
  if (look_up(outline) == Lookup::ready) {
    labels_[id].directories.back().directory->visit(outline, visit);
  } else {
    visit_facts(labels_[id], visit);
  }
}

bool Labels::visit_facts(const Label& label,
                         const std::function<bool(std::uint32_t)>& visit) const {
  for (std::uint32_t fact = label.first_fact; fact != 0; fact = bag_[fact].next) {
    if (!visit(fact)) return false;
  }
  return true;
}

void Labels::visit_all(const std::function<bool(std::uint32_t)>& visit) const {
  for (std::uint32_t id = first_; id != 0; id = labels_[id].next) {
    if (!visit_facts(labels_[id], visit)) return;
  }
}

}  // namespace avow::server
