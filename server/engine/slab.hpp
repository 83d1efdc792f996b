#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

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
    for (std::uint32_t i = 0; i < segments_.size(); ++i) free_memory(segments_[i], bytes_of(i));
  }

  [[nodiscard]] std::uint32_t add(T value) {
    if (!free_.empty()) {
      const std::uint32_t place = free_.back();
      free_.pop_back();
      (*this)[place] = std::move(value);
      return place;
    }
    if (segment_of(end_) == segments_.size()) {
      const auto bytes = bytes_of(static_cast<std::uint32_t>(segments_.size()));
      segments_.push_back(static_cast<T*>(allocate_memory(bytes)));
    }
    ::new (static_cast<void*>(&(*this)[end_])) T(std::move(value));
    return end_++;
  }
  T take(std::uint32_t place) {
    free_.push_back(place);
    return std::exchange((*this)[place], T());
  }

  [[nodiscard]] T& operator[](std::uint32_t place) {
    const std::uint32_t shifted = place + first_length;
    const std::uint32_t segment = segment_of(place);
    return segments_[segment][shifted - (first_length << segment)];
  }
  [[nodiscard]] std::size_t size() const { return end_ - free_.size(); }
  /// Every number is below this.
  [[nodiscard]] std::uint32_t places_end() const { return end_; }

 private:
  static constexpr std::uint32_t first_length = 4;
  static constexpr auto first_bits = std::countr_zero(first_length);

  static std::uint32_t segment_of(std::uint32_t place) {
    return static_cast<std::uint32_t>(std::bit_width(place + first_length) - 1 - first_bits);
  }
  static std::size_t bytes_of(std::uint32_t segment) {
    return (std::size_t{first_length} << segment) * sizeof(T);
  }

  std::vector<T*> segments_;
  std::uint32_t end_ = 0;
  std::vector<std::uint32_t> free_;
};

}  // namespace avow::server
