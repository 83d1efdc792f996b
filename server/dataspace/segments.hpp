#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>

#include "server/base/doubling_segments.hpp"
#include "server/base/memory.hpp"

// An array that grows without moving or copying what it holds: a turn never waits for a big copy,
// and addresses stay. Each segment is twice as long as the one before.

namespace avow::server {

template <class T>
class Segments {
 public:
  Segments() = default;
  Segments(const Segments&) = delete;
  Segments& operator=(const Segments&) = delete;
  ~Segments() {
    for (std::uint32_t i = 0; i < size_; ++i) (*this)[i].~T();
    for (std::uint32_t i = 0; i < segment_count_; ++i) {
      free_memory(segments_[i].address(Layout::first_of(i)), bytes_of(i));
    }
  }

  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] T& operator[](std::uint32_t index) { return *address(index); }
  [[nodiscard]] const T& operator[](std::uint32_t index) const { return *address(index); }

  /// Makes elements, each as `T()`, until there are `size`.
  void grow_to(std::uint32_t size) {
    for (; size_ < size; ++size_) {
      if (Layout::segment_of(size_) == segment_count_) {
        segments_[segment_count_] = {allocate_memory(bytes_of(segment_count_)), size_};
        ++segment_count_;
      }
      ::new (static_cast<void*>(address(size_))) T();
    }
  }

 private:
  using Layout = DoublingSegments<64>;

  static std::size_t bytes_of(std::size_t segment) {
    return Layout::length_of(segment) * sizeof(T);
  }
  [[nodiscard]] T* address(std::uint32_t index) const {
    return segments_[Layout::segment_of(index)].address(index);
  }

  std::array<SegmentMemory<T>, Layout::count_max> segments_{};
  std::uint32_t segment_count_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace avow::server
