#include <algorithm>
#include <limits>
#include <utility>

#include "server/dataspace/index.hpp"

// New topics, and the facts that were there before them: few are held against the topic at once,
// many in steps (fillings.hpp).

namespace avow::server {
namespace {

constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

// What begins to be filled in one turn.
constexpr std::size_t room_to_begin = 256 << 10;

}  // namespace

bool Index::matches(const Topic& topic, ValueView value) {
  const Shape& shape = topics_.shape(topic.shape);
  const PathTree& tree = labels_[shape.label].shapes->tree;
  rows_.reset(1, tree.paths_end());
  Slice* const row = rows_.row(0);
  tree.walk(value, &keyed_, rows_, row);
  return shape.applies(row) && shape.has_constants(row, topic.constants.view());
}

void Index::fill_new_topics(Turn& turn) {
  for (const Interests::NewTopic& added : interests_.new_topics()) {
    const Topic& topic = topics_[added.topic];
    if (topic.observers.empty()) continue;
    if (labels_.fact_count(topics_.shape(topic.shape).label) <= facts_held_at_once_) {
      fill(turn, added.topic, added.outline);
    } else {
      fill_in_steps(turn, added);
    }
  }
}

// Unless a directory says that hardly any of all the facts may match.
void Index::fill_in_steps(Turn& turn, const Interests::NewTopic& added) {
  // Taken in any case: ids do not tell which directories there are.
  const CaptureId began = turn.next_capture();
  const Labels::Lookup lookup = labels_.look_up(added.outline);
  if (lookup == Labels::Lookup::ready && labels_.are_few(added.outline, facts_held_at_once_)) {
    return fill(turn, added.topic, added.outline);
  }
  std::optional<Outline> awaited;
  if (lookup == Labels::Lookup::building) awaited = added.outline;
  fillings_.begin(added.topic, began, std::move(awaited));
}

// Holds the facts that are there against a new topic.
void Index::fill(Turn& turn, std::uint32_t topic, const Outline& outline) {
  labels_.visit_candidates(outline, [&](std::uint32_t fact) {
    (void)hold_if_matching(turn, topic, fact);
    return true;
  });
}

// Whether it matches, and was not held before.
bool Index::hold_if_matching(Turn& turn, std::uint32_t topic, std::uint32_t fact) {
  const ValueView value = bag_[fact].value();
  if (is_held_against(bag_[fact], topic) || !matches(topics_[topic], value)) return false;
  hold(turn, topic, fact, /*capture_hash=*/0, /*flip=*/0);
  return true;
}

void Index::fill_for_joins(Turn& turn, DeliverySink& sink) {
  if (fillings_.empty()) return;
  for (const Join& join : joins_) {
    const Registration& registration = interests_.registrations()[join.registration];
    if (!fillings_.contains(registration.topic())) continue;
    const bool needs_all = registration.joins_silently ||
                           sink.room_for(interests_.observer_of(join.registration)) == all;
    if (needs_all) (void)fill_some(turn, registration.topic(), all);
  }
}

void Index::begin_to_fill(Turn& turn, DeliverySink& sink) {
  if (fillings_.empty()) return;
  std::size_t left = room_to_begin;
  for (const Join& join : joins_) {
    const std::uint32_t topic = interests_.registrations()[join.registration].topic();
    if (!fillings_.contains(topic) || topics_[topic].first_capture != 0) continue;
    const std::size_t room = sink.room_for(interests_.observer_of(join.registration));
    left -= std::min(left, fill_some(turn, topic, std::min(room, left)));
  }
}

std::size_t Index::fill_some(Turn& turn, std::uint32_t topic, std::size_t room) {
  if (std::optional<Outline>& awaited = fillings_.awaited(topic)) {
    const Labels::Lookup lookup = labels_.build_some(*awaited);
    if (lookup == Labels::Lookup::building && room != all) return room;
    if (lookup == Labels::Lookup::ready && labels_.are_few(*awaited, facts_held_at_once_)) {
      fill(turn, topic, *awaited);
      end_filling(topic);
      return SnapshotPart::bytes_beside_each;
    }
    awaited.reset();
  }
  return fill_by_scanning(turn, topic, room);
}

std::size_t Index::fill_by_scanning(Turn& turn, std::uint32_t topic, std::size_t room) {
  const std::uint32_t label = topics_.shape(topics_[topic].shape).label;
  std::size_t bytes = 0;
  std::uint32_t last = fillings_.take_place(topic);
  std::uint32_t next = labels_.fact_after(label, last);
  for (; next != 0 && bytes < room; next = labels_.fact_after(label, last)) {
    last = next;
    bytes += SnapshotPart::bytes_beside_each;
    if (hold_if_matching(turn, topic, last)) bytes += bag_[last].value().bytes().size();
  }
  fillings_.put_place(topic, last);
  if (next == 0) end_filling(topic);
  return bytes;
}

std::size_t Index::fill_later(Turn& turn, std::uint32_t topic, std::size_t room,
                              DeliverySink& sink) {
  const std::size_t bytes = fill_some(turn, topic, room);
  tell_disappearances(sink);
  clean_up({});
  return bytes;
}

// It came while the topic was being filled, and was held against it then.
bool Index::is_held_against(const Fact& fact, std::uint32_t topic) const {
  if (!fillings_.contains(topic)) return false;
  const CaptureId began = fillings_.began(topic);
  bool is_held = false;
  fact.matches.visit([&](const Match& match) {
    if (match.id <= began) return;
    const Capture& capture = captures_[match.capture];
    is_held = is_held || (capture.id == match.id && capture.topic == topic);
  });
  return is_held;
}

// What lingered is gone, unless others have come to be behind it.
void Index::end_filling(std::uint32_t topic) {
  for (const Fillings::Lingering& lingering : fillings_.end(topic)) {
    if (--captures_[lingering.capture].facts == 0) {
      flip_capture(lingering.capture, true, 0, lingering.cause);
    }
  }
}

}  // namespace avow::server
