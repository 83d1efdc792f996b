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
  /// The place of the element within its segment.
  [[nodiscard]] static constexpr std::uint32_t offset_of(std::uint32_t index) {
    const std::uint32_t shifted = index + first_length;
    return shifted - std::bit_floor(shifted);
  }
  [[nodiscard]] static constexpr std::size_t length_of(std::size_t segment) {
    return std::size_t{first_length} << segment;
  }
};

}  // namespace avow::server
