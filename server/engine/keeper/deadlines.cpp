#include "server/engine/keeper/deadlines.hpp"

#include <algorithm>

namespace avow::server {

Deadlines::Id Deadlines::add(Milliseconds after, Due due) {
  const Id id = ++last_id_;
  places_.emplace(id, Place{std::nullopt, after, due});
  starting_.push_back(id);
  return id;
}

Deadlines::Id Deadlines::add_from_tick(Milliseconds after, Due due) {
  if (!now_) return add(after, due);
  const Id id = ++last_id_;
  begin(id, places_.emplace(id, Place{std::nullopt, after, due}).first->second, *now_);
  return id;
}

void Deadlines::begin(Id id, Place& place, Moment now) {
  place.at = now + place.after;
  running_.emplace(std::pair(*place.at, id), place.due);
}

void Deadlines::cancel(Id id) {
  const auto place = places_.find(id);
  if (place == places_.end()) return;
  if (place->second.at) running_.erase({*place->second.at, id});
  places_.erase(place);
}

Milliseconds Deadlines::remaining(Id id) const {
  const auto found = places_.find(id);
  if (found == places_.end()) return Milliseconds{0};
  const Place& place = found->second;
  if (!place.at) return place.after;
  return std::max(Milliseconds{0}, std::chrono::ceil<Milliseconds>(*place.at - *now_));
}

void Deadlines::advance(Moment now) {
  now_ = now;
  for (const Id id : std::exchange(starting_, {})) {
    const auto found = places_.find(id);
    if (found != places_.end()) begin(id, found->second, now);
  }
}

std::optional<Deadlines::Due> Deadlines::take_due() {
  if (running_.empty() || running_.begin()->first.first > *now_) return std::nullopt;
  const auto first = running_.extract(running_.begin());
  places_.erase(first.key().second);
  return first.mapped();
}

std::optional<Moment> Deadlines::next() const {
  for (const Id id : starting_) {
    if (places_.contains(id)) return Moment::min();
  }
  if (running_.empty()) return std::nullopt;
  return running_.begin()->first.first;
}

}  // namespace avow::server
