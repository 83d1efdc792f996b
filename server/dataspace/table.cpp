#include "server/dataspace/table.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <utility>

#include "avow/base/check.hpp"

namespace avow::server {
namespace {

constexpr std::uint32_t first_slots = 16;
constexpr std::uint32_t page_slots_max = 4'096;
// The directory has at most 2^20 entries; pages as deep as that grow instead.
constexpr std::uint32_t depth_max = 20;

// Probing stays short up to about this load: 81 %.
bool is_full(std::uint32_t used, std::uint32_t slots) { return used >= slots / 16 * 13; }

}  // namespace

Table::Table() : own_memory_(std::make_unique<Regions>()), memory_(*own_memory_) { begin(); }

Table::Table(Regions& memory) : memory_(memory) { begin(); }

void Table::begin() { directory_.push_back(make_page(first_slots, 0)); }

Table::Page* Table::make_page(std::uint32_t slots, std::uint32_t depth) {
  void* const memory = memory_.take(sizeof(Page) + slots * sizeof(Slot));
  Page* const page = ::new (memory) Page{slots - 1, 0, depth};
  std::uninitialized_fill_n(page->slots(), slots, Slot());
  return page;
}

// Who has come less far than what is to be put gives way to it.
void Table::put(Page& page, Slot slot) {
  Slot* const slots = page.slots();
  std::uint32_t at = slot.tag & page.mask;
  for (std::uint32_t distance = 0; slots[at].id != 0; ++distance) {
    const std::uint32_t other = page.distance_of(at);
    if (other < distance) {
      std::swap(slots[at], slot);
      distance = other;
    }
    at = (at + 1) & page.mask;
  }
  slots[at] = slot;
  ++page.used;
}

std::uint32_t Table::position(const Page& page, std::uint32_t tag, std::uint32_t id) {
  std::uint32_t at = tag & page.mask;
  while (page.slots()[at].id != id || page.slots()[at].tag != tag) {
    AVOW_CHECK(page.slots()[at].id != 0);
    at = (at + 1) & page.mask;
  }
  return at;
}

// Closes the gap: what stands behind it moves up, as far as it does not stand where its probing
// begins.
void Table::take_out(Page& page, std::uint32_t gap) {
  Slot* const slots = page.slots();
  std::uint32_t next = (gap + 1) & page.mask;
  while (slots[next].id != 0 && page.distance_of(next) != 0) {
    slots[gap] = slots[next];
    gap = next;
    next = (gap + 1) & page.mask;
  }
  slots[gap] = Slot();
  --page.used;
}

void Table::insert(std::uint64_t hash, std::uint32_t id) {
  const std::uint32_t tag = tag_of(hash);
  put(page_with_room(tag), {.tag = tag, .id = id});
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
  page.slots()[position(page, tag, id)].id = new_id;
}

Table::Page& Table::page_with_room(std::uint32_t tag) {
  for (;;) {
    const std::size_t at = page_of(tag);
    Page& page = *directory_[at];
    if (!is_full(page.used, page.mask + 1)) return page;
    if (page.mask + 1 < page_slots_max || page.depth == depth_max) {
      enlarge(at);
    } else {
      split(at);
    }
  }
}

// Happens to small tables, and to those beyond all measure.
void Table::enlarge(std::size_t at) {
  Page* const page = directory_[at];
  Page* const larger = make_page(2 * (page->mask + 1), page->depth);
  for (std::uint32_t i = 0; i <= page->mask; ++i) {
    if (page->slots()[i].id != 0) put(*larger, page->slots()[i]);
  }
  const std::size_t entries = std::size_t{1} << (depth_ - page->depth);
  const std::size_t first = at / entries * entries;
  std::fill_n(directory_.begin() + static_cast<std::ptrdiff_t>(first), entries, larger);
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
  ++page.depth;
  Page& upper = *make_page(page.mask + 1, page.depth);
  std::array<Slot, page_slots_max> slots;
  std::copy_n(page.slots(), slots.size(), slots.begin());
  std::fill_n(page.slots(), slots.size(), Slot());
  page.used = 0;
  for (const Slot slot : slots) {
    if (slot.id != 0) put((slot.tag >> (32 - page.depth) & 1U) != 0 ? upper : page, slot);
  }

  // All directory entries of the old page share its bits: the second half of them moves.
  const std::size_t entries = std::size_t{1} << (depth_ - page.depth);
  const std::size_t first = at / (2 * entries) * (2 * entries) + entries;
  std::fill_n(directory_.begin() + static_cast<std::ptrdiff_t>(first), entries, &upper);
}

}  // namespace avow::server
