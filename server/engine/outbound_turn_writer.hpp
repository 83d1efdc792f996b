#pragma once

#include <cstdint>
#include <memory>

#include "server/engine/outbound_turn.hpp"

// Puts together what a turn comes to: the content once, the events for each session.

namespace avow::server {

/// Fills a TurnContent.
class TurnContentWriter {
 public:
  /// Begins the content of the next turn. The memory of the last one is used again, unless somebody
  /// still holds it.
  void begin(std::uint64_t seq);
  [[nodiscard]] const std::shared_ptr<const TurnContent>& content() const { return shared_; }

  /// Adds a space that the turn touches; its index.
  std::uint32_t add_space(const SpaceRevision& space);
  /// Adds a change, which goes to `observers`; its index.
  std::uint32_t add_change(const Change& change, std::uint32_t space, ByteView captures,
                           std::size_t observers = 1);
  /// Whether the turn has come to more than can be told.
  [[nodiscard]] bool is_full() const { return full_; }

 private:
  std::shared_ptr<TurnContent> content_;
  std::shared_ptr<const TurnContent> shared_;
  bool full_ = false;
};

/// Fills the OutboundTurn of one session. Objects are used again for other sessions' turns.
class OutboundTurnWriter {
 public:
  /// A change of a topic, for one of the session's observers. `handle` as the session knows it.
  OutboundEvent& add_change(std::int64_t observer, const Change& change, std::uint32_t index,
                            std::uint64_t handle, bool by_topic);
  OutboundEvent& add_change(const wire::Number& observer, const Change& change, std::uint32_t index,
                            std::uint64_t handle, bool by_topic);
  /// Gives the event added last a body of the session's own.
  void give_body(OutboundEvent& event, Value body) { event.body = add_body(std::move(body)); }

  void add_publish(const wire::Number& target, std::uint64_t handle, Value body);
  void add_message(const wire::Number& target, Value body);
  void add_retract(const wire::Number& target, std::uint64_t handle, Cause cause);
  void add_sync(const wire::Number& target, Value peer);
  void add_synced(const wire::Number& target, Value answer);
  void add_topic(TopicNotice notice) { turn_.topics_.push_back(std::move(notice)); }
  /// What began in this turn is told in parts.
  void note_parts();
  /// The turn tells a part of snapshots.
  void note_part() { turn_.is_part_ = true; }
  void set_parts_follow(bool follow) { turn_.parts_follow_ = follow; }
  void add_resync(ResyncNotice notice) { turn_.resyncs_.push_back(std::move(notice)); }
  void add_gap(GapNotice notice) { turn_.gaps_.push_back(std::move(notice)); }
  void add_caught_up(CaughtUpNotice notice) { turn_.caught_up_.push_back(std::move(notice)); }
  void add_progress(ProgressNotice notice) { turn_.progress_.push_back(std::move(notice)); }
  void set_receipt(Receipt receipt) { turn_.receipt_ = std::move(receipt); }

  [[nodiscard]] bool empty() const;
  /// The whole turn, its events in the order in which they are told.
  const OutboundTurn& finish(std::shared_ptr<const TurnContent> content, bool step_by_step);
  /// The turn that was finished last.
  [[nodiscard]] const OutboundTurn& turn() const { return turn_; }
  void clear();

 private:
  OutboundEvent& add(const wire::Number& target, OutboundKind kind);
  OutboundEvent& add(std::int64_t target, OutboundKind kind);
  std::uint32_t add_body(Value body);

  OutboundTurn turn_;
  OutboundKind last_kind_{};
  bool out_of_order_ = false;
};

}  // namespace avow::server
