#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "tests/bench/sockets/counter.hpp"
#include "tests/bench/sockets/socket.hpp"

// Entries that are replaced by others, as one server has them: a fact is retracted and another of
// the same key is published; a key is deleted and set.

namespace avow::bench {

class Churn {
 public:
  virtual ~Churn() = default;
  /// Puts entries of the keys 0 to `count - 1` there, of 100 bytes each.
  virtual void hold(std::uint32_t count) = 0;
  /// A connection that is told every change from here on, with its value.
  [[nodiscard]] virtual Socket watcher() = 0;
  /// What is counted at the watcher, and how much of it one change comes to.
  [[nodiscard]] virtual Counting counting() const = 0;
  [[nodiscard]] virtual std::uint64_t counted_of_change() const = 0;

  /// Takes away and puts there again, with another value, what each of `keys` names. All different.
  virtual void replace(std::span<const std::uint32_t> keys) = 0;
  [[nodiscard]] virtual Socket& publisher() = 0;
  /// How many changes these bytes to the publisher acknowledge.
  [[nodiscard]] virtual std::uint64_t acknowledged(ByteView bytes) = 0;
};

[[nodiscard]] std::unique_ptr<Churn> native_churn(std::uint16_t port);
[[nodiscard]] std::unique_ptr<Churn> syndicate_churn(std::uint16_t port);
/// MULTI, DEL or SET, PUBLISH, EXEC: keyspace notifications would not tell the value.
[[nodiscard]] std::unique_ptr<Churn> redis_churn(std::uint16_t port);

/// 100 bytes that are not the same for two numbers.
[[nodiscard]] std::string numbered_text(std::uint64_t number);

}  // namespace avow::bench
