#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "avow/model/value.hpp"
#include "server/dataspace/dataspace.hpp"
#include "server/dataspace/turn_maker.hpp"

namespace avow::bench {

/// A dataspace whose deliveries are counted and dropped.
class CountingSpace final : server::ObserverHost, server::DeliverySink {
 public:
  CountingSpace() : space_({1, 2}, *this) {}

  /// Puts an interest into force, for an observer of its own.
  void observe(const Value& pattern);
  /// Publishes the facts in turns of 64.
  void fill(std::span<const Value> facts);
  /// One turn: all appear.
  void publish(std::span<const Value> facts);
  /// One turn: what `publish` published last goes.
  void retract();

  [[nodiscard]] std::uint64_t deliveries() const { return deliveries_; }

 private:
  std::uint32_t observer_added(ReferenceId, server::TopicId,
                               std::optional<server::Observer>) override {
    return 0;
  }
  void observer_removed(std::uint32_t, server::TopicId) override {}
  void topic_ended(server::TopicId) override {}
  void deliver(const server::Change&, ByteView,
               std::span<const server::Observer> observers) override {
    deliveries_ += observers.size();
  }

  server::TurnMaker turns_;
  server::Dataspace space_;
  std::vector<server::FactId> published_;
  std::vector<server::ValueHash> prepared_;
  std::uint64_t observers_ = 0;
  std::uint64_t deliveries_ = 0;
};

}  // namespace avow::bench
