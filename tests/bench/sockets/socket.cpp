#include "tests/bench/sockets/socket.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace avow::bench {

void fail(const char* what) {
  std::fprintf(stderr, "sockets: %s (%s)\n", what, std::strerror(errno));
  std::exit(1);
}

Socket::Socket(std::uint16_t port) : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (descriptor_ < 0) fail("no socket is to be had");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail("nobody listens on that port");
  }
  const int on = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Socket::~Socket() {
  if (descriptor_ >= 0) close(descriptor_);
}

void Socket::send(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) fail("the server takes no more");
    if (sent > 0) bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
}

ByteView Socket::receive() {
  static thread_local std::vector<std::uint8_t> buffer(1 << 20);
  const ssize_t received = recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (received <= 0) fail("the server has closed the connection");
  return {buffer.data(), static_cast<std::size_t>(received)};
}

ByteView Socket::receive_within(int milliseconds) {
  pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
  if (poll(&waiting, 1, milliseconds) <= 0) return {};
  return receive();
}

void Socket::discard() {
  static thread_local std::vector<std::uint8_t> buffer(1 << 18);
  while (recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) {
  }
}

Bytes Socket::receive_until(std::string_view tail) {
  Bytes all;
  do {
    append(all, receive());
  } while (all.size() < tail.size() || !text_of(all).ends_with(tail));
  return all;
}

Bytes Socket::receive_through(std::string_view text) {
  Bytes all;
  do {
    append(all, receive());
  } while (text_of(all).find(text) == std::string_view::npos);
  return all;
}

}  // namespace avow::bench
