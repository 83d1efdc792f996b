#include "server/base/regions.hpp"

#include <algorithm>

#include "server/base/memory.hpp"

namespace avow::server {
namespace {

constexpr std::size_t line_bytes = 64;
// What is smaller than this is not worth looking at each time.
constexpr std::size_t rest_bytes_min = 4 << 10;

}  // namespace

Regions::~Regions() {
  for (const Region& region : regions_) free_memory(region.memory, region.size);
}

void* Regions::take(std::size_t size) {
  const std::size_t rounded = (size + line_bytes - 1) / line_bytes * line_bytes;
  const auto fits = [rounded](const Rest& rest) { return rounded <= rest.size; };
  auto found = std::find_if(rests_.begin(), rests_.end(), fits);
  if (found == rests_.end()) {
    add_region(rounded);
    found = rests_.end() - 1;
  }
  void* const taken = found->at;
  found->at += rounded;
  found->size -= rounded;
  return taken;
}

// Of a large page all is there at once, used or not. So a region has about an eighth of what those
// before it have, in whole pieces, until that is a large page.
void Regions::add_region(std::size_t size_min) {
  std::size_t before = 0;
  for (const Region& region : regions_) before += region.size;
  before = std::max(before, expected_bytes_);
  const std::size_t wanted =
      before / 8 < large_page_bytes ? before / 8 / size_min * size_min : large_page_bytes;
  const std::size_t size = std::max(wanted, size_min);
  void* const memory = allocate_memory(size);
  regions_.push_back({memory, size});
  std::erase_if(rests_, [](const Rest& rest) { return rest.size < rest_bytes_min; });
  rests_.push_back({static_cast<std::uint8_t*>(memory), size});
}

}  // namespace avow::server
