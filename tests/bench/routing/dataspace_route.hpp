#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/wire/packet.hpp"
#include "server/base/hash.hpp"
#include "server/dataspace/dataspace.hpp"
#include "server/dataspace/turn_maker.hpp"
#include "tests/bench/limits/flat_table.hpp"
#include "tests/bench/routing/route.hpp"

namespace avow::bench {

/// The dataspace alone: decoded packets in, deliveries to one session encoded; no engine between.
class DataspaceRoute final : public Route, server::ObserverHost, server::DeliverySink {
 public:
  explicit DataspaceRoute(std::size_t subscriptions, std::size_t shapes = 1);

  [[nodiscard]] std::int64_t target() const override { return 1; }
  void turn(ByteView packet) override;
  [[nodiscard]] std::uint64_t deliveries() const override { return deliveries_; }

 private:
  std::uint32_t observer_added(ReferenceId reference, server::TopicId topic,
                               std::optional<server::Observer> known) override;
  void observer_removed(std::uint32_t token, server::TopicId topic) override;
  void topic_ended(server::TopicId topic) override;
  void deliver(const server::Change& change, ByteView captures,
               std::span<const server::Observer> observers) override;
  /// Packets tell of a removal its number alone.
  [[nodiscard]] bool tells_what_went(std::span<const server::Observer> /*observers*/) override {
    return false;
  }

  void prepare(const std::vector<wire::Event>& events);

  server::TurnMaker turns_;
  server::Dataspace space_;
  FlatTable<server::FactId> facts_;  // By handle.
  std::vector<server::ValueHash> prepared_;
  Bytes out_;
  std::uint64_t deliveries_ = 0;
};

}  // namespace avow::bench
