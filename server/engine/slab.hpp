#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace avow::server {

/// Objects that are named by a small number, and stay where they are until they are erased. Numbers
/// are used again, in an order that depends on the history alone. Memory comes in chunks of
/// `chunk_items`.
template <class T, std::uint32_t chunk_items = 8>
class Slab {
 public:
  [[nodiscard]] std::uint32_t add(T value) {
    std::uint32_t place = size_;
    if (!free_.empty()) {
      place = free_.back();
      free_.pop_back();
    } else if (size_++ % chunk_items == 0) {
      chunks_.push_back(std::make_unique<T[]>(chunk_items));
    }
    (*this)[place] = std::move(value);
    return place;
  }
  [[nodiscard]] T& operator[](std::uint32_t place) {
    return chunks_[place / chunk_items][place % chunk_items];
  }
  T take(std::uint32_t place) {
    free_.push_back(place);
    return std::exchange((*this)[place], T{});
  }
  [[nodiscard]] std::size_t size() const { return size_ - free_.size(); }

 private:
  std::uint32_t size_ = 0;
  std::vector<std::unique_ptr<T[]>> chunks_;
  std::vector<std::uint32_t> free_;
};

}  // namespace avow::server
