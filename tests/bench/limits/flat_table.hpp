#pragma once

#include <cstdint>
#include <utility>

#include "tests/bench/limits/block_pool.hpp"

namespace avow::bench {

/// A hash table with linear probing, 16 bytes a slot. It doubles in one go, which stops the thread:
/// a limit may, a server must not. `Object` is a pointer, or a number: `Object()` stands for none.
template <class Object>
class FlatTable {
 public:
  FlatTable() { allocate(1'024); }

  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&slots_[hash & mask_]); }

  template <class IsIt>
  [[nodiscard]] Object find(std::uint64_t hash, const IsIt& is_it) const {
    for (std::uint64_t at = hash & mask_; slots_[at].object != Object(); at = (at + 1) & mask_) {
      if (slots_[at].hash == hash && is_it(slots_[at].object)) return slots_[at].object;
    }
    return Object();
  }
  [[nodiscard]] Object find_any(std::uint64_t hash) const {
    return find(hash, [](Object) { return true; });
  }

  void insert(std::uint64_t hash, Object object) {
    if (++size_ * 10 >= (mask_ + 1) * 6) grow();
    put({hash, object});
  }

  void erase(std::uint64_t hash, Object object) {
    std::uint64_t gap = hash & mask_;
    while (slots_[gap].object != object || slots_[gap].hash != hash) gap = (gap + 1) & mask_;
    --size_;
    for (std::uint64_t at = (gap + 1) & mask_; slots_[at].object != Object();
         at = (at + 1) & mask_) {
      const std::uint64_t probed = (at - slots_[at].hash) & mask_;
      if (probed < ((at - gap) & mask_)) continue;
      slots_[gap] = slots_[at];
      gap = at;
    }
    slots_[gap].object = Object();
  }

 private:
  struct Slot {
    std::uint64_t hash;
    Object object;
  };

  void allocate(std::uint64_t slots) {
    slots_ = static_cast<Slot*>(map_huge(slots * sizeof(Slot)));
    mask_ = slots - 1;
  }
  void put(Slot slot) {
    std::uint64_t at = slot.hash & mask_;
    while (slots_[at].object != Object()) at = (at + 1) & mask_;
    slots_[at] = slot;
  }
  void grow() {
    Slot* const old = slots_;
    const std::uint64_t old_slots = mask_ + 1;
    allocate(2 * old_slots);
    for (std::uint64_t i = 0; i < old_slots; ++i) {
      if (old[i].object != Object()) put(old[i]);
    }
    munmap(old, old_slots * sizeof(Slot));
  }

  Slot* slots_ = nullptr;
  std::uint64_t mask_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace avow::bench
