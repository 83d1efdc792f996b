#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

// Where the elements of an array stand whose memory comes in segments, each twice as long as the
// one before.

namespace avow::server {

/// The first segment has room for `first_length` elements, a power of two. An index is below
/// 2^32 - first_length.
template <std::uint32_t first_length>
struct DoublingSegments {
  static_assert(std::has_single_bit(first_length));
  static constexpr std::uint32_t first_bits = std::countr_zero(first_length);
  static constexpr std::size_t count_max = 32 - first_bits;

  [[nodiscard]] static constexpr std::uint32_t segment_of(std::uint32_t index) {
    return static_cast<std::uint32_t>(std::bit_width(index + first_length)) - 1 - first_bits;
  }
  /// The index of the first element in it.
  [[nodiscard]] static constexpr std::size_t first_of(std::size_t segment) {
    return length_of(segment) - first_length;
  }
  [[nodiscard]] static constexpr std::size_t length_of(std::size_t segment) {
    return std::size_t{first_length} << segment;
  }
};

/// The memory of a segment. Holds where the element 0 of the whole array would stand if the segment
/// reached back to it, so that finding an element takes no subtraction: it is what most of a turn
/// does, some seventy times an event.
template <class T>
class SegmentMemory {
 public:
  SegmentMemory() = default;
  /// `first` is the index of the element that stands at `memory`.
  SegmentMemory(void* memory, std::size_t first)
      : origin_(reinterpret_cast<std::uintptr_t>(memory) - first * sizeof(T)) {}

  /// Of an element of this segment.
  [[nodiscard]] T* address(std::size_t index) const {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): it is inside the segment again.
    return reinterpret_cast<T*>(origin_ + index * sizeof(T));
  }

 private:
  std::uintptr_t origin_ = 0;
};

}  // namespace avow::server
