#include "server/dataspace/table.hpp"

#include <utility>

#include "avow/base/check.hpp"

namespace avow::server {
namespace {

constexpr std::uint32_t first_slots = 16;
constexpr std::uint32_t page_slots_max = 4'096;
// The directory has at most 2^20 entries; pages as deep as that grow instead.
constexpr std::uint32_t depth_max = 20;

// Linear probing stays short up to about this load.
bool is_full(std::uint32_t used, std::uint32_t slots) { return used >= slots - slots / 4; }

}  // namespace

Table::Table() {
  pages_.push_back(make_page(first_slots, 0));
  directory_.push_back(pages_.back().get());
}

std::unique_ptr<Table::Page> Table::make_page(std::uint32_t slots, std::uint32_t depth) {
  auto page = std::make_unique<Page>();
  page->slots = std::make_unique<Slot[]>(slots);
  page->mask = slots - 1;
  page->depth = depth;
  return page;
}

void Table::put(Page& page, Slot slot) {
  std::uint32_t at = slot.tag & page.mask;
  while (page.slots[at].id != 0) at = (at + 1) & page.mask;
  page.slots[at] = slot;
  ++page.used;
}

std::uint32_t Table::position(const Page& page, std::uint32_t tag, std::uint32_t id) {
  std::uint32_t at = tag & page.mask;
  while (page.slots[at].id != id || page.slots[at].tag != tag) {
    AVOW_CHECK(page.slots[at].id != 0);
    at = (at + 1) & page.mask;
  }
  return at;
}

// Closes the gap: whatever stands behind it and began its probing at or before it moves up.
void Table::take_out(Page& page, std::uint32_t gap) {
  for (std::uint32_t at = (gap + 1) & page.mask; page.slots[at].id != 0;
       at = (at + 1) & page.mask) {
    const std::uint32_t probed = (at - page.slots[at].tag) & page.mask;
    if (probed < ((at - gap) & page.mask)) continue;
    page.slots[gap] = page.slots[at];
    gap = at;
  }
  page.slots[gap] = Slot();
  --page.used;
}

void Table::insert(std::uint64_t hash, std::uint32_t id) {
  const std::uint32_t tag = tag_of(hash);
  make_room(tag);
  put(*directory_[page_of(tag)], {.tag = tag, .id = id});
  ++size_;
}

void Table::erase(std::uint64_t hash, std::uint32_t id) {
  const std::uint32_t tag = tag_of(hash);
  Page& page = *directory_[page_of(tag)];
  take_out(page, position(page, tag, id));
  --size_;
}

void Table::replace(std::uint64_t hash, std::uint32_t id, std::uint32_t new_id) {
  const std::uint32_t tag = tag_of(hash);
  Page& page = *directory_[page_of(tag)];
  page.slots[position(page, tag, id)].id = new_id;
}

void Table::make_room(std::uint32_t tag) {
  for (;;) {
    const std::size_t at = page_of(tag);
    Page& page = *directory_[at];
    if (!is_full(page.used, page.mask + 1)) return;
    if (page.mask + 1 < page_slots_max || page.depth == depth_max) {
      enlarge(page);
    } else {
      split(at);
    }
  }
}

void Table::enlarge(Page& page) {
  const std::unique_ptr<Page> larger = make_page(2 * (page.mask + 1), page.depth);
  for (std::uint32_t i = 0; i <= page.mask; ++i) {
    if (page.slots[i].id != 0) put(*larger, page.slots[i]);
  }
  page = std::move(*larger);
}

// Makes two pages of the one at `at`: by the first bit in which its tags differ.
void Table::split(std::size_t at) {
  Page& page = *directory_[at];
  if (page.depth == depth_) {
    std::vector<Page*> twice;
    twice.reserve(directory_.size() * 2);
    for (Page* const each : directory_) twice.insert(twice.end(), {each, each});
    directory_ = std::move(twice);
    ++depth_;
    at *= 2;
  }
  const std::uint32_t depth = page.depth + 1;
  const std::unique_ptr<Page> lower = make_page(page.mask + 1, depth);
  std::unique_ptr<Page> upper = make_page(page.mask + 1, depth);
  for (std::uint32_t i = 0; i <= page.mask; ++i) {
    const Slot slot = page.slots[i];
    if (slot.id == 0) continue;
    put((slot.tag >> (32 - depth) & 1U) != 0 ? *upper : *lower, slot);
  }
  page = std::move(*lower);

  // All directory entries of the old page share its bits: the second half of them moves.
  const std::size_t entries = std::size_t{1} << (depth_ - depth);
  const std::size_t first = at / (2 * entries) * (2 * entries);
  for (std::size_t i = 0; i < entries; ++i) directory_[first + entries + i] = upper.get();
  pages_.push_back(std::move(upper));
}

}  // namespace avow::server
