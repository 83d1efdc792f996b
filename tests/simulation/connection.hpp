#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "server/engine/engine.hpp"
#include "server/session/conversation.hpp"
#include "server/session/limits.hpp"
#include "server/session/resumable_sessions.hpp"
#include "tests/support/random.hpp"

// A simulated connection: the server's real conversation at one end, a simulated client at the
// other, and between them bytes that are on their way. The simulation decides when they move on,
// and in which pieces; within one direction they stay in order.

namespace avow::simulation {

/// Bytes as they arrive: one whole WebSocket message, or a piece of a byte stream.
struct Arrival {
  server::FrameType type = server::FrameType::binary;
  Bytes bytes;
};

/// What is told may be cut between any two packets.
[[nodiscard]] inline server::ConversationLimits small_runs() {
  server::ConversationLimits limits;
  limits.outbox_run_bytes_max = 1;
  return limits;
}

class Connection final : private server::Shell {
 public:
  /// `engine` and `sessions` must outlive the connection.
  Connection(server::Engine& engine, server::ResumableSessions& sessions, server::Protocol protocol,
             const server::ConversationLimits& limits, Moment now);
  virtual ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] server::Protocol protocol() const { return protocol_; }

  /// The client puts a packet on its way.
  void send(server::FrameType type, Bytes packet);
  /// Whether the server could be given something.
  [[nodiscard]] bool can_reach_server() const;
  /// Gives the server the next message, or a piece of the stream. Returns what it got.
  Bytes reach_server(test::Random& random, Moment now);
  /// Whether there is something on its way to the client.
  [[nodiscard]] bool can_reach_client();
  /// The client's next message, or piece of the stream.
  [[nodiscard]] Arrival reach_client(test::Random& random);

  /// The clock has moved on.
  void on_time(Moment now);
  /// The server has ended the conversation, and all that it said has arrived.
  [[nodiscard]] bool is_finished();
  [[nodiscard]] const std::optional<server::Ending>& ending() const;
  /// The connection is gone, and what was on its way is lost.
  void cut(server::Departure how);
  [[nodiscard]] bool is_cut() const { return is_cut_; }

 private:
  void output_ready() override {}
  void take_output(std::size_t bytes_max);
  [[nodiscard]] bool is_stream() const { return protocol_ == server::Protocol::syndicate_stream; }

  server::Protocol protocol_;
  std::unique_ptr<server::Conversation> conversation_;
  std::deque<Arrival> to_server_;
  std::deque<Arrival> to_client_;
  bool is_cut_ = false;
};

}  // namespace avow::simulation
