#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "avow/base/bytes.hpp"

// What has come on a connection and waits until others have had their turn, or until it is wanted.

namespace avow::server {

class PendingBytes {
 public:
  PendingBytes() = default;
  explicit PendingBytes(Bytes bytes) : bytes_(std::move(bytes)) {}

  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] std::span<std::uint8_t> rest() { return std::span(bytes_).subspan(begin_); }
  /// Of nothing else that waits.
  void keep(std::span<const std::uint8_t> bytes) { bytes_.assign(bytes.begin(), bytes.end()); }
  /// Only the last `count` bytes wait any longer. None take no memory.
  void leave(std::size_t count) {
    begin_ = bytes_.size() - count;
    if (count == 0) *this = PendingBytes();
  }

 private:
  Bytes bytes_;
  std::size_t begin_ = 0;
};

}  // namespace avow::server
