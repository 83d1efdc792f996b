#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "server/transport/burst_reader.hpp"
#include "server/transport/conversation_driver.hpp"
#include "server/transport/corked_frame.hpp"
#include "server/transport/message_reader.hpp"
#include "server/transport/pending_bytes.hpp"

// A conversation over a WebSocket, after its opening handshake. All frames of a burst are read at
// once, and one write is on the way at a time: a message, or control frames between two of them.
//
//   open ──say_close──► closing ──close sent, and the peer's is here──► the end of both streams
//
// Whoever is closing waits `close_time_max` for the peer, and then cuts it.

namespace avow::server {

class WebSocketConnection final : public Wire,
                                  public Connection,
                                  public std::enable_shared_from_this<WebSocketConnection> {
 public:
  WebSocketConnection(Shared& shared, Socket socket, Peer peer, Place place);
  ~WebSocketConnection();

  /// Begins the conversation. `early` has come behind the request.
  void start(Protocol protocol, Bytes early);

  void read() override;
  bool write(OutgoingFrame frame) override;
  void close(const Ending& ending) override;
  void abort() override;
  std::shared_ptr<void> hold() override { return shared_from_this(); }

  void shut_down() override { driver_.shut_down(); }
  void cut() override { abort(); }
  [[nodiscard]] std::size_t waiting_bytes() const override { return driver_.waiting_bytes(); }

 private:
  void read_on();
  void await_input();
  void take(std::span<std::uint8_t> bytes);
  void take_pending();
  void take_events(std::span<std::uint8_t>& bytes);
  void take_event(const ClientEvent& event);
  void take_close(std::optional<std::uint16_t> code);
  void take_breach(const ClientBreach& breach);
  void note_begun();

  void say_close(std::optional<std::uint16_t> code, std::string_view reason);
  void cut_politely(Cut reason, CloseCode code, std::string_view sentence);
  void await_end();
  void end_if_closed();

  void send();
  void load(OutgoingFrame message);
  void send_rest();
  void sent(std::size_t count);
  void send_control();

  void wind_heartbeat();
  void heartbeat(Moment now);
  /// When the peer must have finished what it has begun to send, if it has begun something.
  [[nodiscard]] std::optional<Moment> message_deadline() const;
  /// When the peer counts as dead, unless it is heard before.
  [[nodiscard]] std::optional<Moment> silence_deadline() const;

  /// What is being written.
  enum class Writing : std::uint8_t { nothing, message, control, close };

  Shared& shared_;
  Socket socket_;
  Peer peer_;
  Place place_;
  Membership membership_;
  BurstReader input_;
  MessageReader reader_;
  PendingBytes pending_;
  CorkedFrame unsent_;
  Bytes control_;                         // The control frames that are being written.
  std::optional<Bytes> pong_;             // The payload of the pong that is due.
  std::optional<Bytes> close_;            // The close frame that is due.
  std::optional<OutgoingFrame> message_;  // The message that is due.
  ConversationDriver driver_;
  Alarm heartbeat_;
  Alarm end_alarm_;
  std::uint64_t begun_seen_ = 0;
  Moment begun_at_{};
  Moment heard_at_{};
  Moment pinged_at_{};
  Writing writing_ = Writing::nothing;
  bool wants_ = false;      // The driver waits for a message.
  bool is_taking_ = false;  // Inside `take`.
  bool is_waiting_ = false;
  bool ping_is_due_ = false;
  bool closing_ = false;
  bool close_is_out_ = false;
  bool peer_closed_ = false;
};

}  // namespace avow::server
