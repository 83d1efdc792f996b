#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"

// What a client has said in a session that may be resumed, and the server has not acknowledged:
// what would be lost with the connection, and is said again on the next one.

namespace avow {

class Said {
 public:
  /// One message more.
  void add(ByteView message);
  /// The server has taken in `count` messages of the session. Errors: `bad-frame` if there were not
  /// so many.
  [[nodiscard]] Result<void> acknowledge(std::uint64_t count);
  /// Those that follow, in order.
  [[nodiscard]] const std::deque<Bytes>& unacknowledged() const { return kept_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::uint64_t count_ = 0;
  std::size_t bytes_ = 0;
  std::deque<Bytes> kept_;
};

}  // namespace avow
