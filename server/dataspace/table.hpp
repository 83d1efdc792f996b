#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

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

namespace avow::server {

class Table {
 public:
  /// Of memory of its own.
  Table();
  /// `memory` must outlive the table. What a page leaves that comes to be too small is lost.
  explicit Table(Regions& memory);
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  /// What is kept of a hash.
  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

  /// Begins to load what `find` will need. Changes nothing.
  void prefetch(std::uint64_t hash) const {
    const Page& page = *directory_[page_of(tag_of(hash))];
    __builtin_prefetch(&page.slots()[tag_of(hash) & page.mask]);
  }

  /// The number that was inserted with `hash` and of which `is_it(number)` holds, or 0.
  template <class IsIt>
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, IsIt&& is_it) const {
    const std::uint32_t tag = tag_of(hash);
    const Page& page = *directory_[page_of(tag)];
    const Slot* const slots = page.slots();
    std::uint32_t at = tag & page.mask;
    for (std::uint32_t distance = 0; slots[at].id != 0; ++distance) {
      if (slots[at].tag == tag && is_it(slots[at].id)) return slots[at].id;
      if (page.distance_of(at) < distance) break;
      at = (at + 1) & page.mask;
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
  // The slots follow in the same allocation, from the next cache line on.
  struct alignas(64) Page {
    std::uint32_t mask;  // One less than the number of slots.
    std::uint32_t used;
    std::uint32_t depth;  // How many of the highest bits all tags in it share.

    [[nodiscard]] Slot* slots() { return reinterpret_cast<Slot*>(this + 1); }
    [[nodiscard]] const Slot* slots() const { return reinterpret_cast<const Slot*>(this + 1); }
    /// How far what stands there is from where its probing began.
    [[nodiscard]] std::uint32_t distance_of(std::uint32_t at) const {
      return (at - slots()[at].tag) & mask;
    }
  };

  // Shifts by 32 are undefined, so the shift is done in 64 bits.
  [[nodiscard]] std::size_t page_of(std::uint32_t tag) const {
    return static_cast<std::size_t>(std::uint64_t{tag} >> (32 - depth_));
  }

  void begin();
  Page* make_page(std::uint32_t slots, std::uint32_t depth);
  static void put(Page& page, Slot slot);
  static void take_out(Page& page, std::uint32_t at);
  static std::uint32_t position(const Page& page, std::uint32_t tag, std::uint32_t id);
  Page& page_with_room(std::uint32_t tag);
  void enlarge(std::size_t at);
  void split(std::size_t at);

  std::unique_ptr<Regions> own_memory_;
  Regions& memory_;
  // Where pages are not split as deep as the directory, neighbours in it lead to the same page.
  std::vector<Page*> directory_;
  std::uint32_t depth_ = 0;
  std::size_t size_ = 0;
};

}  // namespace avow::server
