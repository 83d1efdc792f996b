#include "server/session/conversation.hpp"

#include "avow/base/check.hpp"
#include "server/session/json_conversation.hpp"
#include "server/session/native_conversation.hpp"
#include "server/session/syndicate_conversation.hpp"

namespace avow::server {

std::unique_ptr<Conversation> open_conversation(Engine& engine, ResumableSessions& sessions,
                                                Protocol protocol, Peer peer, Shell& shell,
                                                Moment now) {
  using Wire = SyndicateConversation::Wire;
  switch (protocol) {
    case Protocol::syndicate_stream:
      return std::make_unique<SyndicateConversation>(engine, Wire::stream, peer, shell, now,
                                                     ConversationLimits{});
    case Protocol::native:
      return std::make_unique<NativeConversation>(engine, sessions, peer, shell, now,
                                                  ConversationLimits{});
    case Protocol::json:
      return std::make_unique<JsonConversation>(engine, sessions, peer, shell, now,
                                                ConversationLimits{});
    case Protocol::syndicate_websocket:
      return std::make_unique<SyndicateConversation>(engine, Wire::websocket, peer, shell, now,
                                                     ConversationLimits{});
  }
  AVOW_CHECK(false);
}

}  // namespace avow::server
