#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "avow/base/result.hpp"
#include "server/session/conversation.hpp"
#include "server/transport/address.hpp"
#include "server/transport/counters.hpp"
#include "server/transport/http.hpp"
#include "server/transport/limits.hpp"
#include "server/transport/request_check.hpp"

// Sockets: listeners, connections, and the event loop that all of them share with the engine. The
// transport knows bytes, frames and deadlines; what is said is the business of a Conversation.

namespace boost::asio {
class io_context;
}

namespace avow::server {

/// Begins what is said on a new connection. `shell` outlives the conversation.
using OpenConversation =
    std::function<std::unique_ptr<Conversation>(Protocol, Peer, Shell& shell, Moment now)>;

enum class Severity : std::uint8_t { debug, info, warning, error };

/// Takes one line for the log. Lines hold no facts and no tokens.
using Log = std::function<void(Severity, std::string_view line)>;

struct TransportOptions {
  TransportLimits limits;
  RequestPolicy policy;
  Log log = [](Severity, std::string_view) {};
  /// For so long `run` looks again and again whether there is something to do before it sleeps.
  std::chrono::microseconds spin{0};
};

/// How many connections there are now.
struct ConnectionCounts {
  std::size_t websocket = 0;
  std::size_t stream = 0;
};

/// All listeners and connections of a server. One thread: that which calls `run`.
class Transport {
 public:
  /// What `answer` and `open` refer to must outlive the transport.
  Transport(TransportOptions options, OpenConversation open, AnswerHttp answer);
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  /// Ends what is still open, at once.
  ~Transport();

  // Each of these starts a listener and returns where it is: `ws://127.0.0.1:7370`,
  // `tcp://[::1]:7371`, `unix:/run/avow/socket`. Errors: `listen-failed`, or `address-missing` if
  // the machine has no such address, with a sentence.
  [[nodiscard]] Result<std::string> listen_websocket(const Address& address);
  [[nodiscard]] Result<std::string> listen_tcp(const Address& address);
  /// The socket file gets mode 0600 and goes with the transport. A file that a dead server left is
  /// replaced; one on which somebody listens is an error.
  [[nodiscard]] Result<std::string> listen_unix(const std::filesystem::path& path);

  /// Until `begin_conversations`, plain HTTP alone is answered: a WebSocket is refused with status
  /// 503 and `why`, a sentence, and on other listeners connections wait. Call before listening.
  void hold_conversations(std::string why);
  /// From now on conversations begin. On the transport's thread.
  void begin_conversations();

  /// Shuts down on SIGTERM and SIGINT; a second one ends at once.
  void shut_down_on_signals();
  /// Accepts no more, lets every conversation say farewell, and ends what lingers after
  /// `drain_time_max`; then `run` returns. From any thread.
  void shut_down();
  /// Serves until all is shut down.
  void run();
  /// Calls `work` on the transport's thread, soon. From any thread.
  void post(std::function<void()> work);

  /// Calls `work` on the transport's thread about every `interval`, until all is shut down. Call
  /// before `run`, or on its thread.
  void every(Milliseconds interval, std::function<void(Moment)> work);

  /// Calls `ring` at about the time that `due` says. `due` is asked anew after everything that the
  /// loop has done; a time that is past rings at once. Call before `run`, or on its thread.
  void on_time(std::function<std::optional<Moment>()> due, std::function<void(Moment)> ring);

  /// As long as `are_left` says so, calls `step` again and again: at once whenever there is nothing
  /// else to do, and otherwise for a quarter of the time at most. Call before `run`, or on its
  /// thread.
  void go_on_in_steps(std::function<bool()> are_left, std::function<void(Moment)> step);

  /// While `is_behind` says so, no more is read from any conversation; what they have to say is
  /// written. Asked before each read, and after everything that the loop has done while input is
  /// held back: whatever ends it has to come through the loop. Call before `run`, or on its thread.
  void hold_input_while(std::function<bool()> is_behind);

  /// Calls `work` on the transport's thread when the shutdown begins. Whatever else was begun on
  /// `loop` has to end then, or `run` never returns. Call before `run`.
  void on_shutdown(std::function<void()> work);
  /// The event loop, for listeners of the program's own.
  [[nodiscard]] boost::asio::io_context& loop();

  // What it does and has done, to be asked on its thread.
  [[nodiscard]] const TransportCounters& counters() const;
  [[nodiscard]] ConnectionCounts connections() const;
  /// What waits to be written, over all connections.
  [[nodiscard]] std::size_t waiting_bytes() const;
  [[nodiscard]] bool shutting_down() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace avow::server
