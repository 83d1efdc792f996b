#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "avow/base/bytes.hpp"
#include "server/base/load_ahead.hpp"

namespace avow::server {

/// A few bytes: up to 16 are held in place, more on the heap. Immutable; 20 bytes.
class SmallBytes {
 public:
  SmallBytes() = default;
  explicit SmallBytes(ByteView bytes) : size_(static_cast<std::uint32_t>(bytes.size())) {
    std::uint8_t* to = content_.data();
    if (size_ > content_.size()) {
      to = new std::uint8_t[size_];
      std::memcpy(content_.data(), &to, sizeof to);
    }
    if (size_ != 0) std::memcpy(to, bytes.data(), size_);
  }
  SmallBytes(SmallBytes&& other) noexcept
      : size_(std::exchange(other.size_, 0)), content_(other.content_) {}
  SmallBytes& operator=(SmallBytes&& other) noexcept {
    std::swap(size_, other.size_);
    std::swap(content_, other.content_);
    return *this;
  }
  ~SmallBytes() {
    if (size_ > content_.size()) delete[] on_heap();
  }

  [[nodiscard]] ByteView view() const {
    return {size_ > content_.size() ? on_heap() : content_.data(), size_};
  }

  /// Begins to load what is not held in place.
  void prefetch() const {
    if (size_ > content_.size()) load_ahead(on_heap());
  }

 private:
  [[nodiscard]] const std::uint8_t* on_heap() const {
    const std::uint8_t* address = nullptr;
    std::memcpy(&address, content_.data(), sizeof address);
    return address;
  }

  std::uint32_t size_ = 0;
  std::array<std::uint8_t, 16> content_;  // NOLINT: only what was written is read.
};

}  // namespace avow::server
