#include "server/dataspace/search.hpp"

#include <algorithm>

#include "avow/base/check.hpp"

namespace avow::server {

Scan::Scan(const Outline& outline, const KeyedHash& keyed, const Bag& bag, const Labels& labels)
    : bag_(bag), labels_(labels), outline_(outline), filter_(outline, keyed) {
  AVOW_CHECK(outline.label_kind != LabelKind::any);
}

bool Scan::is_for(const Outline& other) const {
  return outline_.label_kind == other.label_kind && outline_.label == other.label &&
         outline_.constants_bytes() == other.constants_bytes() &&
         outline_.shape_key() == other.shape_key();
}

// The label may have gone with the last of its facts, and come back.
std::uint32_t Scan::next() const {
  const std::uint32_t label = labels_.find(outline_.label_name());
  return label == 0 ? 0 : labels_.fact_after(label, last_);
}

std::uint32_t Scan::go_on(std::uint32_t facts_max) {
  std::uint32_t count = 0;
  for (std::uint32_t fact = next(); fact != 0 && count < facts_max; fact = bag_[fact].next) {
    ++count;
    last_ = fact;
    if (!filter_.passes(bag_[fact].value())) continue;
    found_.push_back(fact);
    places_.insert(scatter(fact), static_cast<std::uint32_t>(found_.size()));
  }
  return count;
}

void Scan::pass(std::uint32_t fact) {
  if (last_ == fact) last_ = bag_[fact].previous;
  const std::uint64_t hash = scatter(fact);
  const std::uint32_t place =
      places_.find(hash, [&](std::uint32_t candidate) { return found_[candidate - 1] == fact; });
  if (place == 0) return;
  places_.erase(hash, place);
  found_[place - 1] = 0;
}

Search::Search(const std::vector<Outline>& outlines, const KeyedHash& keyed, const Bag& bag,
               const Labels& labels)
    : labels_(labels) {
  for (const Outline& outline : outlines) {
    if (outline.label_kind != LabelKind::any) scans_.emplace_back(outline, keyed, bag, labels);
  }
}

void Search::step(std::uint32_t facts_max) {
  for (Scan& scan : scans_) {
    if (facts_max == 0) return;
    if (!labels_.has_directory(scan.outline())) facts_max -= scan.go_on(facts_max);
  }
}

bool Search::is_done() const {
  return std::all_of(scans_.begin(), scans_.end(), [this](const Scan& scan) {
    return scan.is_at_end() || labels_.has_directory(scan.outline());
  });
}

void Search::pass(std::uint32_t fact) {
  for (Scan& scan : scans_) scan.pass(fact);
}

}  // namespace avow::server
