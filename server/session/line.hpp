#pragma once

#include <optional>
#include <string>
#include <vector>

#include "avow/base/clock.hpp"
#include "server/session/conversation.hpp"
#include "server/session/limits.hpp"
#include "server/session/outbox.hpp"

// A connection as whoever speaks on it sees it: what waits to be written, the first deadline, and
// the end. A session may be spoken for on several lines, one after another.

namespace avow::server {

class Line {
 public:
  /// `shell` must outlive the line.
  Line(Outbox::Framing framing, const Peer& peer, Shell& shell, Moment now,
       const ConversationLimits& limits);
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  [[nodiscard]] const ConversationLimits& limits() const { return limits_; }
  [[nodiscard]] Outbox& outbox() { return outbox_; }
  [[nodiscard]] const Outbox& outbox() const { return outbox_; }
  /// Where the client is.
  [[nodiscard]] const std::string& peer() const { return peer_; }
  [[nodiscard]] const std::optional<Ending>& ending() const { return ending_; }
  /// Whether the end has been decided: nothing more is read, and nothing new is said.
  [[nodiscard]] bool is_over() const { return ending_.has_value(); }
  [[nodiscard]] bool wants_input() const;

  /// The client has said something whole.
  void heard() { first_packet_due_.reset(); }
  /// By when it must have, if it has not yet and nothing is over.
  [[nodiscard]] std::optional<Moment> deadline() const;

  /// Queues packets that belong together, as one as far as limits go. False, and nothing is
  /// queued, if too much waits already.
  [[nodiscard]] bool push(FrameType type, std::vector<std::vector<Block>> packets);
  /// Likewise one packet, of at most `Outbox::copied_packet_bytes_max`.
  [[nodiscard]] bool push_copy(FrameType type, ByteView packet);
  /// Queues packets whatever waits before them, and however much they are.
  void push_again(FrameType type, std::vector<std::vector<Block>> packets);
  void push_copy_again(FrameType type, ByteView packet);
  /// Queues the last packet, whatever waits before it.
  void push_farewell(FrameType type, Bytes packet);
  /// What has not been written yet is not for this client any more.
  void drop_waiting() { outbox_.drop_waiting(); }

  /// It is over once all that is queued has been written. The first call counts.
  void end(CloseCode code, std::string reason);

 private:
  Shell& shell_;
  std::string peer_;
  ConversationLimits limits_;
  Outbox outbox_;
  std::optional<Moment> first_packet_due_;
  std::optional<Ending> ending_;
};

/// One packet of its own.
[[nodiscard]] std::vector<std::vector<Block>> packets_of(Block packet);
[[nodiscard]] std::vector<std::vector<Block>> packets_of(Bytes packet);

}  // namespace avow::server
