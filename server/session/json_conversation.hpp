#pragma once

#include <vector>

#include "avow/wire/json_request.hpp"
#include "server/session/json_session.hpp"
#include "server/session/resumable_conversation.hpp"

// The JSON subprotocol, `avow.json.v1`, on one WebSocket. Says hello first, and hands what it hears
// to the session; but what a client says of the session itself is done here.

namespace avow::server {

class JsonConversation final : public ResumableConversation {
 public:
  /// `engine`, `sessions` and `shell` must outlive the conversation.
  JsonConversation(Engine& engine, ResumableSessions& sessions, const Peer& peer, Shell& shell,
                   Moment now, const ConversationLimits& limits);

  std::size_t receive(Moment now, FrameType type, ByteView data) override;

 private:
  void receive_message(FrameType type, ByteView data);
  void take(JsonSession::Received received);
  [[nodiscard]] bool takes_itself(const JsonSession::Received& received);
  void resume(const wire::JsonRequest& request);
  void acknowledge(const wire::JsonRequest& request);
  void refuse_all(const JsonSession::Received& received, const Error& why);
  void settle_acknowledgements();
  [[nodiscard]] JsonSession& json_session() { return static_cast<JsonSession&>(session()); }
  [[nodiscard]] Bytes farewell(const Error& why) const override;
  [[nodiscard]] FrameType frame_type() const override { return FrameType::text; }
};

}  // namespace avow::server
