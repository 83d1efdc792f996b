#pragma once

#include <chrono>
#include <cstddef>

#include "avow/base/clock.hpp"

// What one server lets its connections do. Every limit is a parameter, so that a test can set it
// to something small; the defaults are what docs/OPERATING.md promises.

namespace avow::server {

struct TransportLimits {
  /// All connections, of all listeners.
  std::size_t connections_max = 10'000;
  /// Of one address (IPv6: of one /64). Loopback and Unix sockets are exempt.
  std::size_t connections_per_address_max = 256;
  /// Accepts a second on a listener that other hosts can reach; the rest wait in the kernel.
  std::size_t accepts_per_second_max = 500;

  std::size_t request_head_bytes_max = 8 << 10;
  std::size_t message_bytes_max = 1 << 20;
  std::size_t message_frames_max = 1'024;
  /// As much of a conversation's output travels in one write, unless one packet is larger.
  std::size_t write_bytes_max = 64 << 10;

  /// From the accept to the whole head of the request.
  Milliseconds handshake_time_max{10'000};
  /// From the first byte of a WebSocket message to its last, and its size at the rate below more.
  Milliseconds message_time_max{10'000};
  std::size_t message_bytes_per_second_min = 64 << 10;
  /// A WebSocket is asked for a sign of life this often, and is dead after so long without one.
  Milliseconds ping_interval{15'000};
  Milliseconds silence_max{45'000};
  /// Without one byte of progress, the peer does not read.
  Milliseconds write_stall_max{10'000};
  /// From our end of the connection to the peer's.
  Milliseconds close_time_max{5'000};
  /// From the shutdown of the server to the hard end of what still lingers.
  Milliseconds drain_time_max{5'000};
};

}  // namespace avow::server
