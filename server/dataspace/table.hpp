#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "server/base/load_ahead.hpp"
#include "server/base/regions.hpp"

// A hash table from keyed hashes to the numbers of objects in a pool. It never stops the thread for
// long: it consists of pages of at most 4,096 slots, each of which splits on its own when it is
// full (extendible hashing; Fagin and others, 1979), so that growing costs at most one page's work
// at a time, whatever the size of the table.
//
// A slot is 8 bytes: 32 bits of the hash, and the number. The highest bits of the tag choose the
// page, the lowest the place in it, where linear probing begins. Who has come further from there
// stands before who has come less far ("Robin Hood"; Celis, 1985): so a search ends early, found or
// not, and pages can be fuller.
//
// Where most searches find nothing, a table can keep marks: a byte for each place, in which each
// slot whose probing begins there sets one of eight bits. They take an eighth of the slots' memory,
// so that a processor's cache holds them where it would not hold the slots.

namespace avow::server {

class Table {
 public:
  enum class Marks : bool { none, kept };

  /// Of memory of its own.
  Table();
  /// `memory` must outlive the table. What a page leaves that comes to be too small is lost.
  explicit Table(Regions& memory, Marks marks = Marks::none);
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  /// What is kept of a hash.
  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

  /// Begins to load what `find` will need. Changes nothing.
  void prefetch(std::uint64_t hash) const {
    const Entry entry = entry_of(tag_of(hash));
    load_ahead(&entry.page->slots()[tag_of(hash) & entry.mask]);
  }

  void prefetch_mark(std::uint64_t hash) const {
    const Entry entry = entry_of(tag_of(hash));
    load_ahead(&entry.marks()[tag_of(hash) & entry.mask]);
  }
  /// False only if nothing was inserted with this hash. Of a table that keeps marks.
  [[nodiscard]] bool may_have(std::uint64_t hash) const {
    const std::uint32_t tag = tag_of(hash);
    const Entry entry = entry_of(tag);
    return (entry.marks()[tag & entry.mask] & mark_of(tag)) != 0;
  }

  /// The number that was inserted with `hash` and of which `is_it(number)` holds, or 0.
  template <class IsIt>
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, IsIt&& is_it) const {
    const std::uint32_t tag = tag_of(hash);
    const Entry entry = entry_of(tag);
    const Slot* const slots = entry.page->slots();
    std::uint32_t at = tag & entry.mask;
    for (std::uint32_t distance = 0; slots[at].id != 0; ++distance) {
      if (slots[at].tag == tag && is_it(slots[at].id)) return slots[at].id;
      if (entry.distance_of(at) < distance) break;
      at = (at + 1) & entry.mask;
    }
    return 0;
  }
  /// Some number that was inserted with this hash, or one that looks like it: a guess.
  [[nodiscard]] std::uint32_t guess(std::uint64_t hash) const {
    return find(hash, [](std::uint32_t) { return true; });
  }

  /// `id` is not 0. The same hash may be inserted with different numbers.
  void insert(std::uint64_t hash, std::uint32_t id);
  /// Takes out what was inserted with exactly these.
  void erase(std::uint64_t hash, std::uint32_t id);
  /// `new_id` takes the place of `id`.
  void replace(std::uint64_t hash, std::uint32_t id, std::uint32_t new_id);

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t id = 0;  // 0: free.
  };
  // The slots follow in the same allocation, from the next cache line on, and the marks after them.
  struct alignas(64) Page {
    std::uint32_t mask;  // One less than the number of slots.
    std::uint32_t used;
    std::uint32_t depth;  // How many of the highest bits all tags in it share.

    [[nodiscard]] Slot* slots() { return reinterpret_cast<Slot*>(this + 1); }
    [[nodiscard]] const Slot* slots() const { return reinterpret_cast<const Slot*>(this + 1); }
  };

  static constexpr std::uint32_t page_bits_max = 12;
  static constexpr std::uint32_t page_slots_max = 1U << page_bits_max;

  // What a search needs to know of a page, so that it need not wait for the page's head.
  struct Entry {
    explicit Entry(Page* leads_to = nullptr)
        : page(leads_to), mask(leads_to != nullptr ? leads_to->mask : 0) {}

    Page* page;
    std::uint32_t mask;  // The page's.

    [[nodiscard]] std::uint8_t* marks() const {
      return reinterpret_cast<std::uint8_t*>(page->slots() + mask + 1);
    }
    /// How far what stands there is from where its probing began.
    [[nodiscard]] std::uint32_t distance_of(std::uint32_t at) const {
      return (at - page->slots()[at].tag) & mask;
    }
  };

  // Shifts by 32 are undefined, so the shift is done in 64 bits.
  [[nodiscard]] std::size_t page_of(std::uint32_t tag) const {
    return static_cast<std::size_t>(std::uint64_t{tag} >> (32 - depth_));
  }

  [[nodiscard]] const Entry& entry_of(std::uint32_t tag) const { return directory_[page_of(tag)]; }
  // By bits of the tag that choose no place.
  static std::uint8_t mark_of(std::uint32_t tag) {
    return static_cast<std::uint8_t>(1U << (tag >> page_bits_max & 7U));
  }

  void begin();
  Page* make_page(std::uint32_t slots, std::uint32_t depth);
  void clear(Page& page) const;
  void put(const Entry& entry, Slot slot) const;
  void take_out(const Entry& entry, std::uint32_t at) const;
  static void mark_anew(const Entry& entry, std::uint32_t place);
  static std::uint32_t position(const Entry& entry, std::uint32_t tag, std::uint32_t id);
  const Entry& entry_with_room(std::uint32_t tag);
  void lead_to(Page& page, std::size_t first, std::size_t entries);
  void enlarge(std::size_t at);
  void split(std::size_t at);

  std::unique_ptr<Regions> own_memory_;
  Regions& memory_;
  const Marks marks_ = Marks::none;
  // Where pages are not split as deep as the directory, neighbours in it lead to the same page.
  std::vector<Entry> directory_;
  std::uint32_t depth_ = 0;
  std::size_t size_ = 0;
};

}  // namespace avow::server
