#include <algorithm>
#include <utility>

#include "server/dataspace/label.hpp"

// Which directories a label has, and how they come to be: a step at a time, in the order of the
// label's facts. What has not been reached yet is taken in when it is.

namespace avow::server {

void Labels::note_coming(Label& label, std::uint32_t fact) {
  for (DirectoryUse& use : label.directories) {
    if (use.is_ready) use.directory->add(fact, bag_[fact].value());
  }
  count_change(label);
}

void Labels::note_going(Label& label, std::uint32_t fact) {
  for (DirectoryUse& use : label.directories) {
    if (use.directory == nullptr) continue;
    use.directory->remove(fact);
    if (use.last_added == fact) use.last_added = bag_[fact].previous;
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

Labels::Lookup Labels::look_up(const Outline& outline) {
  const std::uint32_t id = find(outline.label_name());
  if (id == 0 || outline.constants.empty()) return Lookup::scan;
  Label& label = labels_[id];
  if (label.fact_count < policy_.facts_min) return Lookup::scan;
  DirectoryUse& use = use_of(label, outline.constants_key());
  use.changes_idle = 0;
  if (use.directory == nullptr) {
    use.facts_scanned += label.fact_count;
    if (use.facts_scanned < std::uint64_t{policy_.scans_before} * label.fact_count) {
      return Lookup::scan;
    }
    use.directory = std::make_unique<Directory>(outline, keyed_, label.fact_count);
    build(label, use);
    if (!use.is_ready) building_.push_back(id);
  }
  return use.is_ready ? Lookup::ready : Lookup::building;
}

bool Labels::has_directory(const Outline& outline) const {
  const std::uint32_t id = find(outline.label_name());
  if (id == 0 || outline.constants.empty()) return false;
  const std::vector<DirectoryUse>& all = labels_[id].directories;
  if (all.empty()) return false;
  const Bytes key = outline.constants_key();
  return std::any_of(all.begin(), all.end(), [&](const DirectoryUse& use) {
    return use.is_ready && use.constants_key == key;
  });
}

bool Labels::are_few(const Outline& outline, std::uint32_t most) {
  std::uint32_t count = 0;
  visit_candidates(outline, [&](std::uint32_t) { return ++count <= most; });
  return count <= most;
}

Labels::Lookup Labels::build_some(const Outline& outline) {
  const Lookup lookup = look_up(outline);
  if (lookup != Lookup::building) return lookup;
  Label& label = labels_[find(outline.label_name())];
  DirectoryUse& use = label.directories.back();
  build(label, use);
  return use.is_ready ? Lookup::ready : Lookup::building;
}

void Labels::build(Label& label, DirectoryUse& use) {
  const auto after = [&](std::uint32_t fact) {
    return fact == 0 ? label.first_fact : bag_[fact].next;
  };
  std::uint32_t next = after(use.last_added);
  for (std::uint32_t i = 0; i < policy_.facts_a_step && next != 0; ++i) {
    use.last_added = next;
    use.directory->add(next, bag_[next].value());
    next = bag_[next].next;
  }
  use.is_ready = next == 0;
}

void Labels::build_some() {
  if (building_.empty()) return;
  Label& label = labels_[building_.back()];
  const auto unready = std::find_if(
      label.directories.begin(), label.directories.end(),
      [](const DirectoryUse& use) { return use.directory != nullptr && !use.is_ready; });
  if (unready != label.directories.end()) build(label, *unready);
  if (unready == label.directories.end() || unready->is_ready) building_.pop_back();
}

// The one for these constants, which comes to be the last; if it is new, the one that was not asked
// for longest goes, if need be.
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
