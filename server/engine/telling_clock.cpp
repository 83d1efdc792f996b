#include "server/engine/telling_clock.hpp"

namespace avow::server {

void TellingClock::add(std::uint32_t subscription, Milliseconds every) {
  entries_.emplace(subscription, Entry{.every = every, .not_before = std::nullopt});
  starting_.insert(subscription);
}

void TellingClock::remove(std::uint32_t subscription) {
  const auto found = entries_.find(subscription);
  if (found == entries_.end()) return;
  if (found->second.not_before) due_.erase({*found->second.not_before, subscription});
  starting_.erase(subscription);
  entries_.erase(found);
}

void TellingClock::note_news(std::uint32_t subscription) {
  Entry& entry = entries_.at(subscription);
  if (std::exchange(entry.has_news, true) || !entry.not_before) return;
  due_.emplace(*entry.not_before, subscription);
}

void TellingClock::advance(Moment now) {
  for (const std::uint32_t subscription : std::exchange(starting_, {})) {
    Entry& entry = entries_.at(subscription);
    entry.not_before = now + entry.every;
    if (entry.has_news) due_.emplace(*entry.not_before, subscription);
  }
}

std::optional<std::uint32_t> TellingClock::take_due(Moment now) {
  if (!is_due(now)) return std::nullopt;
  const std::uint32_t subscription = due_.begin()->second;
  due_.erase(due_.begin());
  Entry& entry = entries_.at(subscription);
  entry.has_news = false;
  entry.not_before = now + entry.every;
  return subscription;
}

bool TellingClock::is_due(Moment now) const { return !due_.empty() && due_.begin()->first <= now; }

std::optional<Moment> TellingClock::next() const {
  if (!starting_.empty()) return Moment{};
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

}  // namespace avow::server
