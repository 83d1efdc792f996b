#include "tests/bench/sockets/server.hpp"

namespace avow::bench {

Socket open_websocket(std::uint16_t port, std::string_view path, std::string_view subprotocol) {
  Socket socket(port);
  std::string request = "GET " + std::string(path) +
                        " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        "Sec-WebSocket-Version: 13\r\n";
  if (!subprotocol.empty()) {
    request += "Sec-WebSocket-Protocol: " + std::string(subprotocol) + "\r\n";
  }
  request += "\r\n";
  socket.send(bytes_of(request));
  std::string answer;
  while (answer.find("\r\n\r\n") == std::string::npos) answer += text_of(socket.receive());
  if (answer.find(" 101 ") == std::string::npos) fail("the server does not upgrade");
  return socket;
}

void append_websocket_frame(Bytes& to, ByteView payload) {
  to.push_back(0x82);
  if (payload.size() < 126) {
    to.push_back(static_cast<std::uint8_t>(0x80 | payload.size()));
  } else {
    const bool is_long = payload.size() > 0xFFFF;
    to.push_back(is_long ? 0xFF : 0xFE);
    for (int shift = is_long ? 56 : 8; shift >= 0; shift -= 8) {
      to.push_back(static_cast<std::uint8_t>(payload.size() >> shift));
    }
  }
  to.insert(to.end(), 4, 0);
  append(to, payload);
}

}  // namespace avow::bench
