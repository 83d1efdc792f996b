#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "server/base/doubling_segments.hpp"
#include "server/base/regions.hpp"

// An array that grows without moving or copying what it holds: a turn never waits for a big copy,
// and addresses stay. It consists of segments of one length, of which a program that holds little
// touches only the beginning of the first.

namespace avow::server {

template <class T>
class Segments {
 public:
  /// `memory` must outlive the array.
  explicit Segments(Regions& memory) : memory_(memory) {}
  Segments(const Segments&) = delete;
  Segments& operator=(const Segments&) = delete;
  ~Segments() {
    for (std::uint32_t i = 0; i < size_; ++i) (*this)[i].~T();
  }

  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] T& operator[](std::uint32_t index) { return *address(index); }
  [[nodiscard]] const T& operator[](std::uint32_t index) const { return *address(index); }

  /// Makes elements, each as `T()`, until there are `size`.
  void grow_to(std::uint32_t size) {
    for (; size_ < size; ++size_) {
      if (size_ >> length_bits == segments_.size()) add_segment();
      ::new (static_cast<void*>(address(size_))) T();
    }
  }

 private:
  // At most so large is a segment, and more than half of it.
  static constexpr std::size_t segment_bytes_max = 64 << 10;
  static constexpr unsigned length_bits = std::bit_width(segment_bytes_max / sizeof(T)) - 1;

  void add_segment() {
    void* const memory = memory_.take(sizeof(T) << length_bits);
    segments_.emplace_back(memory, size_);
  }
  [[nodiscard]] T* address(std::uint32_t index) const {
    return segments_[index >> length_bits].address(index);
  }

  Regions& memory_;
  std::vector<SegmentMemory<T>> segments_;
  std::uint32_t size_ = 0;
};

}  // namespace avow::server
