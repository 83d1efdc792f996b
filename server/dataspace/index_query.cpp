#include <algorithm>

#include "server/dataspace/index.hpp"

// What matches, asked once: at once, or in steps if many facts have to be looked at.

namespace avow::server {

// Visits the facts that match, as they were when the last turn was settled, until it says false.
template <class Visit>
void Index::visit_matching(const Outline& outline, const Visit& visit) const {
  OutlineFilter filter(outline, keyed_);
  labels_.visit_candidates(outline, [&](std::uint32_t fact) {
    return !filter.passes(bag_[fact].value()) || visit(fact);
  });
}

bool Index::any_match(const Interest& interest,
                      const std::function<bool(std::uint32_t fact)>& counts) const {
  bool found = false;
  visit_matching(outline_of(interest), [&](std::uint32_t fact) {
    found = counts(fact);
    return !found;
  });
  return found;
}

void Index::query(const Interest& interest,
                  const std::function<bool(ByteView captures)>& row) const {
  const Outline outline = outline_of(interest);
  const CaptureForm form(outline);
  CaptureWriter writer;
  CaptureWriter other;
  Table facts_by_captures;
  std::vector<std::uint32_t> told;  // Facts with distinct captures.
  const auto is_told = [&](std::uint64_t hash, ByteView captures) {
    return 0 != facts_by_captures.find(hash, [&](std::uint32_t place) {
      return equal(other.write(form, bag_[told[place - 1]].value()), captures);
    });
  };
  const auto tell = [&](std::uint32_t fact) {
    const ByteView captures = writer.write(form, bag_[fact].value());
    if (!form.is_whole()) {
      const std::uint64_t hash = keyed_(captures);
      if (is_told(hash, captures)) return true;
      told.push_back(fact);
      facts_by_captures.insert(hash, static_cast<std::uint32_t>(told.size()));
    }
    // If nothing is captured there is but one row.
    return row(captures) && form.count() > 0;
  };
  if (!search_ || !search_->visit_found(outline, tell)) visit_matching(outline, tell);
}

bool Index::takes_long(const Interest& interest) const {
  if (bag_.size() <= facts_held_at_once_) return false;
  const Outline outline = outline_of(interest);
  // What matches anything is found at once, however much it is.
  if (outline.label_kind == LabelKind::any) return false;
  const std::uint32_t label = labels_.find(outline.label_name());
  if (label == 0 || labels_.fact_count(label) <= facts_held_at_once_) return false;
  return labels_.look_up(outline) != Labels::Lookup::ready;
}

void Index::begin_search(std::span<const Interest> interests) {
  std::vector<Outline> outlines;
  for (const Interest& interest : interests) outlines.push_back(outline_of(interest));
  search_.emplace(outlines, keyed_, bag_, labels_);
}

// Searches take turns with all else, so that neither waits for the end of the other.
void Index::index_some() {
  if (has_to_search() && (search_is_next_ || !has_upkeep())) {
    search_is_next_ = false;
    const std::uint32_t facts_a_step = std::min(facts_held_at_once_, labels_.facts_a_step());
    return search_->step(std::max<std::uint32_t>(facts_a_step, 1));
  }
  search_is_next_ = true;
  ending_topics_.empty() ? labels_.build_some() : clear_some();
}

}  // namespace avow::server
