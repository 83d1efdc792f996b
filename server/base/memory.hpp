#pragma once

#include <cstddef>

// Large pieces of memory, which are reached at random: in pages of 2 MB, where the system has them,
// so that finding an address costs no walk through page tables.

namespace avow::server {

inline constexpr std::size_t large_page_bytes = 2 << 20;

/// At least `size` bytes, aligned to a cache line; from `large_page_bytes` on to large pages.
[[nodiscard]] void* allocate_memory(std::size_t size);
/// `size` is that of the allocation.
void free_memory(void* memory, std::size_t size);

}  // namespace avow::server
