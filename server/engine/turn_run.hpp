#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "server/dataspace/turn.hpp"
#include "server/engine/client_session.hpp"
#include "server/engine/engine.hpp"
#include "server/engine/outbound_turn_writer.hpp"
#include "server/engine/reference_table.hpp"

// A turn in progress, past its check: everything that it touches, and what it comes to.

namespace avow::server {

class Echoes;
class Space;

/// Parts that turns use one after another, so that their memory is used again.
struct TurnParts {
  ReferenceTable& references;
  Echoes& echoes;
  EngineCounters& counters;
  TurnContentWriter content;
  std::vector<Space*> spaces;
  std::vector<ClientSession*> sessions;
  std::vector<Reference*> syncs;
  /// Topics in which a session's observer has ended.
  std::vector<std::pair<ClientSession*, std::uint64_t>> left_topics;
  std::vector<std::unique_ptr<OutboundTurnWriter>> spare_writers;
};

class TurnRun {
 public:
  /// Begins the turn. `seq` is its number.
  TurnRun(TurnParts& parts, Turn& turn);
  TurnRun(const TurnRun&) = delete;
  TurnRun& operator=(const TurnRun&) = delete;

  [[nodiscard]] Turn& turn() { return turn_; }
  [[nodiscard]] std::uint32_t hops() const { return turn_.hops(); }
  [[nodiscard]] TurnParts& parts() { return parts_; }
  [[nodiscard]] std::uint64_t next_handle() { return number_of(turn_.next_capture()); }

  /// The turn has something for this session: where to write it.
  OutboundTurnWriter& touch(ClientSession& session);
  /// The turn changes this space, or says something in it. It takes a revision at the first call.
  void touch(Space& space);
  /// `peer` is to be sent `#t` at the end of the turn. Held until then.
  void answer_sync(Reference& peer);
  /// An observer was reached by a message.
  void count_message() { ++messages_reached_; }

  /// Tells what has changed in the spaces so far, if the turn is told step by step.
  void settle_step();
  /// Tells what is left to tell, the answers to syncs last.
  void settle();

  [[nodiscard]] std::uint64_t messages_reached() const { return messages_reached_; }
  [[nodiscard]] const std::vector<ClientSession*>& sessions() const { return parts_.sessions; }
  [[nodiscard]] const std::vector<Space*>& spaces() const { return parts_.spaces; }

 private:
  void settle_spaces();

  TurnParts& parts_;
  Turn& turn_;
  std::uint64_t messages_reached_ = 0;
};

}  // namespace avow::server
