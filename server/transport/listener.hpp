#pragma once

#include <functional>
#include <memory>

#include "avow/base/result.hpp"
#include "server/transport/alarm.hpp"
#include "server/transport/roster.hpp"
#include "server/transport/shared.hpp"

// Takes connections from one listening socket, as fast as the budget and the roster allow.

namespace avow::server {

class Listener {
 public:
  /// What becomes of a connection that got a place.
  using Serve = void (*)(Shared& shared, Accepted accepted);

  enum class Reach : std::uint8_t { this_machine, others };

  struct Kind {
    Serve serve;
    /// Told, as it stands, to a connection for which there is no place.
    std::string_view no_place;
    Reach reach;
  };

  /// Takes over an acceptor that listens. `shared` must outlive the listener.
  Listener(Shared& shared, Acceptor acceptor, Kind kind);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void start();
  /// Accepts no more; the port is free again.
  void stop();

 private:
  void accept();
  void accepted(const error_code& error, Socket socket);
  void place(Socket socket);
  void turn_away(Socket socket, Refusal reason);
  void pause_until(Moment when);

  Shared& shared_;
  Acceptor acceptor_;
  Kind kind_;
  AcceptBudget budget_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Alarm resume_;
};

extern const std::string_view http_no_place;
extern const std::string_view stream_no_place;

}  // namespace avow::server
