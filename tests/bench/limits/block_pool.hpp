#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <sys/mman.h>

namespace avow::bench {

/// Memory in pages of 2 MB, never given back.
[[nodiscard]] inline void* map_huge(std::size_t size) {
  constexpr std::size_t page = 2 << 20;
  const std::size_t rounded = (size + page - 1) & ~(page - 1);
  void* const mapped =
      mmap(nullptr, rounded + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const auto aligned = (reinterpret_cast<std::uintptr_t>(mapped) + page - 1) & ~(page - 1);
  void* const begin = reinterpret_cast<void*>(aligned);
  madvise(begin, rounded, MADV_HUGEPAGE);
  return begin;
}

/// Blocks of up to 2,016 bytes from such pages, one free list for each size.
class BlockPool {
 public:
  [[nodiscard]] void* get(std::size_t size) {
    const std::size_t index = (size + grain - 1) / grain;
    if (free_[index] != nullptr) {
      Free* const block = free_[index];
      free_[index] = block->next;
      return block;
    }
    const std::size_t rounded = index * grain;
    if (left_ < rounded) {
      at_ = static_cast<std::uint8_t*>(map_huge(region_bytes));
      left_ = region_bytes;
    }
    void* const block = at_;
    at_ += rounded;
    left_ -= rounded;
    return block;
  }
  void put(void* block, std::size_t size) {
    auto* const free = static_cast<Free*>(block);
    const std::size_t index = (size + grain - 1) / grain;
    free->next = free_[index];
    free_[index] = free;
  }

 private:
  struct Free {
    Free* next;
  };
  static constexpr std::size_t grain = 32;
  static constexpr std::size_t region_bytes = 8 << 20;

  std::array<Free*, 64> free_{};
  std::uint8_t* at_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace avow::bench
