#pragma once

#include <cstdint>
#include <memory>

#include "avow/base/bytes.hpp"
#include "avow/wire/packet.hpp"
#include "server/engine/engine.hpp"
#include "server/session/conversation.hpp"
#include "server/session/resumable_sessions.hpp"
#include "tests/bench/routing/route.hpp"

namespace avow::bench {

/// All of the server but its sockets: one session publishes, another observes, and what would be
/// written to it is taken from its outbox after every turn.
class EngineRoute final : public Route {
 public:
  explicit EngineRoute(std::size_t subscriptions, std::size_t shapes = 1);
  ~EngineRoute() override;

  [[nodiscard]] std::int64_t target() const override { return publisher_space_; }
  void turn(ByteView packet) override;
  [[nodiscard]] std::uint64_t deliveries() const override;

 private:
  class Silent final : public server::Shell {
   public:
    void output_ready() override {}
  };

  [[nodiscard]] std::unique_ptr<server::Conversation> connect();
  [[nodiscard]] std::int64_t resolve(server::Conversation& client);
  void observe(std::size_t subscriptions, std::size_t shapes, std::int64_t space);
  void say(server::Conversation& client, wire::Turn turn);
  void take_all(server::Conversation& client, Bytes* into);

  Silent shell_;
  server::Engine engine_;
  server::ResumableSessions sessions_{Bytes{}};
  std::unique_ptr<server::Conversation> observer_;
  std::unique_ptr<server::Conversation> publisher_;
  std::int64_t publisher_space_ = 0;
  std::size_t bytes_out_ = 0;
};

}  // namespace avow::bench
