#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "avow/model/builder.hpp"
#include "avow/wire/native.hpp"

// The other side of a client under test: it writes what a server would say, and remembers what the
// client said.

namespace avow::test {

constexpr std::uint64_t space_oid = 7;
constexpr std::uint32_t space_number = 3;

struct HeardEvent {
  std::uint64_t target = 0;
  std::uint64_t handle = 0;
  wire::EventKind kind{};
  Value body;
};
struct HeardTurn {
  std::uint64_t number = 0;
  bool wants_receipt = false;
  std::vector<HeardEvent> events;
};
struct HeardQuery {
  std::uint64_t id = 0;
  Value pattern;
  Value options;
};

struct HeardOpen {
  Bytes resume_token;
  std::uint64_t received = 0;
  std::uint32_t grace_ms = 0;
};

/// What the client has said.
struct Heard {
  std::vector<Value> opens;
  std::vector<HeardOpen> openings;  ///< The same, with what they say of sessions.
  std::vector<std::uint64_t> acknowledgements;
  std::vector<HeardTurn> turns;
  std::vector<HeardQuery> queries;
  std::vector<std::uint64_t> cancels;
  std::vector<std::uint64_t> pongs;
  std::size_t frames = 0;

  void frame(ByteView bytes);
  /// The handles published with a body that is a record of that label.
  [[nodiscard]] std::vector<std::uint64_t> published(std::string_view label) const;
};

/// One frame of some messages, in order.
[[nodiscard]] Bytes frame_of(const std::vector<wire::native::ServerMessage>& messages);

[[nodiscard]] wire::native::Hello hello();
[[nodiscard]] wire::native::Opened opened(std::uint64_t revision = 10);
/// An answer that grants a grace, under the token `{1, 2, 3}`.
[[nodiscard]] wire::native::Opened opened_with_grace(std::uint32_t grace_ms);
/// The answer to a resumption of that: so many messages of the client have been taken in.
[[nodiscard]] wire::native::Opened resumed(std::uint64_t received);
[[nodiscard]] wire::native::Opened not_opened(std::string code, std::uint32_t retry_ms = 0);

/// An event of a batch, which keeps its body.
struct Telling {
  std::uint64_t target = 0;
  std::uint64_t handle = 0;
  wire::EventKind kind{};
  Value body;
  Cause cause = Cause::none;
};
[[nodiscard]] Telling appears(std::uint64_t target, std::uint64_t handle, Value captures);
[[nodiscard]] Telling disappears(std::uint64_t target, std::uint64_t handle, Cause cause);
[[nodiscard]] Telling says(std::uint64_t target, Value captures);

/// A frame that begins with `part` (its number of batches set), then one batch by topic and one by
/// entity, whichever has events.
struct TurnOf {
  wire::native::SessionPart part{};
  std::vector<Telling> by_topic{};
  std::vector<Telling> by_entity{};
  std::uint64_t revision = 11;
};
[[nodiscard]] Bytes turn_frame(const TurnOf& turn);
/// A receipt for turn `number`.
[[nodiscard]] Bytes receipt_frame(std::uint64_t number, std::uint64_t revision);
[[nodiscard]] Bytes refusal_frame(std::uint64_t number, std::string code);
/// The observer is told by that topic, its snapshot is `facts`, handles from 1 on.
[[nodiscard]] Bytes snapshot_frame(std::uint64_t observer, std::uint64_t topic,
                                   const std::vector<Value>& captures, std::uint64_t revision = 11);
/// The same, after all that the observer was told before was said to be void.
[[nodiscard]] Bytes resync_frame(std::uint64_t observer, std::uint64_t topic,
                                 const std::vector<Value>& captures, std::uint64_t revision,
                                 ResyncReason reason = ResyncReason::compacted);

}  // namespace avow::test
