#include "server/base/memory.hpp"

#include <atomic>
#include <new>
#include <sys/mman.h>

namespace avow::server {
namespace {

constexpr std::align_val_t small_alignment{64};
constexpr std::align_val_t large_alignment{large_page_bytes};

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): one for all spaces.
std::atomic<ReadyPages*> ready_pages = nullptr;

}  // namespace

void* allocate_memory(std::size_t size) {
  ReadyPages* const pages = size == large_page_bytes ? ready_pages.load() : nullptr;
  void* const ready = pages == nullptr ? nullptr : pages->take();
  return ready == nullptr ? allocate_from_system(size) : ready;
}

void* allocate_from_system(std::size_t size) {
  if (size < large_page_bytes) return ::operator new(size, small_alignment);
  void* const memory = ::operator new(size, large_alignment);
  // Only a wish: without it everything works, if slower.
  (void)madvise(memory, size / large_page_bytes * large_page_bytes, MADV_HUGEPAGE);
  return memory;
}

void free_memory(void* memory, std::size_t size) {
  ::operator delete(memory, size < large_page_bytes ? small_alignment : large_alignment);
}

void use_ready_pages(ReadyPages* pages) { ready_pages = pages; }

}  // namespace avow::server
