#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/base/cause.hpp"
#include "avow/base/result.hpp"
#include "avow/base/resync_reason.hpp"
#include "avow/wire/packet.hpp"

// The native protocol `avow.capnp.v1` as plain structs. A frame (one binary WebSocket message) is
// one or more Cap'n Proto messages, one after another:
//
//   client -> server   open, turn, query, …        each a ClientMessage
//   server -> client   hello, opened, then turns: [session part] batch*   each a ServerMessage
//
// Values inside are Preserves bytes. The meaning of every field stands in schemas/avow.capnp; the
// comments here say only what is particular to C++.
//
// Writing: fill a struct, `append_message(frame, message)`. Messages appended to one buffer make
// one frame, and so does the concatenation of frames: a batch that many sessions are told is
// appended to a buffer of its own once, and these bytes go into all their frames.
// Reading: a FrameReader visits the messages of a frame in place. Whatever is a view or a span in a
// message borrows from the frame and from the reader: it lives until the next `next()`, not longer.
// A server tries a SmallTurn first.

namespace avow::wire::native {

inline constexpr std::string_view subprotocol = "avow.capnp.v1";

/// Of the protocol's first release, in `hello` and `open`, where none needs to be named.
using Features = std::vector<std::string>;

enum class Level : std::uint8_t { accepted = 0, durable = 1 };

/// One event at one entity. From a client: as in a Syndicate packet. From the server: in a batch by
/// topic `target` is a topic number and `handle` names a capture sequence of that topic (a retract
/// names it again, and has no body); in a batch by entity `target` is the client's oid.
struct Event {
  std::uint64_t target = 0;
  std::uint64_t handle = 0;
  ByteView
      body{};  ///< One value's bytes; references in wire form. The reader has not checked them.
  EventKind kind{};
  Cause cause = Cause::none;
  std::uint32_t by = 0;  ///< 1 + index in the batch's `actors`; 0: not told.
};

struct SpaceRevision {
  std::uint32_t space = 0;
  std::uint64_t revision = 0;
  bool operator==(const SpaceRevision&) const = default;
};

/// An error as it travels.
struct Fault {
  Error error{};
  std::uint32_t retry_ms = 0;  ///< Zero: not told.
  Bytes detail{};              ///< A value's bytes; empty: none.
  bool operator==(const Fault&) const = default;
};

/// What the other side may send until more is granted; adds to what was granted before.
struct Credit {
  std::uint32_t turns = 0;
  std::uint64_t bytes = 0;
  std::uint64_t observer = 0;  ///< Zero: the whole session.
  bool operator==(const Credit&) const = default;
};

struct TurnId {
  Bytes client{};  ///< 16 bytes, or empty where the grant is the identity.
  std::uint64_t number = 0;
  bool operator==(const TurnId&) const = default;
};

struct Ping {
  std::uint64_t number = 0;
};
struct Pong {
  std::uint64_t number = 0;
};
/// The session is over. From a client, `fault.error.code` may be empty.
struct Close {
  Fault fault{};
};
/// A message of a later release. To be skipped.
struct Unknown {};

// ---- from a client ------------------------------------------------------------------------------

struct Open {
  std::uint64_t id = 0;
  ByteView reference{};  ///< A `<ref …>` value; empty: the development reference.
  Bytes resume_token{};
  std::uint64_t received = 0;
  std::uint32_t grace_ms = 0;
  Features features{};
  std::string client{};
  std::uint64_t epoch = 0;  ///< When resuming; zero: not said.
};

/// What must hold for a turn to be applied, and what its answer waits for.
struct Conditions {
  Level level = Level::accepted;
  std::optional<TurnId> turn_id{};
  std::vector<ByteView> require{};
  std::vector<ByteView> absent{};
  std::uint64_t guard_target = 0;
  std::uint32_t timeout_ms = 0;
  ByteView options{};
};

struct ClientTurn {
  std::uint64_t number = 0;
  std::span<const Event> events{};
  bool wants_receipt = false;
  std::optional<Conditions> conditions{};  ///< Nothing: unconditional and `accepted`.
  std::string traceparent{};
};

struct Query {
  std::uint64_t id = 0;
  std::uint64_t target = 0;
  std::vector<ByteView> patterns{};
  ByteView options{};
  std::string traceparent{};
};

/// The answer to query `id` is no longer wanted.
struct Cancel {
  std::uint64_t id = 0;
};

/// Of a client: everything up to the number that the server has told is taken in. Of the server: so
/// many messages of the client are.
struct Acknowledge {
  std::uint64_t number = 0;
};

struct LastTurn {
  ClientTurn turn{};
  std::uint32_t delay_ms = 0;
};

/// What became of a turn?
struct OutcomeQuestion {
  std::uint64_t id = 0;
  TurnId turn_id{};
};

using ClientMessage = std::variant<Open, ClientTurn, Query, Cancel, Acknowledge, Credit, Ping, Pong,
                                   LastTurn, OutcomeQuestion, Close, Unknown>;

// ---- from the server ----------------------------------------------------------------------------

struct Limit {
  std::string name{};
  std::uint64_t value = 0;
  bool operator==(const Limit&) const = default;
};

struct Hello {
  std::string server{};
  std::string version{};
  std::uint64_t epoch = 0;
  Features features{};
  std::vector<Limit> limits{};
};

struct Opened {
  std::uint64_t id = 0;
  std::uint64_t reference = 0;  ///< The server's oid of the live reference: target of turns.
  std::uint32_t space = 0;
  std::string name{};
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
  std::uint64_t seq = 0;
  std::optional<Fault> fault{};  ///< Nothing: it was opened.
  Bytes resume_token{};
  bool resumed = false;
  std::uint64_t applied = 0;
  std::uint32_t grace_ms = 0;
  std::uint64_t received = 0;
};

struct Receipt {
  std::uint64_t turn = 0;
  std::uint64_t seq = 0;
  std::vector<SpaceRevision> revisions{};
  Level level = Level::accepted;
  std::optional<Fault> fault{};  ///< Nothing: it was applied.
  Bytes results{};
  bool replayed = false;
  bool operator==(const Receipt&) const = default;
};

struct Subscription {
  std::uint64_t observer = 0;
  std::uint64_t topic = 0;
  std::uint32_t space = 0;
  bool operator==(const Subscription&) const = default;
};

struct Synced {
  std::uint64_t observer = 0;
  std::uint32_t space = 0;
  std::uint64_t revision = 0;
  std::uint64_t missed = 0;
  bool operator==(const Synced&) const = default;
};

struct Gap {
  std::uint64_t observer = 0;
  std::uint32_t space = 0;
  std::uint64_t after = 0;
  std::uint64_t floor = 0;
  bool resync = false;
  ResyncReason reason = ResyncReason::none;
  bool operator==(const Gap&) const = default;
};

/// A subscription has ended by its policy, or gets no credit.
struct SubscriptionFault {
  std::uint64_t observer = 0;
  std::uint32_t space = 0;
  bool ended = false;
  std::uint64_t after = 0;  ///< Of one that has ended: the last revision that it was told.
  Fault fault{};
  bool operator==(const SubscriptionFault&) const = default;
};

/// What one server turn says to this session alone. The `batches` Batch messages that follow, in
/// later frames too, belong to the same turn; a Batch that was not announced is a turn of its own.
/// `subscribed` is in force from here on, `unsubscribed` and `synced` once the batches are in.
struct SessionPart {
  std::uint64_t turn = 0;
  std::uint32_t batches = 0;
  std::uint64_t seq = 0;
  std::uint64_t applied = 0;
  std::vector<Receipt> receipts{};
  std::vector<Subscription> subscribed{};
  std::vector<Subscription> unsubscribed{};
  std::vector<Synced> synced{};
  std::optional<Credit> credit{};
  std::vector<SpaceRevision> progress{};
  std::vector<Gap> gaps{};
  Bytes resume_token{};
  std::string traceparent{};
  std::vector<SubscriptionFault> faults{};
};

enum class Addressing : std::uint8_t { topics = 0, entities = 1 };

struct Batch {
  std::uint64_t seq = 0;
  std::uint64_t epoch = 0;
  std::uint64_t revision = 0;
  std::uint64_t after = 0;
  std::uint32_t space = 0;
  Addressing addressing = Addressing::topics;
  bool snapshot = false;
  std::span<const Event> events{};
  std::vector<ByteView> actors{};
};

struct Row {
  std::uint32_t pattern = 0;
  std::uint64_t item = 0;
  ByteView captures{};  ///< A sequence's bytes; not checked.
};

struct Rows {
  std::uint64_t id = 0;
  std::span<const Row> rows{};
  bool last = false;
  std::uint32_t space = 0;
  std::uint64_t revision = 0;
  std::uint64_t seq = 0;
  std::optional<Fault> fault{};  ///< Nothing: answered. With `last` only.
};

struct OutcomeAnswer {
  std::uint64_t id = 0;
  Receipt receipt{};
  bool known = false;
};

using ServerMessage = std::variant<Hello, Opened, SessionPart, Batch, Rows, Ping, Pong, Close,
                                   OutcomeAnswer, Acknowledge, Unknown>;

// ---- writing and reading ------------------------------------------------------------------------

/// Appends one message to `frame`, whose size is a multiple of 8 before and after. The bodies of
/// one message must stay below 256 MiB together (our own mistake otherwise).
void append_message(Bytes& frame, const ClientMessage& message);
void append_message(Bytes& frame, const ServerMessage& message);
/// As above, for the messages that are written most often; saves making a variant.
void append_turn(Bytes& frame, const ClientTurn& turn);
void append_session_part(Bytes& frame, const SessionPart& part);
void append_batch(Bytes& frame, const Batch& batch);
void append_rows(Bytes& frame, const Rows& rows);

struct FrameLimits {
  std::size_t bytes_max = 1 << 20;     ///< Of the frame. Clients take what the server's limit is.
  std::size_t events_max = 65'536;     ///< Of one turn or batch; rows of one message too.
  std::size_t segments_max = 16;       ///< Of one message.
  std::size_t list_items_max = 1'024;  ///< Patterns, features, limits … of one message.
};

/// What the spans of a message that was read point to; used again for the next message.
struct FrameScratch {
  std::vector<Event> events{};
  std::vector<Row> rows{};
  std::vector<std::uint64_t> aligned{};  ///< The message, where it had to be copied.
};

/// Visits the messages of a frame one after another, in place (but for one that must begin at a
/// multiple of 8 and does not: it is copied). Each message costs time in proportion to its own
/// size, whatever its pointers say. `Message` is ClientMessage or ServerMessage.
template <class Message>
class FrameReader {
 public:
  explicit FrameReader(const FrameLimits& limits = {}) : limits_(limits) {}

