#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/model/value.hpp"
#include "tests/support/random.hpp"

// The workload of the routing core: facts `<t key payload>`, alternately asserted and retracted, of
// which each has exactly one observer, as the Syndicate packets that a client would send.

namespace avow::bench {

struct RoutingLoad {
  std::size_t subscriptions = 100;
  std::size_t live_facts = 1'000;
  std::size_t turn_events = 64;
  /// Patterns look at so many different sets of places. With more than one, facts have seven fields
  /// more, for some of which each pattern has constants.
  std::size_t shapes = 1;
};

/// Packets one after another.
struct Packets {
  Bytes bytes;
  std::vector<std::size_t> ends;

  [[nodiscard]] ByteView packet(std::size_t index) const {
    const std::size_t begin = index == 0 ? 0 : ends[index - 1];
    return ByteView(bytes).subspan(begin, ends[index] - begin);
  }
};

class RoutingWorkload {
 public:
  explicit RoutingWorkload(const RoutingLoad& load) : load_(load), random_(42) {}

  /// The key that subscription `index` asks for.
  [[nodiscard]] static std::string key(std::size_t index);
  /// `<group <rec t> {0: <lit key> 1: <bind <_>>}>`, and constants at places 2 to 8 as the bits of
  /// the number of its shape say.
  [[nodiscard]] static Value pattern(std::size_t index, std::size_t shapes = 1);

  /// Asserts the live facts, 64 a turn. Events are aimed at the entity `target`.
  [[nodiscard]] Packets preload(std::int64_t target);
  /// `events` events, retractions of random live facts and assertions in turn.
  [[nodiscard]] Packets round(std::size_t events, std::int64_t target);

 private:
  void append_assert(Bytes& to, std::int64_t target);
  void append_retract(Bytes& to, std::int64_t target);

  RoutingLoad load_;
  test::Random random_;
  std::vector<std::int64_t> live_handles_;
  std::int64_t last_handle_ = 0;
  std::uint64_t payloads_ = 0;
};

}  // namespace avow::bench
