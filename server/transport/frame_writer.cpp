#include "server/transport/frame_writer.hpp"

#include "avow/base/check.hpp"

namespace avow::server {

namespace {

constexpr std::uint8_t final_fragment = 0x80;
constexpr std::size_t close_code_bytes = 2;

/// The beginning of `text` that fits a close frame, cut between two letters.
std::string_view reason_that_fits(std::string_view text) {
  constexpr std::size_t reason_bytes_max = control_bytes_max - close_code_bytes;
  if (text.size() <= reason_bytes_max) return text;
  std::size_t end = reason_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

MessageHead::MessageHead(FrameType type, std::uint64_t size) {
  bytes_[0] = final_fragment | (type == FrameType::text ? opcode::text : opcode::binary);
  std::size_t length_bytes = 0;
  if (size < length_in_2_bytes) {
    bytes_[1] = static_cast<std::uint8_t>(size);
  } else {
    length_bytes = size <= 0xFFFF ? 2 : 8;
    bytes_[1] = length_bytes == 2 ? length_in_2_bytes : length_in_8_bytes;
  }
  for (std::size_t at = 0; at < length_bytes; ++at) {
    bytes_[2 + at] = static_cast<std::uint8_t>(size >> (8 * (length_bytes - 1 - at)));
  }
  size_ = 2 + length_bytes;
}

void append_control_frame(Bytes& to, ControlFrame kind, ByteView payload) {
  AVOW_CHECK(payload.size() <= control_bytes_max);
  to.push_back(final_fragment | static_cast<std::uint8_t>(kind));
  to.push_back(static_cast<std::uint8_t>(payload.size()));
  append(to, payload);
}

Bytes close_frame(std::optional<std::uint16_t> code, std::string_view reason) {
  Bytes payload;
  if (code) {
    payload.push_back(static_cast<std::uint8_t>(*code >> 8U));
    payload.push_back(static_cast<std::uint8_t>(*code & 0xFFU));
    append(payload, bytes_of(reason_that_fits(reason)));
  }
  Bytes frame;
  append_control_frame(frame, ControlFrame::close, payload);
  return frame;
}

}  // namespace avow::server
