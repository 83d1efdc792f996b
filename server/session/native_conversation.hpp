#pragma once

#include <cstdint>

#include "avow/wire/native.hpp"
#include "server/engine/engine.hpp"
#include "server/session/conversation.hpp"
#include "server/session/session_tie.hpp"

// The native subprotocol, `avow.capnp.v1`, on one WebSocket. Says hello first; then takes frames of
// messages, and hands turns and queries to the engine.

namespace avow::server {

class NativeConversation final : public Conversation, private SessionPort {
 public:
  /// `engine` and `shell` must outlive the conversation.
  NativeConversation(Engine& engine, const Peer& peer, Shell& shell, Moment now,
                     const ConversationLimits& limits);
  NativeConversation(const NativeConversation&) = delete;
  NativeConversation& operator=(const NativeConversation&) = delete;

  void receive(Moment now, FrameType type, ByteView data) override;
  void on_time(Moment now) override;
  [[nodiscard]] std::optional<Moment> deadline() const override;
  void departed(Departure how) override { tie_.departed(how); }
  void shut_down() override;
  [[nodiscard]] Outbox& outbox() override { return tie_.outbox(); }
  [[nodiscard]] const std::optional<Ending>& ending() const override { return tie_.ending(); }
  [[nodiscard]] bool wants_input() const override { return tie_.wants_input(); }

 private:
  void turn(const OutboundTurn& turn) override;
  void answer(const QueryAnswer& answer) override;
  void ended(const Error& why) override;

  void read_frame(ByteView frame);

  // Each handles one kind of message; an error ends the session.
  Result<void> handle(const wire::native::ClientMessage& message);
  Result<void> handle(const wire::native::Open& open);
  Result<void> handle(const wire::native::ClientTurn& turn);
  Result<void> handle(const wire::native::Query& query);
  Result<void> handle(const wire::native::Cancel& cancel);
  Result<void> handle(const wire::native::Ping& ping);
  Result<void> handle(const wire::native::Close& close);
  Result<void> handle(const wire::native::LastTurn& last);
  Result<void> handle(const wire::native::OutcomeQuestion& question);
  // What is only an answer, or of a later release, is taken as it is.
  Result<void> handle(const wire::native::Acknowledge&) { return {}; }
  Result<void> handle(const wire::native::Credit&) { return {}; }
  Result<void> handle(const wire::native::Pong&) { return {}; }
  Result<void> handle(const wire::native::Unknown&) { return {}; }

  [[nodiscard]] Result<OpenedSpace> open_space(const wire::native::Open& open);
  [[nodiscard]] Result<InboundTurn> decode_turn(const wire::native::ClientTurn& turn) const;
  [[nodiscard]] Result<wire::Event> decode_event(const wire::native::Event& event) const;
  void refuse_turn(std::uint64_t number, const Error& why);
  void say(const wire::native::ServerMessage& message);
  void fail(CloseCode code, const Error& why);

  SessionTie tie_;
  std::uint64_t turns_handled_ = 0;  ///< Turns of the client, so far.
  std::uint64_t turns_told_ = 0;     ///< Turns of the server, so far.
};

}  // namespace avow::server
