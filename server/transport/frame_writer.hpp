#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "avow/base/bytes.hpp"
#include "server/session/outbox.hpp"
#include "server/transport/websocket_format.hpp"

// The frames that a WebSocket server sends (RFC 6455, 5.2): unmasked, and each message in one.

namespace avow::server {

/// The head of a frame that holds a whole message.
class MessageHead {
 public:
  MessageHead(FrameType type, std::uint64_t size);
  [[nodiscard]] ByteView bytes() const { return std::span(bytes_).first(size_); }

 private:
  std::array<std::uint8_t, 10> bytes_{};
  std::size_t size_ = 0;
};

enum class ControlFrame : std::uint8_t {
  close = opcode::close,
  ping = opcode::ping,
  pong = opcode::pong
};

/// Appends a control frame; `payload` has at most 125 bytes.
void append_control_frame(Bytes& to, ControlFrame kind, ByteView payload);

/// A close frame. Of `reason` the beginning is sent that fits, cut between two letters; without a
/// code there is no reason.
[[nodiscard]] Bytes close_frame(std::optional<std::uint16_t> code, std::string_view reason);

}  // namespace avow::server
