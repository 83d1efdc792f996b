#include "server/session/conversation.hpp"

#include <utility>

#include "avow/base/check.hpp"
#include "server/session/json_conversation.hpp"
#include "server/session/native_conversation.hpp"
#include "server/session/syndicate_conversation.hpp"

namespace avow::server {

std::unique_ptr<Conversation> open_conversation(Engine& engine, ResumableSessions& sessions,
                                                Protocol protocol, Peer peer, Shell& shell,
                                                Moment now, const ConversationLimits& limits) {
  using Wire = SyndicateConversation::Wire;
  switch (protocol) {
    case Protocol::syndicate_stream:
      return std::make_unique<SyndicateConversation>(engine, Wire::stream, peer, shell, now,
                                                     limits);
    case Protocol::native:
      return std::make_unique<NativeConversation>(engine, sessions, peer, shell, now, limits);
    case Protocol::json:
      return std::make_unique<JsonConversation>(engine, sessions, peer, shell, now, limits);
    case Protocol::syndicate_websocket:
      return std::make_unique<SyndicateConversation>(engine, Wire::websocket, peer, shell, now,
                                                     limits);
  }
  AVOW_CHECK(false);
}

std::unique_ptr<Conversation> open_conversation(Engine& engine, ResumableSessions& sessions,
                                                Protocol protocol, Peer peer, Shell& shell,
                                                Moment now) {
  return open_conversation(engine, sessions, protocol, std::move(peer), shell, now, {});
}

}  // namespace avow::server
