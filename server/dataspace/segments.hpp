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
      const std::uint32_t place = Layout::segment_of(size_);
      T*& segment = segments_[place];
      if (segment == nullptr) segment = static_cast<T*>(allocate_memory(bytes_of(place)));
      ::new (static_cast<void*>(address(size_))) T();
    }
  }

 private:
  using Layout = DoublingSegments<64>;

  static std::size_t bytes_of(std::size_t segment) {
    return Layout::length_of(segment) * sizeof(T);
  }
  [[nodiscard]] T* address(std::uint32_t index) const {
    return segments_[Layout::segment_of(index)] + Layout::offset_of(index);
  }

  std::array<T*, Layout::count_max> segments_{};
  std::uint32_t size_ = 0;
};

}  // namespace avow::server