  /// `frame` must outlive the reader. Errors: `bad-frame`, `limit`.
  [[nodiscard]] static Result<FrameReader> open(ByteView frame, const FrameLimits& limits = {}) {
    FrameReader reader(limits);
    AVOW_TRY_VOID(reader.begin(frame));
    return reader;
  }
  /// Goes to the front of another frame, which must live until the next. Errors: as above.
  [[nodiscard]] Result<void> begin(ByteView frame);

  /// The next message, or null at the end of the frame. Invalidates the one before.
  /// Errors: `bad-frame`, `limit`; the frame cannot be read further then.
  [[nodiscard]] Result<const Message*> next();

 private:
  FrameLimits limits_;
  ByteView rest_{};
  FrameScratch scratch_{};
  Message message_{Unknown{}};
};

/// A frame that is one turn of few events without conditions, as most frames of clients are. It is
/// read in place as above, but takes no memory. What any other frame is, or what is wrong with it,
/// a FrameReader tells.
class SmallTurn {
 public:
  SmallTurn() = default;
  SmallTurn(const SmallTurn&) = delete;
  SmallTurn& operator=(const SmallTurn&) = delete;

  /// Whether `frame` is that. Once only; it must outlive what was read.
  [[nodiscard]] bool read(ByteView frame, const FrameLimits& limits);
  [[nodiscard]] const ClientTurn& turn() const { return turn_; }

 private:
  ClientTurn turn_{};
  std::array<Event, 2> events_{};
};

using ClientFrameReader = FrameReader<ClientMessage>;
using ServerFrameReader = FrameReader<ServerMessage>;
extern template class FrameReader<ClientMessage>;
extern template class FrameReader<ServerMessage>;

}  // namespace avow::wire::native
