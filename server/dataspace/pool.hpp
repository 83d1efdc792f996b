#pragma once

#include <cstdint>
#include <memory>

#include "avow/base/check.hpp"
#include "server/dataspace/segments.hpp"

// Many small objects of one type, named by 32-bit numbers. A number is used again after `remove`;
// the zero names nothing, ever.

namespace avow::server {

/// `T` is default constructible and has a member `std::uint32_t next`, which links the
/// free ones while the object is not in use.
template <class T>
class Pool {
 public:
  /// `memory` must outlive the pool.
  explicit Pool(Regions& memory) : objects_(memory) {}

  [[nodiscard]] std::uint32_t add() {
    ++in_use_;
    if (free_ != 0) {
      const std::uint32_t id = free_;
      free_ = objects_[id].next;
      objects_[id].next = 0;
      return id;
    }
    const std::uint32_t id = objects_.size() == 0 ? 1 : objects_.size();
    AVOW_CHECK(id < ids_max);
    objects_.grow_to(id + 1);
    return id;
  }

  void remove(std::uint32_t id) {
    --in_use_;
    T& object = objects_[id];
    std::destroy_at(&object);
    std::construct_at(&object)->next = free_;
    free_ = id;
  }

  [[nodiscard]] T& operator[](std::uint32_t id) { return objects_[id]; }
  [[nodiscard]] const T& operator[](std::uint32_t id) const { return objects_[id]; }
  [[nodiscard]] std::uint32_t in_use() const { return in_use_; }
  /// Every number is below this.
  [[nodiscard]] std::uint32_t ids_end() const { return objects_.size(); }

 private:
  static constexpr std::uint32_t ids_max = 0xFFFF'FF00;

  Segments<T> objects_;
  std::uint32_t free_ = 0;
  std::uint32_t in_use_ = 0;
};

}  // namespace avow::server
