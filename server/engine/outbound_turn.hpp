#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"
#include "avow/base/resync_reason.hpp"
#include "avow/model/value.hpp"
#include "avow/wire/packet.hpp"
#include "server/base/cause.hpp"
#include "server/base/ids.hpp"
#include "server/dataspace/change.hpp"

// What the engine hands back. One applied turn yields at most one OutboundTurn for each session. It
// has two parts: the TurnContent, which all touched sessions share, and the events, which say how
// each piece of content is addressed in this session. An encoder builds the bytes of a piece of
// content once, keeps them in the content's cache, and uses them again for every other session.

namespace avow::server {

/// A space as it is after a turn that touched it.
struct SpaceRevision {
  SpaceId space{};
  std::uint64_t revision = 0;

  bool operator==(const SpaceRevision&) const = default;
};

/// What a conversation calls one of its inbound turns or queries. Chosen by the conversation, of no
/// meaning to the engine.
enum class Ticket : std::uint64_t {};

/// The encodings that may keep bytes with a turn's content.
enum class Encoding : std::uint8_t { syndicate_binary, syndicate_text, native, json, count_ };

/// The bytes that one encoding has built of a turn's content. Each encoder derives its own from it.
/// Objects are used again for later turns.
class EncodingCache {
 public:
  virtual ~EncodingCache() = default;
  /// Forgets the bytes of the last turn; the capacity may stay.
  virtual void clear() = 0;
};

/// One change of one topic.
struct SharedChange {
  Change change;
  std::uint32_t space = 0;   ///< Index into `TurnContent::spaces`.
  std::uint32_t offset = 0;  ///< Where its captures stand, see `TurnContent::captures`.
  std::uint32_t size = 0;
  /// Whether it goes to several observers: only then is it worth keeping what was encoded of it.
  bool is_shared = false;
};

/// What an applied turn came to, the same for all sessions. Filled by the engine, immutable (but
/// for the caches, which belong to the engine's thread) once a session sees it.
class TurnContent {
 public:
  [[nodiscard]] std::uint64_t seq() const { return seq_; }
  /// Every space that the turn touched. Which of them a session may know of is told by its events
  /// and its receipt, never by this list.
  [[nodiscard]] std::span<const SpaceRevision> spaces() const { return spaces_; }
  [[nodiscard]] std::span<const SharedChange> changes() const { return changes_; }
  /// The sequence of captures of a change; of a disappearance that nobody is told by what went, of
  /// no bytes. References in it are in memory form: where `change.holds_references`, each session
  /// has a body of its own.
  [[nodiscard]] ValueView captures(const SharedChange& change) const {
    return ValueView(ByteView(bytes_).subspan(change.offset, change.size));
  }

  /// The cache of one encoding, made on first use. `Cache` derives from EncodingCache; one encoding
  /// always asks for the same.
  template <class Cache>
  [[nodiscard]] Cache& cache(Encoding encoding) const {
    std::unique_ptr<EncodingCache>& slot = caches_[static_cast<std::size_t>(encoding)];
    if (slot == nullptr) slot = std::make_unique<Cache>();
    return static_cast<Cache&>(*slot);
  }

 private:
  friend class TurnContentWriter;

  std::uint64_t seq_ = 0;
  std::vector<SpaceRevision> spaces_;
  std::vector<SharedChange> changes_;
  Bytes bytes_;
  mutable std::array<std::unique_ptr<EncodingCache>, static_cast<std::size_t>(Encoding::count_)>
      caches_;
};

/// What an event tells one entity of the client.
enum class OutboundKind : std::uint8_t {
  publish = 0,
  message = 1,
  retract = 2,
  /// Another client asks for a sync: `body` is the reference that is to be sent the message `#t`.
  sync = 3,
  /// The answer to a sync of this session: the message `#t` at the peer that it named. (An inbound
  /// turn with a ticket has its receipt instead.)
  synced = 4,
};

/// One event of an outbound turn. Plain data, so that many are cheap.
struct OutboundEvent {
  static constexpr std::uint32_t none = 0xFFFF'FFFF;

