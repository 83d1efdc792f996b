#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "avow/base/bytes.hpp"

// Plain blocking sockets on loopback: what drives the servers must cost as little as it can.

namespace avow::bench {

/// A TCP connection to this machine. What fails stops the program with a sentence.
class Socket {
 public:
  explicit Socket(std::uint16_t port);
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Socket();

  void send(ByteView bytes);
  /// Receives what is there, at least one byte.
  [[nodiscard]] ByteView receive();
  /// As above, but gives up after `milliseconds`: then nothing.
  [[nodiscard]] ByteView receive_within(int milliseconds);
  /// Throws away what has come (acknowledgements that nobody reads).
  void discard();
  /// Receives until what came last is `tail`. Returns all of it.
  Bytes receive_until(std::string_view tail);
  /// Receives until `text` is in what has come. Returns all of it.
  Bytes receive_through(std::string_view text);
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

[[noreturn]] void fail(const char* what);

}  // namespace avow::bench
