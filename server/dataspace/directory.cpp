#include "server/dataspace/directory.hpp"

#include <algorithm>

namespace avow::server {
namespace {

constexpr std::uint64_t first_mix = 0x9E3779B97F4A7C15ULL;
constexpr int tag_shift = 32;
constexpr std::size_t table_bytes_of_fact = 11;  // docs/PERFORMANCE.md

std::uint64_t mix(std::uint64_t so_far, std::uint64_t hash) { return scatter(so_far + hash); }

}  // namespace

Directory::Directory(const Outline& outline, const KeyedHash& keyed, std::size_t facts_expected)
    : keyed_(keyed), memory_(facts_expected * (sizeof(Link) + table_bytes_of_fact)) {
  for (const Outline::Constant& constant : outline.constants) {
    paths_.push_back(tree_.add(constant.path, PathTree::Use::hashed));
  }
}

std::uint64_t Directory::hash_of(const Outline& outline) const {
  std::uint64_t hash = first_mix;
  for (const Outline::Constant& constant : outline.constants) {
    hash = mix(hash, keyed_(constant.literal.bytes()));
  }
  return hash;
}

void Directory::add(std::uint32_t fact, ValueView value) {
  rows_.reset(1, tree_.paths_end());
  const Slice* const row = rows_.row(0);
  tree_.walk(value, &keyed_, rows_, rows_.row(0));
  if (!std::all_of(paths_.begin(), paths_.end(),
                   [&](PathId path) { return row[path].at != nullptr; })) {
    return;
  }
  std::uint64_t hash = first_mix;
  for (const PathId path : paths_) hash = mix(hash, row[path].hash);

  links_.grow_to(fact + 1);
  Link& link = links_[fact];
  link = {.next = fact, .previous = fact, .tag = static_cast<std::uint32_t>(hash >> tag_shift)};
  const std::uint32_t first = table_.guess(hash);
  if (first == 0) {
    table_.insert(hash, fact);
    return;
  }
  link.next = first;
  link.previous = links_[first].previous;
  links_[link.previous].next = fact;
  links_[first].previous = fact;
}

void Directory::remove(std::uint32_t fact) {
  if (fact >= links_.size() || links_[fact].next == 0) return;
  Link& link = links_[fact];
  const std::uint64_t hash = std::uint64_t{link.tag} << tag_shift;
  const bool is_alone = link.next == fact;
  if (is_alone) {
    table_.erase(hash, fact);
  } else {
    if (table_.guess(hash) == fact) table_.replace(hash, fact, link.next);
    links_[link.previous].next = link.next;
    links_[link.next].previous = link.previous;
  }
  link = Link();
}

}  // namespace avow::server
