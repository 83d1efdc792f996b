#pragma once

#include <array>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "avow/base/bytes.hpp"
#include "tests/unit/transport/websocket_bytes.hpp"

// The other side of a connection: a blocking socket that does as it is told, good or bad.

namespace avow::server {

class SocketClient {
 public:
  /// Connects to a port of 127.0.0.1.
  explicit SocketClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  /// Connects to a Unix socket.
  explicit SocketClient(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    connect(reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  SocketClient(const SocketClient&) = delete;
  SocketClient& operator=(const SocketClient&) = delete;
  ~SocketClient() { ::close(socket_); }

  void send(ByteView bytes) {
    EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  void send(std::string_view text) { send(bytes_of(text)); }
  /// Will send no more, but still reads.
  void end_sending() { ::shutdown(socket_, SHUT_WR); }
  /// Ends the connection by a reset, as a crash of the machine would.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(socket_);
    socket_ = -1;
  }

  /// The next `count` bytes, fewer only if the server ends the connection before.
  std::string receive(std::size_t count) {
    while (received_.size() < count && fetch()) {
    }
    std::string taken = received_.substr(0, count);
    received_.erase(0, count);
    return taken;
  }
  /// Everything up to and including `end`, or up to the end of the connection.
  std::string receive_until(std::string_view end) {
    while (received_.find(end) == std::string::npos && fetch()) {
    }
    const std::size_t at = received_.find(end);
    return receive(at == std::string::npos ? received_.size() : at + end.size());
  }
  /// Everything up to the end of the connection.
  std::string receive_all() {
    while (fetch()) {
    }
    return std::exchange(received_, {});
  }

 private:
  void connect(const sockaddr* address, socklen_t size) {
    const timeval patience{20, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(socket_, address, size) != 0) ADD_FAILURE() << "nobody listens";
  }

  bool fetch() {
    std::array<char, 65'536> piece;
    const ssize_t count = ::recv(socket_, piece.data(), piece.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      ADD_FAILURE() << "neither bytes nor an end came from the server";
    }
    if (count > 0) received_.append(piece.data(), static_cast<std::size_t>(count));
    return count > 0;
  }

  int socket_;
  std::string received_;
};

/// A frame from the server.
struct ReceivedFrame {
  std::uint8_t opcode = 0;
  std::string payload;

  [[nodiscard]] unsigned close_code() const {
    if (opcode != opcode_close || payload.size() < 2) return 0;
    return static_cast<unsigned>(static_cast<std::uint8_t>(payload[0]) << 8 |
                                 static_cast<std::uint8_t>(payload[1]));
  }
  [[nodiscard]] std::string close_reason() const { return payload.substr(2); }
};

/// A client whose connection has been made a WebSocket.
class WebSocketClient : public SocketClient {
 public:
  static std::string upgrade_request() {
    return "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  }

  /// `early` travels in the same piece as the request.
  explicit WebSocketClient(std::uint16_t port, const Bytes& early = {}) : SocketClient(port) {
    send(upgrade_request() + std::string(avow::text_of(early)));
    const std::string head = receive_until("\r\n\r\n");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 101 ")) << head;
  }

  void say(std::string_view text) { send(frame(opcode_text, text)); }

  /// The next frame; an empty one with opcode 0 at the end of the connection.
  ReceivedFrame next() {
    const std::string head = receive(2);
    if (head.size() < 2) return {};
    std::size_t size = static_cast<std::uint8_t>(head[1]);
    if (size >= 126) size = big_endian(receive(size == 126 ? 2 : 8));
    return {static_cast<std::uint8_t>(head[0] & 0x0F), receive(size)};
  }

 private:
  static std::size_t big_endian(const std::string& bytes) {
    std::size_t number = 0;
    for (const char byte : bytes) number = number << 8 | static_cast<std::uint8_t>(byte);
    return number;
  }
};

}  // namespace avow::server
