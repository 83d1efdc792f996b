#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "server/engine/admission.hpp"
#include "server/engine/entity.hpp"
#include "server/engine/turn_run.hpp"

// What entities inside the server say to others. Toward a client it is told in the same turn.
// Toward an entity inside the server it begins a new turn, queued behind, whose hop count is one
// higher: so no turn feeds itself. After too many hops, or too much altogether, what would come is
// dropped and counted. A retraction never is: it ends something that was said, so it ends by
// itself.

namespace avow::server {

/// Names an assertion that an entity inside the server has made somewhere.
enum class EchoId : std::uint64_t {};

class Echoes {
 public:
  Echoes(ReferenceTable& references, EngineCounters& counters, const EngineLimits& limits)
      : references_(references), counters_(counters), limits_(limits) {}

  EchoId publish(TurnRun& run, Reference& at, Value body);
  void retract(TurnRun& run, EchoId echo, Cause cause);
  void send(TurnRun& run, Reference& to, Value body);

  /// One queued turn.
  struct Queued {
    enum class Kind : std::uint8_t { publish, retract, message };
    struct Event {
      Kind kind{};
      Cause cause = Cause::none;
      Reference* at = nullptr;  ///< Of a message: to whom. Held.
      EchoId echo{};            ///< Of a publication and its retraction.
      Value body;               ///< Of a message. Its references are held.
    };
    std::uint32_t hops = 0;
    std::size_t events_left = 0;
    bool step_by_step = false;
    std::vector<Event> events;
  };

  /// Of a turn from outside, before it runs.
  void begin_root() { events_left_ = limits_.echoes_max; }
  /// The turn in progress is over: what it has queued becomes a turn.
  void end_turn(std::uint32_t hops);
  [[nodiscard]] std::optional<Queued> next();
  /// Runs the events of a queued turn.
  void run(TurnRun& run, Queued& queued);

 private:
  struct Said {
    Reference* at = nullptr;   // Held.
    Entity* target = nullptr;  // Nothing until it has been admitted.
    AssertionToken token{};
    Value body;  // Its references are held.
  };

  [[nodiscard]] bool may_queue(const TurnRun& run);
  void run_publish(TurnRun& run, EchoId echo);
  void run_retract(TurnRun& run, const Queued::Event& event);
  void run_message(TurnRun& run, const Queued::Event& event);
  bool publish_now(TurnRun& run, Said& said);
  void forget(EchoId echo);

  ReferenceTable& references_;
  EngineCounters& counters_;
  const EngineLimits& limits_;
  std::uint64_t last_echo_ = 0;
  boost::unordered_flat_map<std::uint64_t, Said> said_;
  std::vector<Queued::Event> queuing_;
  std::size_t events_left_ = 0;
  bool step_by_step_ = false;
  std::deque<Queued> queue_;
};

}  // namespace avow::server
