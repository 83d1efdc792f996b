#pragma once

#include <array>
#include <cstdint>

#include "avow/base/bytes.hpp"

// Follows the frames of a WebSocket by their heads alone, without looking at what they carry. Beast
// tells us of a message only when some of its payload is there, and never of its frames; to cut a
// client that crawls, or that sends endless tiny fragments, we must know when a message began, how
// much of it is announced and how many frames it has. Breaches of the protocol are Beast's to find.
//
//   frame = FIN RSV opcode(4) | MASK length(7) | length (0, 2 or 8 bytes) | mask (0 or 4) | payload

namespace avow::server {

class FrameTracker {
 public:
  /// The next bytes that came from the peer, in any pieces.
  void feed(ByteView bytes);

  /// Whether the peer is at rest: not inside a frame, nor between two fragments of a message.
  [[nodiscard]] bool at_rest() const {
    return head_size_ == 0 && payload_left_ == 0 && !inside_message_;
  }
  /// How often the peer has begun something (a message, or a control frame on its own) from rest.
  [[nodiscard]] std::uint64_t begun() const { return begun_; }
  /// Frames of the current message, if there is one; control frames among them are not counted.
  [[nodiscard]] std::size_t message_frames() const { return message_frames_; }
  /// Frames of the longest message so far.
  [[nodiscard]] std::size_t most_frames() const { return most_frames_; }
  /// Payload that the frames of the current message have announced so far.
  [[nodiscard]] std::uint64_t message_bytes() const { return message_bytes_; }

 private:
  void take_head_byte(std::uint8_t byte);
  void head_complete();
  void payload_complete();
  [[nodiscard]] std::size_t head_size_wanted() const;
  [[nodiscard]] std::uint64_t announced_length() const;
  [[nodiscard]] bool is_control() const { return (head_[0] & 0x08) != 0; }
  [[nodiscard]] bool is_final() const { return (head_[0] & 0x80) != 0; }

  std::array<std::uint8_t, 14> head_{};
  std::size_t head_size_ = 0;
  std::uint64_t payload_left_ = 0;
  bool inside_message_ = false;
  std::uint64_t begun_ = 0;
  std::size_t message_frames_ = 0;
  std::size_t most_frames_ = 0;
  std::uint64_t message_bytes_ = 0;
};

}  // namespace avow::server
