#pragma once

#include <cstdint>

#include "server/base/cause.hpp"
#include "server/base/ids.hpp"

// A turn is everything that takes effect together. Only the engine makes one (and, in tests, the
// maker in tests/support), on the thread that owns the dataspaces; whatever changes a space takes a
// `Turn&`. So the rule needs no lock, and breaking it does not compile.

namespace avow::server {

class Turn {
 public:
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  /// The number of this turn in the one order of the server.
  [[nodiscard]] std::uint64_t seq() const { return seq_; }
  /// How many deliveries to entities inside the server led here, one after another.
  [[nodiscard]] std::uint32_t hops() const { return hops_; }
  /// Whether a message of this turn carries references: then it is told step by step, so that the
  /// receiver holds the reference when the message comes.
  [[nodiscard]] bool step_by_step() const { return step_by_step_; }
  [[nodiscard]] CaptureId next_capture() { return CaptureId{++*capture_counter_}; }
  [[nodiscard]] TopicId next_topic() { return TopicId{++*topic_counter_}; }

 private:
  friend class TurnMaker;
  Turn(std::uint64_t seq, std::uint32_t hops, bool step_by_step, std::uint64_t* capture_counter,
       std::uint64_t* topic_counter)
      : seq_(seq),
        hops_(hops),
        step_by_step_(step_by_step),
        capture_counter_(capture_counter),
        topic_counter_(topic_counter) {}

  std::uint64_t seq_;
  std::uint32_t hops_;
  bool step_by_step_;
  std::uint64_t* capture_counter_;
  std::uint64_t* topic_counter_;
};

}  // namespace avow::server
