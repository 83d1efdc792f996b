#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"
#include "avow/model/value.hpp"
#include "server/engine/outbound_turn.hpp"

// How the engine speaks to a session. A conversation implements it. Everything comes in order and
// through the output gate: nothing is told here that could still be lost.

namespace avow::server {

/// One row of a query's answer.
struct QueryRow {
  std::uint32_t pattern = 0;  ///< Index into the patterns of the query.
  std::uint32_t offset = 0;   ///< Where its captures stand, see `QueryAnswer::captures`.
  std::uint32_t size = 0;
};

/// What a query answers: all of it at one cut.
struct QueryAnswer {
  Ticket ticket{};
  std::uint64_t seq = 0;  ///< Of the last turn that the cut contains.
  SpaceRevision at;       ///< The cut: the space as it was at this revision.
  /// The distinct sequences of captures of each pattern, pattern after pattern.
  std::vector<QueryRow> rows;
  Bytes bytes;
  /// Why there are no rows; the session goes on. `bad-pattern`, `unknown-reference`, `quota` …
  std::optional<Error> error;

  /// The sequence of captures of a row; references in wire form.
  [[nodiscard]] ValueView captures(const QueryRow& row) const {
    return ValueView(ByteView(bytes).subspan(row.offset, row.size));
  }
};

/// Who a session speaks to, and what waits for that.
struct PortStatus {
  std::string_view protocol;  ///< `json`, `native`, `syndicate`.
  std::string peer;           ///< Where the client is; empty while it is away.
  std::size_t waiting_bytes = 0;
  std::size_t waiting_packets = 0;
};

/// Calls come from inside the engine: an implementation may call the engine back (its own turn is
/// then queued), but never sees a result of that within the call.
class SessionPort {
 public:
  /// Whether a removal can be told with what went, not by a handle alone, and how far all has been
  /// told: only then an observer can go on from a revision, and be told of progress.
  [[nodiscard]] virtual bool tells_what_went() const { return false; }
  /// Whether every removal is told so, not only to observers that went on.
  [[nodiscard]] virtual bool always_tells_what_went() const { return tells_what_went(); }
  /// Whether a snapshot may come in parts, each in a turn of its own: the client is told so, or
  /// has one turn of them.
  [[nodiscard]] virtual bool takes_parts() const { return tells_what_went(); }
  /// Whether these are in memory until all of them are there.
  [[nodiscard]] virtual bool gathers_parts() const { return false; }
  /// Whether so little waits for the client that it may be told another part of a snapshot. If not,
  /// the port calls `Engine::has_room` once it is so.
  [[nodiscard]] virtual bool has_room() { return true; }
  /// What one applied turn comes to for this session. Borrowed for the call. A refused turn is told
  /// by an OutboundTurn that holds nothing but its receipt.
  virtual void turn(const OutboundTurn& turn) = 0;
  /// The answer to a query, in its place among the turns. Borrowed for the call.
  virtual void answer(const QueryAnswer& answer) = 0;
  /// The session is over: a turn of its own broke the rules of the protocol, and nothing of it took
  /// effect. Its assertions go. Nothing follows, and the port is not used again; the session need
  /// not be closed. What was told before is still to be sent, then this reason.
  virtual void ended(const Error& why) = 0;
  /// As things are now, for whoever watches the server.
  [[nodiscard]] virtual PortStatus status() const = 0;

 protected:
  ~SessionPort() = default;
};

}  // namespace avow::server