  OutboundKind kind{};
  /// Of a retract.
  Cause cause = Cause::none;
  /// Every observer that this session has in the change's topic is told this change in this turn:
  /// an encoding that addresses topics may say it once. Otherwise (a snapshot for one new observer,
  /// the farewell of a leaving one) it must be addressed to the entity.
  bool by_topic = false;
  /// Of a change: the client may not know what stands behind its handle, since it went on from
  /// before. A removal is told with its captures then.
  bool with_captures = false;
  /// The client's oid is an integer beyond 64 bits: see `OutboundTurn::target`.
  bool big_target = false;
  /// Index into `TurnContent::changes`, or `none` for what is no change of a topic: events that
  /// other clients or the server itself aim at the entity.
  std::uint32_t change = none;
  /// Index into `OutboundTurn::bodies` where the body is this session's own (references in wire
  /// form), or `none`: then it is the change's captures, and of a retract nothing.
  std::uint32_t body = none;
  std::int64_t target = 0;
  /// Of publish and retract: unique among the live ones that this session has been told.
  std::uint64_t handle = 0;
};

/// What became of an inbound turn.
struct Receipt {
  Ticket ticket{};
  std::uint64_t seq = 0;  ///< Of the turn, or (where it was refused) of the last one before it.
  /// The spaces that the turn itself touched; none if it changed nothing.
  std::vector<SpaceRevision> revisions;
  /// Observers that the turn's messages were delivered to.
  std::uint64_t messages_reached = 0;
  /// Why nothing of the turn took effect; the session goes on. `quota`, `limit` …
  std::optional<Error> error;
};

/// An observer of this session began or ended in this turn.
struct TopicNotice {
  wire::Number observer;  ///< The client's oid.
  TopicId topic{};
  SpaceId space{};
  std::uint64_t revision = 0;  ///< Of the space, in this turn.
  bool began = false;          ///< Else ended.
  /// It began, and has not been told all that is there by the end of this turn, or not all others
  /// that began in it have: a CaughtUpNotice will say when.
  bool in_parts = false;
};

/// What an observer of this session was told is void: what is there follows, from this turn on.
struct ResyncNotice {
  wire::Number observer;  ///< The client's oid.
  SpaceId space{};
  std::uint64_t after = 0;  ///< The revision from which it wanted to go on.
  std::uint64_t floor = 0;  ///< All that changed above this revision can be told.
  ResyncReason reason{};
};

/// An observer of this session is told nothing more, since its client does not take what it is
/// told: it has been told everything up to a revision, and will be told of the rest at once.
struct GapNotice {
  wire::Number observer;  ///< The client's oid.
  SpaceId space{};
  std::uint64_t after = 0;  ///< The last revision up to which it was told everything.
  bool is_end = false;      ///< Its policy closes it: it is told nothing more, ever.
};

/// The end of a gap, or of a snapshot that was told in parts: with this turn the observer has been
/// told all up to that revision but for messages, which are told when they are sent or never.
struct CaughtUpNotice {
  wire::Number observer;  ///< The client's oid.
  SpaceId space{};
  std::uint64_t revision = 0;
  std::uint64_t messages_missed = 0;
};

/// An observer of this session has been told everything up to that revision.
struct ProgressNotice {
  wire::Number observer;  ///< The client's oid.
  SpaceId space{};
  std::uint64_t revision = 0;
};

/// All that one applied turn comes to for one session, in the order in which it must be told:
/// appearances, messages, disappearances, syncs, and answers to syncs, each kind in the order in
/// which it was caused (in a turn whose messages carry references: as it happened, step by step).
class OutboundTurn {
 public:
  [[nodiscard]] const TurnContent& content() const { return *content_; }
  [[nodiscard]] std::span<const OutboundEvent> events() const { return events_; }
  /// In wire form, as this session sees them.
  [[nodiscard]] std::span<const Value> bodies() const { return bodies_; }
  /// What observers of this session began (their snapshots are among the events) or ended.
  [[nodiscard]] std::span<const TopicNotice> topics() const { return topics_; }
  /// Observers that are among those which began or caught up, and are told everything anew.
  [[nodiscard]] std::span<const ResyncNotice> resyncs() const { return resyncs_; }
  /// Observers that are told nothing from this turn on, and those that are told again.
  [[nodiscard]] std::span<const GapNotice> gaps() const { return gaps_; }
  [[nodiscard]] std::span<const CaughtUpNotice> caught_up() const { return caught_up_; }
  [[nodiscard]] std::span<const ProgressNotice> progress() const { return progress_; }
  /// It tells nothing but a part of snapshots.
  [[nodiscard]] bool is_part() const { return is_part_; }
  /// After it, more is to be told of snapshots that have begun.
  [[nodiscard]] bool parts_follow() const { return parts_follow_; }
  /// For the session whose turn it was, if it asked for one.
  [[nodiscard]] const std::optional<Receipt>& receipt() const { return receipt_; }

  /// The client's oid that the event is for.
  [[nodiscard]] wire::Number target(const OutboundEvent& event) const {
    if (!event.big_target) return wire::Number(event.target);
    return wire::Number(big_targets_[static_cast<std::size_t>(event.target)].view());
  }
  /// What a publish, message, sync or synced carries.
  [[nodiscard]] ValueView body(const OutboundEvent& event) const {
    if (event.body != OutboundEvent::none) return bodies_[event.body];
    return content_->captures(content_->changes()[event.change]);
  }

 private:
  friend class OutboundTurnWriter;

  std::shared_ptr<const TurnContent> content_;
  std::vector<OutboundEvent> events_;
  std::vector<Value> bodies_;
  std::vector<Value> big_targets_;
  std::vector<TopicNotice> topics_;
  std::vector<ResyncNotice> resyncs_;
  std::vector<GapNotice> gaps_;
  std::vector<CaughtUpNotice> caught_up_;
  std::vector<ProgressNotice> progress_;
  std::optional<Receipt> receipt_;
  bool is_part_ = false;
  bool parts_follow_ = false;
};

}  // namespace avow::server
