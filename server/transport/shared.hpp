#pragma once

#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "avow/base/bytes.hpp"
#include "server/transport/asio_types.hpp"
#include "server/transport/roster.hpp"
#include "server/transport/transport.hpp"

// What all connections of one transport share. It outlives them, and belongs to one thread.

namespace avow::server {

/// A connection as the shutdown sees it.
class Connection {
 public:
  /// Says farewell and ends, in its own time.
  virtual void shut_down() = 0;
  /// Ends now.
  virtual void cut() = 0;
  /// What is still to be written to the peer.
  [[nodiscard]] virtual std::size_t waiting_bytes() const = 0;

 protected:
  ~Connection() = default;
};

class ConversationDriver;

struct Shared {
  Shared(TransportOptions with, OpenConversation open_with, AnswerHttp answer_with)
      : options(std::move(with)),
        open(std::move(open_with)),
        answer(std::move(answer_with)),
        roster(options.limits.connections_max, options.limits.connections_per_address_max) {}

  TransportOptions options;
  OpenConversation open;
  AnswerHttp answer;
  TransportCounters counters;
  ConnectionCounts counts;
  Roster roster;
  std::list<Connection*> connections;
  /// Why no conversation may begin yet, or empty: they may.
  std::string not_begun;
  /// Whether no more input is wanted of anybody; and who would read if it were.
  std::function<bool()> is_behind;
  std::vector<ConversationDriver*> held_back;
  /// Called when the last connection has gone, if anybody waits for that.
  std::function<void()> all_gone;
  /// What waits for a time, if anything does: when that is, and whom to tell.
  std::function<std::optional<Moment>()> due;
  std::function<void(Moment)> ring;
  /// What was due before something else is done before it, however late the loop comes to both.
  void catch_up(Moment now) const {
    if (!due) return;
    const std::optional<Moment> when = due();
    if (when && *when <= now) ring(now);
  }
  /// How many connections have something to write that wait for their turn.
  std::size_t writers_due = 0;
  asio::io_context io{1};  ///< One thread runs it.
  /// Where byte streams are read into. Nobody keeps anything in it, so one serves all, and an idle
  /// connection has no buffer of its own.
  Bytes scratch = Bytes(64 << 10);
};

/// While it lives, the connection is among those that a shutdown ends.
class Membership {
 public:
  Membership(Shared& shared, Connection& connection)
      : shared_(shared), place_(shared.connections.insert(shared.connections.end(), &connection)) {}
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;
  ~Membership() {
    shared_.connections.erase(place_);
    if (shared_.connections.empty() && shared_.all_gone) shared_.all_gone();
  }

 private:
  Shared& shared_;
  std::list<Connection*>::iterator place_;
};

/// A connection that was accepted and has a place.
struct Accepted {
  Socket socket;
  Peer peer;
  Place place;
};

/// Begins a conversation over a byte stream. The connection keeps itself alive until it ends.
void serve_stream(Shared& shared, Accepted accepted);
/// Reads a request, and answers it or makes a WebSocket of it. The connection keeps itself alive.
void serve_http(Shared& shared, Accepted accepted);

}  // namespace avow::server
