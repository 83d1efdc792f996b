#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "avow/base/bytes.hpp"
#include "avow/model/value.hpp"
#include "server/base/cause.hpp"
#include "server/base/ids.hpp"

// What a dataspace tells: changes of topics, and to which observers each one goes.

namespace avow::server {

enum class ChangeKind : std::uint8_t { appear = 0, message = 1, disappear = 2 };

/// One change of one topic.
struct Change {
  TopicId topic{};
  CaptureId capture{};  ///< Which capture sequence came or went; zero for messages.
  ChangeKind kind{};
  Cause cause = Cause::none;  ///< Of a disappearance.
  bool holds_references = false;
  std::uint32_t message = 0;  ///< Of a message: its number, as `Dataspace::send` told it.
};

/// Who is to be told. The token is the engine's: it leads to a session and its entity at once.
struct Observer {
  std::uint32_t token = 0;
};

/// How far an observer has been told what is there. Parts go by the order in which captures came to
/// be held, which is that of their ids.
struct SnapshotPart {
  /// What looking at a fact, or telling a capture, takes beside the bytes of it, in terms of these.
  static constexpr std::size_t bytes_beside_each = 64;

  CaptureId through{};      ///< All up to this capture has been told, and nothing after it.
  std::size_t bytes = 0;    ///< About how many were told in this part, or looked at.
  bool is_complete = true;  ///< Then `through` says nothing.
};

/// Receives what a turn came to in one space, in the order of DESIGN 2.2: appearances, messages,
/// disappearances, each kind in the order in which it was caused.
class DeliverySink {
 public:
  /// `change` goes to every one of `observers`. `captures` is the sequence of captures; of a
  /// disappearance that only if one of them is told what went. Both are borrowed for the call.
  virtual void deliver(const Change& change, ByteView captures,
                       std::span<const Observer> observers) = 0;

  /// Whether one of these observers is told of a disappearance what went, and not only which of the
  /// captures that it knows.
  [[nodiscard]] virtual bool tells_what_went(std::span<const Observer> /*observers*/) {
    return true;
  }
  /// Whether there is anybody still to hear what this observer is told.
  [[nodiscard]] virtual bool hears(const Observer& /*observer*/) { return true; }
  /// About how many bytes of what is there are to be told in this turn to an observer that has come
  /// into force.
  [[nodiscard]] virtual std::size_t room_for(const Observer& /*observer*/) {
    return std::numeric_limits<std::size_t>::max();
  }
  /// It has been told that much. What is left is told by `Dataspace::tell_part`; until then it is
  /// the sink's to keep from the observer what happens to captures that it has not been told.
  virtual void joined(const Observer& /*observer*/, const SnapshotPart& /*told*/) {}

 protected:
  ~DeliverySink() = default;
};

/// Keeps the observers' side of the engine: called when an interest comes into force or ends.
class ObserverHost {
 public:
  /// The interest of `reference` in `topic` is in force from this turn on. The answer is the token
  /// with which deliveries name this observer. `known` is nothing if it is the first of its topic.
  /// If it is the second, `known` is the first, be it that this has left in this turn; else some
  /// other one.
  virtual std::uint32_t observer_added(ReferenceId reference, TopicId topic,
                                       std::optional<Observer> known) = 0;
  /// Nothing more will be delivered with `token`, an observer of `topic`.
  virtual void observer_removed(std::uint32_t token, TopicId topic) = 0;
  /// A topic has no observer any more; its number is never used again.
  virtual void topic_ended(TopicId topic) = 0;

 protected:
  ~ObserverHost() = default;
};

}  // namespace avow::server
