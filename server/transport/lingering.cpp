#include "server/transport/lingering.hpp"

#include <utility>

namespace avow::server {

namespace {

void close_quietly(Socket& socket) {
  error_code ignored;
  socket.close(ignored);
}

void drain(Shared& shared, Socket& socket, std::shared_ptr<void> owner) {
  socket.async_wait(Socket::wait_read, [&shared, &socket, owner = std::move(owner)](
                                           const error_code& wait_error) mutable {
    if (wait_error) return close_quietly(socket);
    error_code error;
    socket.read_some(asio::buffer(shared.scratch), error);
    if (error && error != asio::error::would_block) return close_quietly(socket);
    drain(shared, socket, std::move(owner));
  });
}

}  // namespace

void linger_and_close(Shared& shared, Socket& socket, std::shared_ptr<void> owner) {
  error_code error;
  socket.cancel(error);  // A read on the way would take the end that we wait for.
  socket.shutdown(Socket::shutdown_send, error);
  if (error) return close_quietly(socket);
  drain(shared, socket, std::move(owner));
}

}  // namespace avow::server
