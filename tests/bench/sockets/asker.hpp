#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "avow/base/bytes.hpp"
#include "tests/bench/sockets/socket.hpp"

// A connection that asks for one thing at a time: for a durable write, or for the next job of a
// queue.

namespace avow::bench {

class Asker {
 public:
  virtual ~Asker() = default;
  [[nodiscard]] virtual const Socket& socket() const = 0;
  /// Writes the entry `number`, of 100 bytes, and asks to be told when it is durable.
  virtual void write(std::uint64_t number) = 0;
  /// Asks for the next job, which is gone then.
  virtual void take_job() = 0;
  /// Asks for the next job, which others get if this client ends; the one before is done.
  virtual void lease_job() = 0;
  /// Takes bytes that have come; whether the answer is complete. A refusal stops the program.
  [[nodiscard]] virtual bool take(ByteView bytes) = 0;
};

/// Of the space of that name; none: main.
[[nodiscard]] std::unique_ptr<Asker> native_asker(std::uint16_t port, std::string_view space = {});
[[nodiscard]] std::unique_ptr<Asker> redis_asker(std::uint16_t port);
[[nodiscard]] std::unique_ptr<Asker> jetstream_asker(std::uint16_t port);

/// Writes the entries 0 to `count - 1` durably, many at a time.
void fill_native_entries(std::uint16_t port, std::size_t count);
/// Puts `count` jobs of 100 bytes into the queue.
void fill_native_queue(std::uint16_t port, std::size_t count);
void fill_redis_queue(std::uint16_t port, std::size_t count);
void fill_jetstream_queue(std::uint16_t port, std::size_t count);

}  // namespace avow::bench
