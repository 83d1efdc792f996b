#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/engine/engine.hpp"
#include "server/session/conversation.hpp"
#include "server/session/limits.hpp"

// What ties a conversation to its session in the engine, to the shell around its connection, and to
// its end. All conversations have one; what they say is their own business.

namespace avow::server {

class SessionTie {
 public:
  /// Opens a session that speaks to `port`. All that is referred to must outlive the tie.
  SessionTie(Engine& engine, SessionPort& port, Shell& shell, Outbox::Framing framing,
             const Peer& peer, Moment now, const ConversationLimits& limits);
  ~SessionTie();
  SessionTie(const SessionTie&) = delete;
  SessionTie& operator=(const SessionTie&) = delete;

  [[nodiscard]] Engine& engine() { return engine_; }
  [[nodiscard]] SessionId session() const { return session_; }
  [[nodiscard]] const ConversationLimits& limits() const { return limits_; }
  [[nodiscard]] Outbox& outbox() { return outbox_; }
  [[nodiscard]] const std::optional<Ending>& ending() const { return ending_; }
  /// Whether the end has been decided: nothing more is read, and nothing new is said.
  [[nodiscard]] bool is_over() const { return ending_.has_value(); }
  [[nodiscard]] bool wants_input() const;

  /// The client has said something whole.
  void heard() { first_packet_due_.reset(); }
  /// By when it must have, if it has not yet.
  [[nodiscard]] std::optional<Moment> first_packet_due() const { return first_packet_due_; }

  /// Queues one packet. If too much waits already, the conversation ends instead: what the client
  /// misses could not be told to it later.
  void push(FrameType type, std::vector<Block> packet);
  void push(FrameType type, Bytes packet);
  /// Queues packets that belong together, as one as far as limits go.
  void push_group(FrameType type, std::vector<std::vector<Block>> packets);
  /// Queues the last packet, whatever waits before it.
  void push_farewell(FrameType type, Bytes packet);

  /// Ends the conversation once all that is queued has been written, and the session at once. The
  /// first call counts.
  void end(CloseCode code, std::string reason, Cause cause);
  /// The engine has ended the session by itself.
  void session_ended() { session_is_open_ = false; }
  /// The connection is gone.
  void departed(Departure how);

 private:
  void too_slow();
  void close_session(Cause cause);

  Engine& engine_;
  Shell& shell_;
  ConversationLimits limits_;
  Outbox outbox_;
  SessionId session_;
  bool session_is_open_ = true;
  std::optional<Moment> first_packet_due_;
  std::optional<Ending> ending_;
};

}  // namespace avow::server
