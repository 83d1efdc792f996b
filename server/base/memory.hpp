#pragma once

#include <cstddef>

// Large pieces of memory, which are reached at random: in pages of 2 MB, where the system has them,
// so that finding an address costs no walk through page tables.

namespace avow::server {

inline constexpr std::size_t large_page_bytes = 2 << 20;

/// At least `size` bytes, aligned to a cache line; from `large_page_bytes` on to large pages. One
/// large page is taken from those that are ready, if any are.
[[nodiscard]] void* allocate_memory(std::size_t size);
/// Likewise, from the system at once.
[[nodiscard]] void* allocate_from_system(std::size_t size);
/// `size` is that of the allocation.
void free_memory(void* memory, std::size_t size);

/// Large pages that the system has handed out already. The first use of one takes up to 10 ms where
/// a host has to find the memory for it (docs/PERFORMANCE.md): nobody who works for clients should
/// wait for that.
class ReadyPages {
 public:
  /// One that is as `allocate_from_system` would give it, or nothing. May be called by any thread.
  [[nodiscard]] virtual void* take() = 0;

 protected:
  ~ReadyPages() = default;
};
/// Where this process has such pages from now on: nowhere at first, and after a null pointer.
void use_ready_pages(ReadyPages* pages);

}  // namespace avow::server
