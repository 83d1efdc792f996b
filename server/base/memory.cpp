#include "server/base/memory.hpp"

#include <new>
#include <sys/mman.h>

namespace avow::server {
namespace {

constexpr std::align_val_t small_alignment{64};
constexpr std::align_val_t large_alignment{large_page_bytes};

}  // namespace

void* allocate_memory(std::size_t size) {
  if (size < large_page_bytes) return ::operator new(size, small_alignment);
  void* const memory = ::operator new(size, large_alignment);
  // Only a wish: without it everything works, if slower.
  (void)madvise(memory, size / large_page_bytes * large_page_bytes, MADV_HUGEPAGE);
  return memory;
}

void free_memory(void* memory, std::size_t size) {
  ::operator delete(memory, size < large_page_bytes ? small_alignment : large_alignment);
}

}  // namespace avow::server
