#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "avow/base/bytes.hpp"

// The bytes that a WebSocket client sends (RFC 6455, 5.2), made by hand, so that a test can also
// send what no client should.

namespace avow::server {

constexpr std::uint8_t opcode_continuation = 0x0;
constexpr std::uint8_t opcode_text = 0x1;
constexpr std::uint8_t opcode_binary = 0x2;
constexpr std::uint8_t opcode_close = 0x8;
constexpr std::uint8_t opcode_ping = 0x9;
constexpr std::uint8_t opcode_pong = 0xA;

enum class Fin : std::uint8_t { no = 0x00, yes = 0x80 };

/// The head of a frame that announces `size` bytes, masked with zeros.
[[nodiscard]] inline Bytes frame_head(std::uint8_t opcode, std::uint64_t size, Fin fin = Fin::yes) {
  Bytes head{static_cast<std::uint8_t>(static_cast<std::uint8_t>(fin) | opcode)};
  const int length_bytes = size < 126 ? 0 : (size < 65'536 ? 2 : 8);
  const std::uint64_t length = length_bytes == 0 ? size : (length_bytes == 2 ? 126U : 127U);
  head.push_back(static_cast<std::uint8_t>(0x80 | length));
  for (int at = length_bytes - 1; at >= 0; --at) {
    head.push_back(static_cast<std::uint8_t>(size >> (8 * at)));
  }
  head.insert(head.end(), 4, 0);
  return head;
}

[[nodiscard]] inline Bytes frame(std::uint8_t opcode, std::string_view payload,
                                 Fin fin = Fin::yes) {
  Bytes whole = frame_head(opcode, payload.size(), fin);
  append(whole, bytes_of(payload));
  return whole;
}

}  // namespace avow::server
