#include "server/dataspace/byte_store.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "avow/base/check.hpp"

namespace avow::server {
namespace {

// What is taken at a time doubles, so that a small space stays small.
constexpr std::size_t taken_first = 4 << 10;
constexpr std::size_t taken_max = 64 << 10;

}  // namespace

ByteStore::~ByteStore() {
  while (large_ != nullptr) free_large(large_ + 1);
}

StoredBytes* ByteStore::add(ByteView bytes, bool holds_references) {
  AVOW_CHECK(bytes.size() <= StoredBytes::size_max);
  void* const memory = allocate(sizeof(StoredBytes) + bytes.size());
  auto* const stored =
      ::new (memory) StoredBytes(static_cast<std::uint32_t>(bytes.size()), holds_references);
  std::memcpy(stored->content(), bytes.data(), bytes.size());
  return stored;
}

void* ByteStore::allocate(std::size_t size) {
  if (size > small_max) return allocate_large(size);
  const std::size_t index = (size + grain - 1) / grain;
  if (free_[index] != nullptr) {
    Free* const block = free_[index];
    free_[index] = block->next;
    return block;
  }
  const std::size_t rounded = index * grain;
  if (left_ < rounded) take_more();
  void* const block = at_;
  at_ += rounded;
  left_ -= rounded;
  return block;
}

// What was left of what was taken before, less than a block, is lost.
void ByteStore::take_more() {
  left_ = last_taken_ == 0 ? taken_first : std::min(2 * last_taken_, taken_max);
  at_ = static_cast<std::uint8_t*>(memory_.take(left_));
  last_taken_ = left_;
}

void* ByteStore::allocate_large(std::size_t size) {
  auto* const large = ::new (::operator new(sizeof(Large) + size)) Large{large_, nullptr};
  if (large_ != nullptr) large_->previous = large;
  large_ = large;
  return large + 1;
}

void ByteStore::free_large(void* memory) {
  Large* const large = static_cast<Large*>(memory) - 1;
  // The analyzer does not see that the list's first has none before it.
  // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDelete)
  (large->previous != nullptr ? large->previous->next : large_) = large->next;
  if (large->next != nullptr) large->next->previous = large->previous;
  ::operator delete(large);
}

void ByteStore::free(StoredBytes* stored) {
  const std::size_t size = sizeof(StoredBytes) + stored->size_;
  if (size > small_max) return free_large(stored);
  const std::size_t index = (size + grain - 1) / grain;
  free_[index] = ::new (static_cast<void*>(stored)) Free{free_[index]};
}

}  // namespace avow::server
