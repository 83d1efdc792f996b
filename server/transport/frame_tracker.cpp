#include "server/transport/frame_tracker.hpp"

#include <algorithm>

namespace avow::server {

namespace {

constexpr std::size_t short_head_bytes = 2;
constexpr std::size_t mask_bytes = 4;
constexpr std::uint8_t length_in_2_bytes = 126;
constexpr std::uint8_t length_in_8_bytes = 127;

}  // namespace

void FrameTracker::feed(ByteView bytes) {
  while (!bytes.empty()) {
    if (payload_left_ == 0) {
      if (at_rest()) ++begun_;
      take_head_byte(bytes.front());
      bytes = bytes.subspan(1);
      continue;
    }
    const auto skipped =
        static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, bytes.size()));
    payload_left_ -= skipped;
    bytes = bytes.subspan(skipped);
    if (payload_left_ == 0) payload_complete();
  }
}

void FrameTracker::take_head_byte(std::uint8_t byte) {
  head_[head_size_++] = byte;
  if (head_size_ >= short_head_bytes && head_size_ == head_size_wanted()) head_complete();
}

std::size_t FrameTracker::head_size_wanted() const {
  const std::uint8_t length = head_[1] & 0x7F;
  std::size_t wanted = short_head_bytes;
  if (length == length_in_2_bytes) wanted += 2;
  if (length == length_in_8_bytes) wanted += 8;
  if ((head_[1] & 0x80) != 0) wanted += mask_bytes;
  return wanted;
}

std::uint64_t FrameTracker::announced_length() const {
  const std::uint8_t length = head_[1] & 0x7F;
  if (length < length_in_2_bytes) return length;
  const std::size_t length_bytes = length == length_in_2_bytes ? 2 : 8;
  std::uint64_t announced = 0;
  for (std::size_t at = 0; at < length_bytes; ++at) {
    announced = announced << 8 | head_[short_head_bytes + at];
  }
  return announced;
}

void FrameTracker::head_complete() {
  payload_left_ = announced_length();
  if (!is_control()) {
    inside_message_ = true;
    most_frames_ = std::max(most_frames_, ++message_frames_);
    message_bytes_ += payload_left_;
  }
  head_size_ = 0;
  if (payload_left_ == 0) payload_complete();
}

void FrameTracker::payload_complete() {
  if (is_control() || !is_final()) return;
  inside_message_ = false;
  message_frames_ = 0;
  message_bytes_ = 0;
}

}  // namespace avow::server
