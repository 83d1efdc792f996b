#include "server/dataspace/matcher.hpp"

#include <algorithm>

namespace avow::server {
namespace {

// Candidates whose marks are loaded at a time: a processor has room for the requests of so many.
constexpr std::size_t marks_ahead = 32;

// With at most so many shapes the table is asked at once.
constexpr std::size_t few_shapes = 2;

}  // namespace

std::span<const Matcher::Found> Matcher::match(Want want) {
  candidates_.clear();
  likely_ = 0;
  found_.clear();
  slice();
  const LabelShapes* const of_any = labels_[labels_.any()].shapes.get();
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    const LabelShapes* const shapes = labels_[items_[i].label].shapes.get();
    if (shapes != nullptr) add_candidates(i, *shapes);
    if (of_any != nullptr) add_candidates(i, *of_any);
    if (candidates_.size() - likely_ >= marks_ahead) keep_likely();
  }
  keep_likely();
  for (const Candidate& candidate : candidates_) {
    if (!candidate.is_likely) topics_.prefetch(candidate.hash);
  }
  for (Candidate& candidate : candidates_) candidate.guess = topics_.guess(candidate.hash);
  for (const Candidate& candidate : candidates_) {
    if (candidate.guess != 0) topics_[candidate.guess].constants.prefetch();
  }
  for (const Candidate& candidate : candidates_) {
    if (candidate.guess != 0) add_topics(items_[candidate.item], candidate, want);
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
  const bool are_few = shapes.in_order.size() <= few_shapes;
  for (const std::uint32_t number : shapes.in_order) {
    const Shape& shape = topics_.shape(number);
    if (!shape.applies(row)) continue;
    const std::uint64_t hash = shape.hash_of(row);
    are_few ? topics_.prefetch(hash) : topics_.prefetch_mark(hash);
    push_fields(candidates_, {.item = item, .shape = number, .hash = hash, .is_likely = are_few});
  }
}

// Whether a topic may have the constants is not decided by a branch: nobody could foresee it, and
// the next question would wait for the answer.
void Matcher::keep_likely() {
  for (std::size_t i = likely_; i < candidates_.size(); ++i) {
    const Candidate& next = candidates_[i];
    candidates_[likely_] = {
        .item = next.item, .shape = next.shape, .hash = next.hash, .is_likely = next.is_likely};
    likely_ += next.is_likely || topics_.may_have(next.hash) ? 1 : 0;
  }
  candidates_.resize(likely_);
}

void Matcher::add_topics(const Item& item, const Candidate& candidate, Want want) {
  const Slice* const row = rows_.row(candidate.item);
  std::uint32_t topic = topics_.find_first(candidate.hash, candidate.guess, candidate.shape, row);
  for (; topic != 0; topic = topics_[topic].next) {
    Found found{.item = candidate.item, .topic = topic};
    if (want == Want::capture_hashes && topics_[topic].first_capture != 0) {
      found.capture_hash = captures_.hash_of(topic, ValueView(item.value), item.hash);
      captures_.prefetch(found.capture_hash);
      captures_.prefetch_place(topics_[topic]);
    }
    push_fields(found_, found);
  }
}

}  // namespace avow::server
