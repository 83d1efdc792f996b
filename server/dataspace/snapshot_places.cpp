#include "server/dataspace/snapshot_places.hpp"

#include <algorithm>
#include <utility>

namespace avow::server {

void SnapshotPlaces::stop_before(std::uint32_t registration, std::uint32_t capture) {
  captures_by_observer_[registration] = capture;
  if (capture == 0) return;
  observers_by_capture_[capture].push_back(registration);
  captures_[capture].is_awaited = true;
}

std::uint32_t SnapshotPlaces::take(std::uint32_t registration) {
  const auto found = captures_by_observer_.find(registration);
  if (found == captures_by_observer_.end()) return 0;
  const std::uint32_t capture = found->second;
  captures_by_observer_.erase(found);
  if (capture == 0) return 0;
  const auto waiting = observers_by_capture_.find(capture);
  std::erase(waiting->second, registration);
  if (waiting->second.empty()) {
    observers_by_capture_.erase(waiting);
    captures_[capture].is_awaited = false;
  }
  return capture;
}

void SnapshotPlaces::pass(std::uint32_t capture) {
  if (!captures_[capture].is_awaited) return;
  const auto waiting = observers_by_capture_.extract(capture);
  captures_[capture].is_awaited = false;
  for (const std::uint32_t registration : waiting.mapped()) {
    stop_before(registration, captures_[capture].next);
  }
}

}  // namespace avow::server
