#include "server/dataspace/bookmarks.hpp"

#include <algorithm>

namespace avow::server {

void Bookmarks::put(std::uint32_t reader, std::uint32_t place) {
  places_[reader] = place;
  if (place != 0) readers_by_place_[place].push_back(reader);
}

std::optional<std::uint32_t> Bookmarks::find(std::uint32_t reader) const {
  const auto found = places_.find(reader);
  return found == places_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint32_t> Bookmarks::take(std::uint32_t reader) {
  const auto taken = places_.extract(reader);
  if (taken.empty()) return std::nullopt;
  const std::uint32_t place = taken.mapped();
  if (place == 0) return place;
  const auto there = readers_by_place_.find(place);
  std::erase(there->second, reader);
  if (there->second.empty()) readers_by_place_.erase(there);
  return place;
}

}  // namespace avow::server
