#include "server/transport/listener.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <netinet/tcp.h>
#include <utility>

#include "server/transport/peer_address.hpp"

namespace avow::server {

namespace {

using UserTimeout = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>;
using KeepAliveIdle = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
using KeepAliveInterval = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPINTVL>;
using KeepAliveCount = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPCNT>;

/// Lets the kernel find peers that have vanished: within 45 s when all is quiet, within 30 s when
/// something waits to be acknowledged. Options that a Unix socket does not know are no matter.
void prepare(Socket& socket) {
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.set_option(KeepAliveIdle(15), ignored);
  socket.set_option(KeepAliveInterval(10), ignored);
  socket.set_option(KeepAliveCount(3), ignored);
  socket.set_option(UserTimeout(30'000), ignored);
}

}  // namespace

const std::string_view http_no_place =
    "HTTP/1.1 503 Service Unavailable\r\nServer: avow\r\nRetry-After: 1\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 52\r\nConnection: close\r\n\r\n"
    "There are too many connections already; come later.\n";
const std::string_view stream_no_place =
    "<error \"there are too many connections already; come later\" #f>\n";

Listener::Listener(Shared& shared, Acceptor acceptor, Kind kind)
    : shared_(shared),
      acceptor_(std::move(acceptor)),
      kind_(kind),
      budget_(shared.options.limits.accepts_per_second_max),
      resume_(shared.io.get_executor(), [this](Moment) { accept(); }) {}

void Listener::start() { accept(); }

void Listener::stop() {
  alive_.reset();
  resume_.stop();
  error_code ignored;
  acceptor_.close(ignored);
}

void Listener::accept() {
  if (kind_.reach == Reach::others) {
    if (const auto later = budget_.spend(std::chrono::steady_clock::now())) {
      return pause_until(*later);
    }
  }
  acceptor_.async_accept(
      [this, alive = std::weak_ptr<bool>(alive_)](const error_code& error, Socket socket) {
        if (!alive.expired()) accepted(error, std::move(socket));
      });
}

void Listener::accepted(const error_code& error, Socket socket) {
  if (!error) {
    place(std::move(socket));
    return accept();
  }
  // A peer that gave up in the meantime is nothing; running out of descriptors takes time to mend.
  if (error == asio::error::connection_aborted) return accept();
  shared_.options.log(Severity::warning, "cannot accept a connection: " + error.message());
  constexpr Milliseconds recovery_time{100};
  pause_until(std::chrono::steady_clock::now() + recovery_time);
}

void Listener::place(Socket socket) {
  error_code error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return;  // Gone already.
  prepare(socket);
  const std::optional<AddressKey> key = limit_key_of(remote);
  if (const auto refusal = shared_.roster.refusal_for(key)) {
    return turn_away(std::move(socket), *refusal);
  }
  ++shared_.counters.accepted;
  kind_.serve(shared_, {std::move(socket), peer_of(remote), shared_.roster.admit(key)});
}

// What cannot be written at once is not worth waiting for: the point is to have no place.
void Listener::turn_away(Socket socket, Refusal reason) {
  shared_.counters.count(reason);
  error_code ignored;
  socket.write_some(asio::buffer(kind_.no_place), ignored);
  socket.shutdown(Socket::shutdown_send, ignored);
}

void Listener::pause_until(Moment when) { resume_.set(when, std::weak_ptr<bool>(alive_)); }

}  // namespace avow::server
