#pragma once

#include "avow/wire/native.hpp"
#include "server/session/native_session.hpp"
#include "server/session/resumable_conversation.hpp"

// The native subprotocol, `avow.capnp.v1`, on one WebSocket. Says hello first; then takes frames of
// messages, and hands them to the session; but what a client says of the session itself is done
// here.

namespace avow::server {

class NativeConversation final : public ResumableConversation {
 public:
  /// `engine`, `sessions` and `shell` must outlive the conversation.
  NativeConversation(Engine& engine, ResumableSessions& sessions, const Peer& peer, Shell& shell,
                     Moment now, const ConversationLimits& limits);

  std::size_t receive(Moment now, FrameType type, ByteView data) override;

 private:
  void receive_message(FrameType type, ByteView data);
  void read_frame(ByteView frame);
  void read_messages(ByteView frame, const wire::native::FrameLimits& limits);
  void refuse(const Error& why);

  // Each handles one kind of message; an error ends the session.
  Result<void> handle(const wire::native::ClientMessage& message);
  Result<void> handle(const wire::native::Open& open);
  Result<void> handle(const wire::native::ClientTurn& turn) { return hand_on(turn); }
  Result<void> handle(const wire::native::Query& query) { return hand_on(query); }
  Result<void> handle(const wire::native::Cancel& cancel) { return hand_on(cancel); }
  Result<void> handle(const wire::native::Credit& credit) { return hand_on(credit); }
  Result<void> handle(const wire::native::Acknowledge& acknowledge);
  Result<void> handle(const wire::native::Ping& ping);
  Result<void> handle(const wire::native::Close& close);
  Result<void> handle(const wire::native::LastTurn& last);
  Result<void> handle(const wire::native::OutcomeQuestion& question);
  // What is only an answer, or of a later release, is taken as it is.
  Result<void> handle(const wire::native::Pong&) { return {}; }
  Result<void> handle(const wire::native::Unknown&) { return {}; }

  template <class Message>
  Result<void> hand_on(const Message& message);
  void resume(const wire::native::Open& open);
  void settle_acknowledgements();
  /// Says something that is about this connection alone, and has no number.
  void say(const wire::native::ServerMessage& message);
  [[nodiscard]] NativeSession& native_session() { return static_cast<NativeSession&>(session()); }
  [[nodiscard]] Bytes farewell(const Error& why) const override;
  [[nodiscard]] FrameType frame_type() const override { return FrameType::binary; }
};

}  // namespace avow::server
