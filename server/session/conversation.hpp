#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "avow/base/bytes.hpp"
#include "avow/base/clock.hpp"
#include "server/session/outbox.hpp"

// A conversation is what is said on one connection. It decides and never does: bytes, ticks and the
// engine's deliveries come in; frames to write, a deadline and an end come out. It touches no
// socket and no clock, so the same code runs under the server, the unit tests, the fuzzers and the
// simulator. The shell around a connection is a loop of a few lines: read, tell, take, write.

namespace avow::server {

/// How a WebSocket is closed (RFC 6455, 7.4); byte streams simply end.
enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  invalid_payload = 1007,
  policy_violation = 1008,
  message_too_big = 1009,
  internal_error = 1011,
  try_again_later = 1013,
  slow_consumer = 4008,
  taken_over = 4009,
};

/// The conversation is over once everything in the outbox has been written.
struct Ending {
  CloseCode code = CloseCode::normal;
  std::string reason;  ///< A sentence; the first 123 bytes travel in the close frame.
};

/// How the other side went.
enum class Departure : std::uint8_t {
  closed,  ///< With a clean close, or an end of its stream.
  lost,    ///< Reset, timed out, or cut off by us for silence.
};

/// What the shell around a connection does for its conversation.
class Shell {
 public:
  /// The outbox is no longer empty, or an ending was decided: take it when the last write is done.
  /// May be called at any time, in the middle of `receive` too; must not call back.
  virtual void output_ready() = 0;
  /// Whether what has come on this connection is worked at any longer, or others have their turn
  /// first. Asked now and then between two packets of a byte stream.
  [[nodiscard]] virtual bool goes_on() { return true; }

 protected:
  ~Shell() = default;
};

class Conversation {
 public:
  virtual ~Conversation() = default;

  /// One whole WebSocket message, or the next piece of a byte stream (then `type` says nothing).
  /// Returns how many bytes it took: all, unless it is a stream and the shell does not go on. What
  /// it did not take begins with a packet, and is to come again before what follows it.
  virtual std::size_t receive(Moment now, FrameType type, ByteView data) = 0;
  /// The deadline has passed.
  virtual void on_time(Moment now) = 0;
  /// When `on_time` wants to be called, if at all. Asked again after every call.
  [[nodiscard]] virtual std::optional<Moment> deadline() const = 0;
  /// The connection is gone. Called once, nothing follows but the destructor.
  virtual void departed(Departure how) = 0;
  /// The server is shutting down: say so and end.
  virtual void shut_down() = 0;

  [[nodiscard]] virtual Outbox& outbox() = 0;
  /// The frame that was taken last from the outbox has been written.
  virtual void written() { outbox().written(); }
  [[nodiscard]] virtual const std::optional<Ending>& ending() const = 0;
  /// Whether the shell should go on reading: false holds back a client whose work is bounded.
  [[nodiscard]] virtual bool wants_input() const = 0;
};

/// What is spoken on a connection.
enum class Protocol : std::uint8_t {
  syndicate_stream,     ///< TCP and Unix sockets: Preserves packets, binary or text.
  syndicate_websocket,  ///< No subprotocol, or `syndicate`: one packet a message.
  native,               ///< `avow.capnp.v1`
  json,                 ///< `avow.json.v1`
};

/// Where a connection comes from, for limits and deadlines.
struct Peer {
  std::string description;  ///< `127.0.0.1:51234`, `unix`
  bool local = true;        ///< Loopback or a Unix socket: a first packet may take 10 minutes.
};

class Engine;
class ResumableSessions;
struct ConversationLimits;

/// Begins a conversation with a new session of `engine`, which may be resumed from `sessions`. All
/// that is referred to must outlive it. Without limits it has those of docs/PROTOCOL.md.
[[nodiscard]] std::unique_ptr<Conversation> open_conversation(Engine& engine,
                                                              ResumableSessions& sessions,
                                                              Protocol protocol, Peer peer,
                                                              Shell& shell, Moment now,
                                                              const ConversationLimits& limits);
[[nodiscard]] std::unique_ptr<Conversation> open_conversation(Engine& engine,
                                                              ResumableSessions& sessions,
                                                              Protocol protocol, Peer peer,
                                                              Shell& shell, Moment now);

}  // namespace avow::server
