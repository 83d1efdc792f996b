#pragma once

#include <algorithm>
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
class Keepers;
class SessionTable;
class Space;
class Subscriptions;
class TurnJournal;
class TurnRun;
class AfterSettle;

/// Parts that turns use one after another, so that their memory is used again.
struct TurnParts {
  ReferenceTable& references;
  SessionTable& all_sessions;
  Subscriptions& subscriptions;
  Echoes& echoes;
  EngineCounters& counters;
  TurnContentWriter content;
  std::vector<Space*> spaces;
  std::vector<ClientSession*> sessions;
  std::vector<Reference*> syncs;
  std::vector<AfterSettle*> after_settle;
  /// Topics in which a session's observer has ended.
  std::vector<std::pair<ClientSession*, std::uint64_t>> left_topics;
  std::vector<std::unique_ptr<OutboundTurnWriter>> spare_writers;
  TurnJournal& journal;
  Keepers& keepers;
  /// Whose act led to the turn in progress; nothing where it was the clock's.
  ClientSession* by = nullptr;

  [[nodiscard]] std::unique_ptr<OutboundTurnWriter> take_writer();
  void give_back(std::unique_ptr<OutboundTurnWriter> writer);
};

/// Whoever has something to say once it is known what a turn comes to.
class AfterSettle {
 public:
  virtual void settled(TurnRun& run) = 0;

 protected:
  ~AfterSettle() = default;
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
  /// Whose act led here; nothing where it was the clock's.
  [[nodiscard]] const ClientSession* by() const { return parts_.by; }
  [[nodiscard]] std::uint64_t next_handle() { return number_of(turn_.next_capture()); }

  /// The turn has something for this session: where to write it.
  OutboundTurnWriter& touch(ClientSession& session) {
    if (session.writer == nullptr) give_writer(session);
    return *session.writer;
  }
  /// The turn changes this space, or says something in it. It takes a revision at the first call.
  void touch(Space& space);
  /// `peer` is to be sent `#t` at the end of the turn. Held until then.
  void answer_sync(Reference& peer);
  /// `who` is told once when the spaces are settled next. In the order of these calls.
  void when_settled(AfterSettle& who) { parts_.after_settle.push_back(&who); }
  /// What is told of this turn would betray the durable turn `seq`, and waits for it.
  void wait_for(std::uint64_t seq) { waits_for_ = std::max(waits_for_, seq); }
  /// An observer was reached by a message.
  void count_message() { ++messages_reached_; }

  /// Tells what has changed in the spaces so far, if the turn is told step by step.
  void settle_step();
  /// Tells what is left to tell, the answers to syncs last.
  void settle();

  [[nodiscard]] std::uint64_t messages_reached() const { return messages_reached_; }
  [[nodiscard]] std::uint64_t waits_for() const { return waits_for_; }
  [[nodiscard]] const std::vector<ClientSession*>& sessions() const { return parts_.sessions; }
  [[nodiscard]] const std::vector<Space*>& spaces() const { return parts_.spaces; }

 private:
  void give_writer(ClientSession& session);
  void settle_spaces();

  TurnParts& parts_;
  Turn& turn_;
  std::uint64_t messages_reached_ = 0;
  std::uint64_t waits_for_ = 0;
};

}  // namespace avow::server
