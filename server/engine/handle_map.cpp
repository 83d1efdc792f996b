#include "server/engine/handle_map.hpp"

#include <algorithm>
#include <utility>

namespace avow::server {

std::vector<std::uint64_t> HandleMap::handles() const {
  std::vector<std::uint64_t> all;
  all.reserve(size_);
  for (const Part& part : parts_) {
    for (const auto& [told, handle] : part) all.push_back(handle);
  }
  std::sort(all.begin(), all.end());
  return all;
}

void HandleMap::spread() {
  const Part together = std::exchange(parts_, std::vector<Part>(parts_max)).front();
  for (const auto& [told, handle] : together) part_of(told).emplace(told, handle);
}

}  // namespace avow::server
