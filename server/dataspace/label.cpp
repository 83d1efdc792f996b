#include "server/dataspace/label.hpp"

#include <algorithm>
#include <utility>

namespace avow::server {

Labels::Labels(const KeyedHash& keyed, Bag& bag, const DirectoryPolicy& policy)
    : keyed_(keyed), bag_(bag), policy_(policy) {
  any_ = find_or_add({LabelKind::any, {}});
}

std::uint64_t Labels::hash_of(const LabelName& name) const {
  if (name.kind == LabelKind::record) return keyed_(name.name);
  const auto kind = static_cast<std::uint8_t>(name.kind);
  return keyed_({&kind, 1});
}

bool Labels::is_named(std::uint32_t label, const LabelName& name) const {
  const Label& candidate = labels_[label];
  return candidate.kind == name.kind &&
         (name.kind != LabelKind::record || equal(candidate.name.bytes(), name.name));
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
  if (label.directories.empty()) return;
  for (DirectoryUse& use : label.directories) {
    if (use.directory != nullptr) use.directory->add(fact, linked.value());
  }
  count_change(label);
}

void Labels::unlink_fact(std::uint32_t fact) {
  Fact& unlinked = bag_[fact];
  Label& label = labels_[std::exchange(unlinked.label, 0)];
  const std::uint32_t next = std::exchange(unlinked.next, 0);
  const std::uint32_t previous = std::exchange(unlinked.previous, 0);
  (previous != 0 ? bag_[previous].next : label.first_fact) = next;
  (next != 0 ? bag_[next].previous : label.last_fact) = previous;
  --label.fact_count;
  if (label.directories.empty()) return;
  for (DirectoryUse& use : label.directories) {
    if (use.directory != nullptr) use.directory->remove(fact);
  }
  count_change(label);
}

void Labels::count_change(Label& label) {
  const std::uint64_t idle_max =
      policy_.idle_changes_min + std::uint64_t{policy_.idle_changes_factor} * label.fact_count;
  for (DirectoryUse& use : label.directories) ++use.changes_idle;
  std::erase_if(label.directories,
                [&](const DirectoryUse& use) { return use.changes_idle > idle_max; });
}

void Labels::visit_candidates(const Outline& outline,
                              const std::function<bool(std::uint32_t)>& visit) {
  const LabelName name = outline.label_name();
  if (name.kind == LabelKind::any) return visit_all(visit);
  const std::uint32_t id = find(name);
  if (id == 0 || labels_[id].fact_count == 0) return;
  const Directory* const directory = directory_for(labels_[id], outline);
  if (directory != nullptr) {
    directory->visit(outline, visit);
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

Directory* Labels::directory_for(Label& label, const Outline& outline) {
  if (outline.constants.empty() || label.fact_count < policy_.facts_min) return nullptr;
  DirectoryUse& use = use_of(label, outline.constants_key());
  use.changes_idle = 0;
  if (use.directory == nullptr) {
    use.facts_scanned += label.fact_count;
    if (use.facts_scanned < std::uint64_t{policy_.scans_before} * label.fact_count) return nullptr;
    use.directory = std::make_unique<Directory>(outline, keyed_);
    visit_facts(label, [&](std::uint32_t fact) {
      use.directory->add(fact, bag_[fact].value());
      return true;
    });
  }
  return use.directory.get();
}

// The one for these constants, or a new one; then the one not asked for longest goes, if need be.
DirectoryUse& Labels::use_of(Label& label, Bytes constants_key) {
  std::vector<DirectoryUse>& all = label.directories;
  const auto found = std::find_if(all.begin(), all.end(), [&](const DirectoryUse& use) {
    return use.constants_key == constants_key;
  });
  if (found != all.end()) {
    std::rotate(found, found + 1, all.end());
    return all.back();
  }
  if (all.size() >= policy_.per_label_max) all.erase(all.begin());
  all.emplace_back().constants_key = std::move(constants_key);
  return all.back();
}

}  // namespace avow::server
