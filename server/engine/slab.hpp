#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

#include "server/base/doubling_segments.hpp"
#include "server/base/memory.hpp"

// Objects that are named by small numbers and stay where they are until they are taken out. Memory
// comes in segments, each twice as long as the one before: nothing ever waits for a big copy, and
// few objects take little memory.

namespace avow::server {

/// Numbers are used again, in an order that depends on the history alone. `T()` stands in for what
/// has been taken out.
template <class T>
class Slab {
 public:
  Slab() = default;
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;
  ~Slab() {
    for (std::uint32_t place = 0; place < end_; ++place) (*this)[place].~T();
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      free_memory(segments_[i].address(Layout::first_of(i)), bytes_of(i));
    }
  }

  [[nodiscard]] std::uint32_t add(T value) {
    if (!free_.empty()) {
      const std::uint32_t place = free_.back();
      free_.pop_back();
      (*this)[place] = std::move(value);
      return place;
    }
    if (Layout::segment_of(end_) == segments_.size()) {
      segments_.emplace_back(allocate_memory(bytes_of(segments_.size())), end_);
    }
    ::new (static_cast<void*>(&(*this)[end_])) T(std::move(value));
    return end_++;
  }
  T take(std::uint32_t place) {
    free_.push_back(place);
    return std::exchange((*this)[place], T());
  }

  [[nodiscard]] T& operator[](std::uint32_t place) {
    return *segments_[Layout::segment_of(place)].address(place);
  }
  [[nodiscard]] const T& operator[](std::uint32_t place) const {
    return const_cast<Slab&>(*this)[place];  // NOLINT: finding it changes nothing.
  }
  [[nodiscard]] std::size_t size() const { return end_ - free_.size(); }
  /// Every number is below this.
  [[nodiscard]] std::uint32_t places_end() const { return end_; }

 private:
  using Layout = DoublingSegments<4>;

  static std::size_t bytes_of(std::size_t segment) {
    return Layout::length_of(segment) * sizeof(T);
  }

  std::vector<SegmentMemory<T>> segments_;
  std::uint32_t end_ = 0;
  std::vector<std::uint32_t> free_;
};

}  // namespace avow::server
