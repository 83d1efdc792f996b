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
// The directory has at most 2^20 entries; pages as deep as that grow instead.
constexpr std::uint32_t depth_max = 20;

// Probing stays short up to about this load: 81 %.
bool is_full(std::uint32_t used, std::uint32_t slots) { return used >= slots / 16 * 13; }

}  // namespace

Table::Table() : own_memory_(std::make_unique<Regions>()), memory_(*own_memory_) { begin(); }

Table::Table(Regions& memory, Marks marks) : memory_(memory), marks_(marks) { begin(); }

void Table::begin() {
  directory_.resize(1);
  lead_to(*make_page(first_slots, 0), 0, 1);
}

void Table::lead_to(Page& page, std::size_t first, std::size_t entries) {
  std::fill_n(directory_.begin() + static_cast<std::ptrdiff_t>(first), entries, Entry(&page));
}

Table::Page* Table::make_page(std::uint32_t slots, std::uint32_t depth) {
  const std::size_t marks = marks_ == Marks::kept ? slots : 0;
  void* const memory = memory_.take(sizeof(Page) + slots * sizeof(Slot) + marks);
  Page* const page = ::new (memory) Page{slots - 1, 0, depth};
  clear(*page);
  return page;
}

void Table::clear(Page& page) const {
  std::uninitialized_fill_n(page.slots(), page.mask + 1, Slot());
  if (marks_ == Marks::kept) std::uninitialized_fill_n(Entry(&page).marks(), page.mask + 1, 0);
  page.used = 0;
}

// Who has come less far than what is to be put gives way to it.
void Table::put(const Entry& entry, Slot slot) const {
  if (marks_ == Marks::kept) entry.marks()[slot.tag & entry.mask] |= mark_of(slot.tag);
  Slot* const slots = entry.page->slots();
  std::uint32_t at = slot.tag & entry.mask;
  for (std::uint32_t distance = 0; slots[at].id != 0; ++distance) {
    const std::uint32_t other = entry.distance_of(at);
    if (other < distance) {
      std::swap(slots[at], slot);
      distance = other;
    }
    at = (at + 1) & entry.mask;
  }
  slots[at] = slot;
  ++entry.page->used;
}

std::uint32_t Table::position(const Entry& entry, std::uint32_t tag, std::uint32_t id) {
  const Slot* const slots = entry.page->slots();
  std::uint32_t at = tag & entry.mask;
  while (slots[at].id != id || slots[at].tag != tag) {
    AVOW_CHECK(slots[at].id != 0);
    at = (at + 1) & entry.mask;
  }
  return at;
}

// Closes the gap: what stands behind it moves up, as far as it does not stand where its probing
// begins.
void Table::take_out(const Entry& entry, std::uint32_t gap) const {
  Slot* const slots = entry.page->slots();
  const std::uint32_t place = slots[gap].tag & entry.mask;
  std::uint32_t next = (gap + 1) & entry.mask;
  while (slots[next].id != 0 && entry.distance_of(next) != 0) {
    slots[gap] = slots[next];
    gap = next;
    next = (gap + 1) & entry.mask;
  }
  slots[gap] = Slot();
  --entry.page->used;
  if (marks_ == Marks::kept) mark_anew(entry, place);
}

// Those whose probing begins at a place stand side by side, behind those that have come further.
void Table::mark_anew(const Entry& entry, std::uint32_t place) {
  const Slot* const slots = entry.page->slots();
  std::uint8_t marks = 0;
  std::uint32_t at = place;
  for (std::uint32_t distance = 0; slots[at].id != 0; ++distance) {
    const std::uint32_t other = entry.distance_of(at);
    if (other < distance) break;
    if (other == distance) marks |= mark_of(slots[at].tag);
    at = (at + 1) & entry.mask;
  }
  entry.marks()[place] = marks;
}

void Table::insert(std::uint64_t hash, std::uint32_t id) {
  const std::uint32_t tag = tag_of(hash);
  put(entry_with_room(tag), {.tag = tag, .id = id});
  ++size_;
}

void Table::erase(std::uint64_t hash, std::uint32_t id) {
  const std::uint32_t tag = tag_of(hash);
  const Entry& entry = entry_of(tag);
  take_out(entry, position(entry, tag, id));
  --size_;
}

void Table::replace(std::uint64_t hash, std::uint32_t id, std::uint32_t new_id) {
  const std::uint32_t tag = tag_of(hash);
  const Entry& entry = entry_of(tag);
  entry.page->slots()[position(entry, tag, id)].id = new_id;
}

const Table::Entry& Table::entry_with_room(std::uint32_t tag) {
  for (;;) {
    const std::size_t at = page_of(tag);
    const Page& page = *directory_[at].page;
    if (!is_full(page.used, directory_[at].mask + 1)) return directory_[at];
    if (page.mask + 1 < page_slots_max || page.depth == depth_max) {
      enlarge(at);
    } else {
      split(at);
    }
  }
}

// Happens to small tables, and to those beyond all measure.
void Table::enlarge(std::size_t at) {
  Page* const page = directory_[at].page;
  Page* const larger = make_page(2 * (page->mask + 1), page->depth);
  for (std::uint32_t i = 0; i <= page->mask; ++i) {
    if (page->slots()[i].id != 0) put(Entry(larger), page->slots()[i]);
  }
  const std::size_t entries = std::size_t{1} << (depth_ - page->depth);
  const std::size_t first = at / entries * entries;
  lead_to(*larger, first, entries);
}

// Makes two pages of the one at `at`: by the first bit in which its tags differ.
void Table::split(std::size_t at) {
  Page& page = *directory_[at].page;
  if (page.depth == depth_) {
    std::vector<Entry> twice;
    twice.reserve(directory_.size() * 2);
    for (const Entry each : directory_) twice.insert(twice.end(), {each, each});
    directory_ = std::move(twice);
    ++depth_;
    at *= 2;
  }
  ++page.depth;
  Page& upper = *make_page(page.mask + 1, page.depth);
  std::array<Slot, page_slots_max> slots;
  std::copy_n(page.slots(), slots.size(), slots.begin());
  clear(page);
  for (const Slot slot : slots) {
    const bool is_upper = (slot.tag >> (32 - page.depth) & 1U) != 0;
    if (slot.id != 0) put(Entry(is_upper ? &upper : &page), slot);
  }

  // All directory entries of the old page share its bits: the second half of them moves.
  const std::size_t entries = std::size_t{1} << (depth_ - page.depth);
  const std::size_t first = at / (2 * entries) * (2 * entries) + entries;
  lead_to(upper, first, entries);
}

}  // namespace avow::server
