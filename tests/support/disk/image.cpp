#include <algorithm>

#include "tests/support/disk/disk.hpp"

namespace avow::test {
namespace {

constexpr std::size_t sector = DiskImage::sector_bytes;

// A sector of `to` becomes what it was to be, up to `size` bytes of it.
void take_over(Bytes& to, const Bytes& from, std::size_t index, std::size_t size) {
  const std::size_t begin = index * sector;
  if (begin >= from.size() || begin >= to.size()) return;
  const std::size_t end = std::min({begin + size, from.size(), to.size()});
  std::copy(from.begin() + static_cast<std::ptrdiff_t>(begin),
            from.begin() + static_cast<std::ptrdiff_t>(end),
            to.begin() + static_cast<std::ptrdiff_t>(begin));
}

void lose_unflushed(DiskImage::File& file, Random& random, std::size_t new_of_100) {
  // The length is a matter of its own: old or new.
  Bytes left = file.flushed;
  if (random.chance(new_of_100, 100)) left.resize(file.shown.size());
  for (const std::size_t index : file.unflushed) {
    if (!random.chance(new_of_100, 100)) continue;
    const bool is_torn = random.chance(1, 8);
    take_over(left, file.shown, index, is_torn ? random.below(sector) : sector);
  }
  file.shown = left;
  file.flushed = std::move(left);
  file.unflushed.clear();
}

}  // namespace

DiskImage DiskImage::copy() const {
  DiskImage copied;
  for (const auto& [name, file] : files) copied.files[name] = std::make_shared<File>(*file);
  for (const auto& [name, file] : deleted) copied.deleted[name] = std::make_shared<File>(*file);
  return copied;
}

void DiskImage::lose_power(Random& random, std::size_t new_of_100) {
  for (const auto& [name, file] : deleted) {
    if (!files.contains(name) && random.chance(1, 2)) files[name] = file;
  }
  deleted.clear();
  for (auto place = files.begin(); place != files.end();) {
    lose_unflushed(*place->second, random, new_of_100);
    const bool is_lost = !place->second->is_named && random.chance(1, 2);
    place->second->is_named = true;
    place = is_lost ? files.erase(place) : std::next(place);
  }
}

}  // namespace avow::test
