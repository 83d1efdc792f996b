#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "avow/base/bytes.hpp"
#include "tests/bench/sockets/native_session.hpp"
#include "tests/bench/sockets/packet_events.hpp"
#include "tests/bench/sockets/socket.hpp"

// Counts what many connections receive, on a thread of its own.

namespace avow::bench {

/// What is counted of a connection's bytes.
enum class Counting : std::uint8_t {
  all,                 ///< Every byte.
  websocket_payloads,  ///< Not the heads of WebSocket frames: how many there are is the server's
                       ///< own.
  letters,             ///< Those of payloads (`payload_text`), where nothing else is an x.
  lines,               ///< No bytes: the ends of lines.
  native_events,       ///< No bytes: the events in batches of native frames.
  packet_events,       ///< No bytes: the events in Preserves packets.
};

/// Counts what comes through one connection.
class ByteCount {
 public:
  explicit ByteCount(Counting counting) : counting_(counting) {}
  /// Takes the next bytes; returns how much of them counts.
  std::uint64_t take(ByteView bytes);

 private:
  std::uint64_t take_payloads(ByteView bytes);

  Counting counting_;
  Bytes head_;
  std::uint64_t payload_left_ = 0;
  bool is_control_ = false;  // Whose payload it is.
  NativeMessages messages_;
  PacketEvents events_;
};

class Counter {
 public:
  /// The sockets must outlive the counter.
  Counter(const std::vector<Socket>& sockets, Counting counting);
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;
  ~Counter();

  [[nodiscard]] std::uint64_t total() const { return total_.load(std::memory_order_relaxed); }
  /// Waits until at least so much has come. Stops the program if nothing comes for 20 seconds.
  void wait_for(std::uint64_t bytes) const;

 private:
  void run(const std::vector<Socket>& sockets, Counting counting);

  std::atomic<std::uint64_t> total_{0};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace avow::bench
