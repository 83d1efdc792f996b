#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "avow/base/bytes.hpp"
#include "server/session/conversation.hpp"

// Makes messages of the bytes that a WebSocket client sends (RFC 6455, 5), without extensions. It
// moves no bytes itself: whoever reads from the socket hands them over as they come, many frames at
// a time or half of one. Beast reads one frame per operation, which costs as much as all that a
// server does for a small one (docs/PERFORMANCE.md); it still does the opening handshake.
//
//   frame = FIN RSV opcode(4) | MASK length(7) | length (0, 2 or 8 bytes) | mask (4) | payload

namespace avow::server {

/// A whole message. Text is UTF-8.
struct ClientMessage {
  FrameType type;
  ByteView data;
};
/// Is to be answered by a pong with the same payload, of at most 125 bytes.
struct ClientPing {
  ByteView payload;
};
struct ClientPong {};
struct ClientClose {
  std::optional<std::uint16_t> code;  ///< One that may be sent, or none was.
};
/// What the client sent is not allowed; the connection is to be closed like this.
struct ClientBreach {
  CloseCode code;
  std::string_view sentence;
  bool is_fragments = false;  ///< The message had too many of them.
};

using ClientEvent = std::variant<ClientMessage, ClientPing, ClientPong, ClientClose, ClientBreach>;

class MessageReader {
 public:
  /// What a message may have, in bytes and in frames.
  MessageReader(std::size_t bytes_max, std::size_t frames_max)
      : bytes_max_(bytes_max), frames_max_(frames_max) {}

  /// Takes bytes away from the front, unmasking them where they are, until they come to something
  /// or are used up. What is returned holds until the next call, and no longer than the bytes do.
  /// Nothing is to be taken after a close or a breach.
  [[nodiscard]] std::optional<ClientEvent> take(std::span<std::uint8_t>& bytes);

  /// Whether the client is at rest: not inside a frame, nor between two fragments of a message.
  [[nodiscard]] bool at_rest() const {
    return head_size_ == 0 && !is_in_payload_ && message_frames_ == 0;
  }
  /// How often the client has begun something (a message, or a control frame on its own) from rest.
  [[nodiscard]] std::uint64_t begun() const { return begun_; }
  /// Payload that the frames of the current message have announced so far.
  [[nodiscard]] std::uint64_t message_bytes() const { return message_bytes_; }

 private:
  [[nodiscard]] std::optional<ClientEvent> take_whole(std::span<std::uint8_t>& bytes);
  [[nodiscard]] bool take_head(std::span<std::uint8_t>& bytes);
  [[nodiscard]] std::size_t head_size_wanted() const;
  [[nodiscard]] std::optional<ClientBreach> begin_payload();
  [[nodiscard]] std::optional<ClientBreach> begin_message_frame();
  [[nodiscard]] std::optional<std::uint64_t> announced_length() const;
  [[nodiscard]] std::optional<ClientEvent> take_control(ByteView piece);
  [[nodiscard]] std::optional<ClientEvent> take_data(ByteView piece);
  [[nodiscard]] ClientEvent take_payload(ByteView data);
  [[nodiscard]] std::optional<ClientBreach> check_text(bool is_whole);
  [[nodiscard]] ClientEvent complete(ByteView data);
  void unmask(std::span<std::uint8_t> piece) const;
  void forget_message();

  [[nodiscard]] std::uint8_t opcode() const { return head_[0] & 0x0F; }
  [[nodiscard]] bool is_control() const { return (head_[0] & 0x08) != 0; }
  [[nodiscard]] bool is_final() const { return (head_[0] & 0x80) != 0; }

  std::size_t bytes_max_;
  std::size_t frames_max_;
  std::array<std::uint8_t, 14> head_{};
  std::uint8_t head_size_ = 0;
  std::array<std::uint8_t, 4> mask_{};  // Begins with what the next byte of the payload is for.
  bool is_in_payload_ = false;
  bool is_told_ = false;  // The message in `message_` has been returned.
  FrameType type_ = FrameType::binary;
  std::uint64_t payload_left_ = 0;
  std::uint64_t begun_ = 0;
  std::size_t message_frames_ = 0;
  std::uint64_t message_bytes_ = 0;
  Bytes message_;            // What has come of a message that did not come in one piece.
  std::size_t checked_ = 0;  // So much of it is known to be UTF-8.
  Bytes control_;            // What has come of a control frame.
};

}  // namespace avow::server
