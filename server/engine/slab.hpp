#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

namespace avow::server {

/// Objects that are named by a small number, and stay where they are until they are erased. Numbers
/// are used again, in an order that depends on the history alone.
template <class T>
class Slab {
 public:
  [[nodiscard]] std::uint32_t add(T value) {
    if (free_.empty()) {
      items_.push_back(std::move(value));
      return static_cast<std::uint32_t>(items_.size() - 1);
    }
    const std::uint32_t place = free_.back();
    free_.pop_back();
    items_[place] = std::move(value);
    return place;
  }
  [[nodiscard]] T& operator[](std::uint32_t place) { return items_[place]; }
  T take(std::uint32_t place) {
    free_.push_back(place);
    return std::exchange(items_[place], T{});
  }
  [[nodiscard]] std::size_t size() const { return items_.size() - free_.size(); }

 private:
  std::deque<T> items_;
  std::vector<std::uint32_t> free_;
};

}  // namespace avow::server
