#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>

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
    for (std::uint32_t i = 0; i < segments_.size(); ++i) {
      if (segments_[i] != nullptr) free_memory(segments_[i], bytes_of(i));
    }
  }

  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] T& operator[](std::uint32_t index) { return *address(index); }
  [[nodiscard]] const T& operator[](std::uint32_t index) const { return *address(index); }

  /// Makes elements, each as `T()`, until there are `size`.
  void grow_to(std::uint32_t size) {
    for (; size_ < size; ++size_) {
      T*& segment = segments_[segment_of(size_)];
      if (segment == nullptr) {
        segment = static_cast<T*>(allocate_memory(bytes_of(segment_of(size_))));
      }
      ::new (static_cast<void*>(address(size_))) T();
    }
  }

 private:
  static constexpr std::uint32_t first_length = 64;
  static constexpr auto first_bits = std::countr_zero(first_length);

  static std::uint32_t segment_of(std::uint32_t index) {
    return static_cast<std::uint32_t>(std::bit_width(index + first_length) - 1 - first_bits);
  }
  static std::size_t bytes_of(std::uint32_t segment) {
    return (std::size_t{first_length} << segment) * sizeof(T);
  }
  [[nodiscard]] T* address(std::uint32_t index) const {
    const std::uint32_t shifted = index + first_length;
    const std::uint32_t segment = segment_of(index);
    return segments_[segment] + (shifted - (first_length << segment));
  }

  std::array<T*, 32 - first_bits> segments_{};
  std::uint32_t size_ = 0;
};

}  // namespace avow::server
