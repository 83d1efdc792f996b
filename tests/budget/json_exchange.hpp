#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "server/engine/engine.hpp"
#include "server/session/conversation.hpp"
#include "server/session/resumable_sessions.hpp"

// Two JSON sessions in process: one asks, the other observes, as browsers would.

namespace avow::budget {

class JsonExchange {
 public:
  JsonExchange();
  ~JsonExchange();
  JsonExchange(const JsonExchange&) = delete;
  JsonExchange& operator=(const JsonExchange&) = delete;

  /// Publishes a fact, sends a message, queries and retracts. Stops the program if it is not
  /// answered, or the observer is not told of it.
  void round_trip(std::size_t number);

 private:
  class Silent final : public server::Shell {
   public:
    void output_ready() override {}
  };

  [[nodiscard]] std::unique_ptr<server::Conversation> connect();
  /// Says one message; returns how many bytes the client was told.
  std::size_t say(server::Conversation& client, std::string_view text);
  [[nodiscard]] static std::size_t take_all(server::Conversation& client);

  Silent shell_;
  server::Engine engine_;
  server::ResumableSessions sessions_;
  std::unique_ptr<server::Conversation> observer_;
  std::unique_ptr<server::Conversation> asking_;
};

}  // namespace avow::budget
