#include "server/dataspace/matcher.hpp"

#include <algorithm>

namespace avow::server {

std::span<const Matcher::Found> Matcher::match(Want want) {
  candidates_.clear();
  found_.clear();
  slice();
  const LabelShapes* const of_any = labels_[labels_.any()].shapes.get();
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    const LabelShapes* const shapes = labels_[items_[i].label].shapes.get();
    if (shapes != nullptr) add_candidates(i, *shapes);
    if (of_any != nullptr) add_candidates(i, *of_any);
  }
  for (const Candidate& candidate : candidates_) topics_.prefetch_topic(candidate.hash);
  for (const Candidate& candidate : candidates_) {
    add_topics(items_[candidate.item], candidate, want);
  }
  items_.clear();
  return found_;
}

void Matcher::slice() {
  std::size_t paths = 0;
  for (const Item& item : items_) {
    const LabelShapes* const shapes = labels_[item.label].shapes.get();
    if (shapes != nullptr) paths = std::max(paths, shapes->tree.paths_end());
  }
  rows_.reset(items_.size(), paths);
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const LabelShapes* const shapes = labels_[items_[i].label].shapes.get();
    if (shapes == nullptr) continue;
    shapes->tree.walk(ValueView(items_[i].value), &keyed_, rows_, rows_.row(i));
  }
}

void Matcher::add_candidates(std::uint32_t item, const LabelShapes& shapes) {
  const Slice* const row = rows_.row(item);
  for (const std::uint32_t number : shapes.in_order) {
    const Shape& shape = topics_.shape(number);
    if (!shape.applies(row)) continue;
    const std::uint64_t hash = shape.hash_of(row);
    topics_.prefetch(hash);
    candidates_.push_back({.item = item, .shape = number, .hash = hash});
  }
}

void Matcher::add_topics(const Item& item, const Candidate& candidate, Want want) {
  const Slice* const row = rows_.row(candidate.item);
  std::uint32_t topic = topics_.find_first(candidate.hash, candidate.shape, row);
  for (; topic != 0; topic = topics_[topic].next) {
    Found found{.item = candidate.item, .topic = topic};
    if (want == Want::capture_hashes) {
      found.capture_hash = captures_.hash_of(topic, ValueView(item.value), item.hash);
      captures_.prefetch(found.capture_hash);
      captures_.prefetch_place(topics_[topic]);
    }
    found_.push_back(found);
  }
}

}  // namespace avow::server
