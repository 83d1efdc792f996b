#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

#include "server/base/doubling_segments.hpp"
#include "server/dataspace/segments.hpp"

// Objects that are named by small numbers and stay where they are until they are taken out. Memory
// comes in segments, each twice as long as the one before: nothing ever waits for a big copy, and
// few objects take little memory.

namespace avow::server {

/// Numbers are used again, in an order that depends on the history alone. `T()` stands in for what
/// has been taken out. The first segment has room for `first` of them.
template <class T, std::uint32_t first = 4>
class Slab {
 public:
  Slab() = default;
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;
  ~Slab() {
    forget_all();
    drop_segments(0);
  }

  [[nodiscard]] std::uint32_t add(T value) {
    if (!free_.empty()) {
      const std::uint32_t place = free_.back();
      free_.pop_back();
      (*this)[place] = std::move(value);
      return place;
    }
    if (Layout::segment_of(end_) == segments_.size()) {
      // Not of large pages: what one session has is handed out by the system a little at a time.
      segments_.emplace_back(::operator new(bytes_of(segments_.size()), alignment), end_);
    }
    ::new (static_cast<void*>(&(*this)[end_])) T(std::move(value));
    return end_++;
  }
  T take(std::uint32_t place) {
    free_.push_back(place);
    T taken = std::exchange((*this)[place], T());
    if (size() == 0 && segments_.size() > 1) shrink();
    return taken;
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
  using Layout = DoublingSegments<first>;
  static constexpr std::align_val_t alignment{64};

  static std::size_t bytes_of(std::size_t segment) {
    return Layout::length_of(segment) * sizeof(T);
  }

  void forget_all() {
    for (std::uint32_t place = 0; place < end_; ++place) (*this)[place].~T();
    end_ = 0;
  }
  void drop_segments(std::size_t first_dropped) {
    for (std::size_t i = first_dropped; i < segments_.size(); ++i) {
      ::operator delete(segments_[i].address(Layout::first_of(i)), alignment);
    }
    segments_.resize(std::min(first_dropped, segments_.size()));
  }
  // Many were there for a moment, and it may be long until there are so many again.
  void shrink() {
    forget_all();
    drop_segments(1);
    free_ = {};
  }

  std::vector<SegmentMemory<T>> segments_;
  std::uint32_t end_ = 0;
  std::vector<std::uint32_t> free_;
};

/// The same of very many, whose memory comes in segments of one length from regions that others
/// share.
template <class T>
class LargeSlab {
 public:
  /// `memory` must outlive the slab.
  explicit LargeSlab(Regions& memory) : objects_(memory) {}

  [[nodiscard]] std::uint32_t add(T value) {
    std::uint32_t place = objects_.size();
    if (free_.empty()) {
      objects_.grow_to(place + 1);
    } else {
      place = free_.back();
      free_.pop_back();
    }
    objects_[place] = std::move(value);
    return place;
  }
  T take(std::uint32_t place) {
    free_.push_back(place);
    return std::exchange(objects_[place], T());
  }

  [[nodiscard]] T& operator[](std::uint32_t place) { return objects_[place]; }
  [[nodiscard]] const T& operator[](std::uint32_t place) const { return objects_[place]; }
  [[nodiscard]] std::size_t size() const { return objects_.size() - free_.size(); }

 private:
  Segments<T> objects_;
  std::vector<std::uint32_t> free_;
};

}  // namespace avow::server
