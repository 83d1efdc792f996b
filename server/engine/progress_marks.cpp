#include "server/engine/progress_marks.hpp"

namespace avow::server {

void ProgressMarks::add(std::uint32_t subscription, const Space& space, Milliseconds every) {
  entries_.emplace(subscription, Entry{{subscription, &space, 0}, every, std::nullopt});
  starting_.insert(subscription);
}

void ProgressMarks::remove(std::uint32_t subscription) {
  const auto found = entries_.find(subscription);
  if (found == entries_.end()) return;
  if (found->second.at) due_.erase({*found->second.at, subscription});
  starting_.erase(subscription);
  entries_.erase(found);
}

void ProgressMarks::wind(Entry& entry, Moment now) {
  entry.at = now + entry.every;
  due_.emplace(*entry.at, entry.mark.subscription);
}

std::vector<ProgressMarks::Mark*> ProgressMarks::take_due(Moment now) {
  std::vector<Mark*> taken;
  while (!due_.empty() && due_.begin()->first <= now) {
    Entry& entry = entries_.at(due_.begin()->second);
    due_.erase(due_.begin());
    wind(entry, now);
    taken.push_back(&entry.mark);
  }
  for (const std::uint32_t subscription : std::exchange(starting_, {})) {
    wind(entries_.at(subscription), now);
  }
  return taken;
}

std::optional<Moment> ProgressMarks::next() const {
  if (!starting_.empty()) return Moment{};
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

}  // namespace avow::server
