#include <algorithm>
#include <array>
#include <utility>

#include "avow/base/check.hpp"
#include "server/base/load_ahead.hpp"
#include "server/dataspace/index.hpp"

// What a turn changes in what topics hold. Facts that come and go inside the turn, or are replaced
// by equal ones, never come here; what is left is applied in the order of its places.

namespace avow::server {

bool Index::is_net(const Flip& flip, std::uint32_t number) const {
  const Fact& fact = bag_[flip.fact];
  return fact.flip == number && flip.was_there != (fact.supports != 0);
}

void Index::find_joins_and_leaves(std::span<const Flip> flips) {
  for (std::uint32_t i = 1; i < flips.size(); ++i) {
    const std::uint32_t number = bag_[flips[i].fact].interest;
    if (number == 0 || !is_net(flips[i], i)) continue;
    const Registration& registration = interests_.registrations()[number];
    if (registration.is_in_force) {
      joins_.push_back({.registration = number, .flip = i});
      continue;
    }
    std::uint32_t& first_leave = first_leaves_.find_or_add(registration.topic());
    leaves_.push_back({.observer = interests_.observer_of(number),
                       .topic = registration.topic(),
                       .flip = i,
                       .cause = flips[i].cause,
                       .next = first_leave});
    first_leave = static_cast<std::uint32_t>(leaves_.size() - 1);
  }
}

void Index::apply(Turn& turn, std::span<const Flip> flips) {
  const auto count = static_cast<std::uint32_t>(flips.size());
  for (std::uint32_t first = 1; first < count;) {
    const std::uint32_t last =
        std::min(count, first + static_cast<std::uint32_t>(Matcher::items_max));
    apply_chunk(turn, flips, first, last);
    first = last;
  }
}

void Index::apply_chunk(Turn& turn, std::span<const Flip> flips, std::uint32_t first,
                        std::uint32_t last) {
  std::array<std::uint32_t, Matcher::items_max> numbers;
  std::size_t net_count = 0;
  for (std::uint32_t i = first; i < last; ++i) {
    if (!is_net(flips[i], i)) continue;
    numbers[net_count++] = i;
    const Fact& fact = bag_[flips[i].fact];
    if (flips[i].was_there) {
      prefetch_departure(fact);
      continue;
    }
    const std::uint32_t label = labels_.find_or_add(label_of(fact.value()));
    labels_.link_fact(flips[i].fact, label);
    matcher_.add({.value = fact.stored->view(), .hash = fact.hash, .label = label});
  }
  const auto found = matcher_.match(Matcher::Want::capture_hashes);
  const auto net = std::span(numbers).first(net_count);
  for (const std::uint32_t i : net) {
    if (flips[i].was_there) prefetch_end_of_captures(bag_[flips[i].fact]);
  }
  auto next_found = found.begin();
  std::size_t item = 0;
  for (const std::uint32_t i : net) {
    const std::uint32_t fact = flips[i].fact;
    if (flips[i].was_there) {
      depart(fact, i, flips[i].cause);
      continue;
    }
    for (; next_found != found.end() && next_found->item == item; ++next_found) {
      hold(turn, next_found->topic, fact, next_found->capture_hash, i);
    }
    ++item;
  }
}

void Index::prefetch_departure(const Fact& fact) const {
  if (fact.next != 0) load_ahead(&bag_[fact.next]);
  if (fact.previous != 0) load_ahead(&bag_[fact.previous]);
  bag_.prefetch(fact.hash);
  fact.matches.visit([&](const Match& match) { load_ahead(&captures_[match.capture]); });
}

void Index::prefetch_end_of_captures(const Fact& fact) const {
  fact.matches.visit([&](const Match& match) { captures_.prefetch_end(captures_[match.capture]); });
}

void Index::depart(std::uint32_t fact, std::uint32_t flip, Cause cause) {
  Fact& departing = bag_[fact];
  const std::uint32_t label = departing.label;
  fillings_.pass(fact, [&](std::uint32_t topic) {
    return labels_.fact_before(topics_.shape(topics_[topic].shape).label, fact);
  });
  if (search_) search_->pass(fact);
  labels_.unlink_fact(fact);
  labels_.drop_if_unused(label);
  departing.matches.visit(
      [&](const Match& match) { release(match, departing.stored, flip, cause); });
  departing.matches = Matches();
}

void Index::hold(Turn& turn, std::uint32_t topic, std::uint32_t fact, std::uint64_t capture_hash,
                 std::uint32_t flip) {
  Fact& holder = bag_[fact];
  std::uint32_t number = 0;
  if (topics_[topic].first_capture != 0) {
    if (capture_hash == 0) capture_hash = captures_.hash_of(topic, holder.value(), holder.hash);
    number = captures_.find(topic, holder.value(), capture_hash);
  }
  if (number == 0) {
    number = captures_.add(topic, holder.stored, capture_hash, turn.next_capture());
  } else if (captures_[number].facts == 0) {
    captures_.attach(number, holder.stored);
  }
  Capture& capture = captures_[number];
  if (capture.facts++ == 0 && flip != 0) flip_capture(number, false, flip, Cause::none);
  holder.matches.add({.id = capture.id, .capture = number},
                     [&](const Match& match) { return captures_[match.capture].id == match.id; });
}

void Index::release(const Match& match, const StoredBytes* fact, std::uint32_t flip, Cause cause) {
  Capture& capture = captures_[match.capture];
  if (capture.id != match.id) return;  // Its topic ended.
  if (capture.facts == 1 && !lingers(match.capture, cause)) {
    capture.facts = 0;
    return flip_capture(match.capture, true, flip, cause);
  }
  if (capture.facts > 1) --capture.facts;
  captures_.detach(match.capture, fact);
}

// What names references does not: nobody holds them for it, and an observer that joins would still
// be told of it.
bool Index::lingers(std::uint32_t number, Cause cause) {
  const Capture& capture = captures_[number];
  return !capture.holds_references && fillings_.linger(capture.topic, capture.id, {number, cause});
}

// `was_held` is what the flip ends; what was before the turn is known since the first flip in it.
void Index::flip_capture(std::uint32_t number, bool was_held, std::uint32_t flip, Cause cause) {
  Capture& capture = captures_[number];
  if (capture.flip != 0) was_held = capture_flips_[capture.flip].was_held;
  capture.flip = static_cast<std::uint32_t>(capture_flips_.size());
  push_fields(capture_flips_,
              {.capture = number, .flip = flip, .was_held = was_held, .cause = cause});
}

void Index::clean_up(std::span<const Flip> flips) {
  for (std::uint32_t i = 1; i < capture_flips_.size(); ++i) {
    Capture& capture = captures_[capture_flips_[i].capture];
    if (capture.flip != i) continue;
    capture.flip = 0;
    if (capture.facts == 0) remove_capture(capture_flips_[i].capture);
  }
  if (interests_change_) clean_up_interests(flips);
  interests_change_ = false;
  capture_flips_.resize(1);
  joins_.clear();
  leaves_.resize(1);
  first_leaves_.clear();
  interests_.finish_turn();
}

void Index::clean_up_interests(std::span<const Flip> flips) {
  for (std::uint32_t i = 1; i < flips.size(); ++i) {
    Fact& fact = bag_[flips[i].fact];
    if (fact.flip != i || fact.interest == 0) continue;
    const std::uint32_t topic = interests_.registrations()[fact.interest].topic();
    if (interests_.settle(fact.interest)) continue;
    (void)snapshot_places_.take(fact.interest);
    fact.interest = 0;
    if (topics_[topic].observers.empty()) emptied_topics_.push_back(topic);
  }
  for (const std::uint32_t topic : emptied_topics_) end_topic(topic);
  emptied_topics_.clear();
}

void Index::end_topic(std::uint32_t topic) {
  const TopicId id = topics_[topic].id;
  if (id == TopicId{}) return;  // Several of its observers left in this turn.
  (void)fillings_.end(topic);
  topics_.close(topic);
  ending_topics_.push_back(topic);
  clear_some();
  host_.topic_ended(id);
}

// What it holds goes a step at a time. Meanwhile facts go that are behind it, and nobody is told.
void Index::clear_some() {
  const std::uint32_t topic = ending_topics_.back();
  for (std::uint32_t i = 0; i <= facts_held_at_once_ && topics_[topic].first_capture != 0; ++i) {
    remove_capture(topics_[topic].first_capture);
  }
  if (topics_[topic].first_capture != 0) return;
  ending_topics_.pop_back();
  topics_.remove(topic);
}

}  // namespace avow::server
