#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "avow/base/bytes.hpp"
#include "tests/bench/limits/block_pool.hpp"
#include "tests/bench/limits/flat_table.hpp"
#include "tests/bench/limits/turn_slicer.hpp"
#include "tests/bench/routing/route.hpp"

// How fast routing could be: nothing but what the workload needs, on one thread. One shape, one
// capture, one observer for each subscription, no netting, no sessions, no references, no limits.
// Facts are flat bytes, a fact remembers its capture, memory comes from pools in large pages, and
// prefetching passes go over a whole turn before it is applied.

namespace avow::bench {

class RoutingLimit final : public Route {
 public:
  explicit RoutingLimit(std::size_t subscriptions);

  [[nodiscard]] std::int64_t target() const override { return 1; }
  void turn(ByteView packet) override;
  [[nodiscard]] std::uint64_t deliveries() const override { return deliveries_; }

 private:
  struct Fact;
  struct Capture;
  struct Topic {
    std::uint64_t hash;
    Capture* captures;
    std::uint32_t oid;
    std::uint32_t key_size;
    std::array<std::uint8_t, 40> key;
  };
  struct Capture {
    std::uint64_t hash;
    std::uint64_t handle;
    Topic* topic;
    Capture* next;
    Capture* previous;
    Fact* fact;  // Which keeps the bytes.
    std::uint32_t offset;
    std::uint32_t size;
    std::uint32_t count;
  };
  struct Fact {
    std::uint64_t hash;
    Capture* match;
    std::uint32_t size;
    std::uint32_t supports;
    std::uint32_t uses;

    [[nodiscard]] std::uint8_t* bytes() { return reinterpret_cast<std::uint8_t*>(this + 1); }
  };
  // What the passes before found for an event.
  struct Plan {
    Topic* topic = nullptr;
    Fact* fact = nullptr;
  };

  [[nodiscard]] static std::uint64_t key_hash(const Part* parts);
  [[nodiscard]] bool may_be_asked_for(std::uint64_t hash) const;
  void prefetch_turn();
  void apply_assert(const SlicedEvent& event, const Plan& plan);
  void apply_retract(const SlicedEvent& event);
  Capture* add_capture(Topic& topic, Fact& fact, const Part& captured);
  void drop_capture(Capture& capture);
  void drop_use(Fact& fact);
  std::uint8_t* room(std::size_t size);
  void tell_assert(const Topic& topic, const Capture& capture);
  void tell_retract(const Topic& topic, const Capture& capture);

  BlockPool pool_;
  FlatTable<Fact*> handles_;
  FlatTable<Fact*> facts_;
  FlatTable<Capture*> captures_;
  FlatTable<Topic*> topics_;
  std::vector<std::uint64_t> filter_;
  std::uint64_t filter_mask_ = 0;
  TurnSlicer slicer_;
  std::vector<Plan> plans_;
  Bytes out_;
  std::size_t out_size_ = 0;
  std::uint64_t last_handle_ = 0;
  std::uint64_t deliveries_ = 0;
};

}  // namespace avow::bench
