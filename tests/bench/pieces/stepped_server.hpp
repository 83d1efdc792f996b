#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/engine/engine.hpp"
#include "server/memory_thread.hpp"
#include "server/session/conversation.hpp"
#include "server/session/resumable_sessions.hpp"

// A server without sockets, whose work is measured piece by piece: a piece is what happens between
// two moments at which its thread could turn to somebody else.

namespace avow::bench {

/// The longest of some pieces, in seconds of the thread's processor time.
struct Pieces {
  std::string_view of;
  std::size_t count = 0;
  double longest = 0;
  std::size_t longest_at = 0;  ///< Which of them that was, from 1.
  double together = 0;
};

class SteppedServer {
 public:
  using Client = std::unique_ptr<server::Conversation>;

  SteppedServer();
  ~SteppedServer();
  SteppedServer(const SteppedServer&) = delete;
  SteppedServer& operator=(const SteppedServer&) = delete;

  [[nodiscard]] Client connect(server::Protocol protocol = server::Protocol::json);
  /// It goes away, and all that it has published.
  void disconnect(Client client, Pieces& pieces);

  /// A message of the client, taken in as one piece.
  void say(server::Conversation& client, std::string_view message, Pieces& pieces);
  /// A tick, if one is due: a piece. Whether one was.
  bool step(Pieces& pieces);
  /// What waits for the client is written: a piece for each frame. The text of it, if wanted.
  void write(server::Conversation& client, Pieces& pieces, std::string* text = nullptr);

 private:
  class Silent final : public server::Shell {
   public:
    void output_ready() override {}
  };

  server::MemoryThread memory_;  // As where it serves.
  Silent shell_;
  server::Engine engine_;
  server::ResumableSessions sessions_;
  std::int64_t now_ms_ = 0;
};

}  // namespace avow::bench
