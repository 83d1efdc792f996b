#include "server/transport/message_reader.hpp"

#include <algorithm>
#include <cstring>

#include "avow/model/encoding.hpp"
#include "server/transport/websocket_format.hpp"

namespace avow::server {

namespace {

constexpr std::size_t short_head_bytes = 2;
constexpr std::size_t mask_bytes = 4;
/// A larger buffer is not kept from one message to the next.
constexpr std::size_t kept_message_bytes = 1'024;

ClientBreach breach(std::string_view sentence) { return {CloseCode::protocol_error, sentence}; }

bool is_known(std::uint8_t code) {
  return code <= opcode::binary || (code >= opcode::close && code <= opcode::pong);
}

// Which codes a close frame may carry: RFC 6455, 7.4, and the registry that it founds.
bool may_be_sent(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

struct WholeFrame {
  FrameType type;
  std::size_t head_size;
  std::span<std::uint8_t> payload;  // Still masked; the mask stands before it.
};

// The frame at the front of `bytes`, if it holds a message, of less than 64 KiB, and nothing is
// wrong with its head.
std::optional<WholeFrame> whole_frame(std::span<std::uint8_t> bytes) {
  constexpr std::uint8_t whole_text = 0x80 | opcode::text;
  constexpr std::uint8_t whole_binary = 0x80 | opcode::binary;
  constexpr std::uint8_t masked = 0x80;
  if (bytes.size() < short_head_bytes + 2 + mask_bytes) return std::nullopt;
  if (bytes[0] != whole_binary && bytes[0] != whole_text) return std::nullopt;
  std::size_t size = bytes[1] ^ masked;
  std::size_t head_size = short_head_bytes + mask_bytes;
  if (size == length_in_2_bytes) {
    size = static_cast<std::size_t>(bytes[2] << 8U | bytes[3]);
    if (size < length_in_2_bytes) return std::nullopt;
    head_size += 2;
  } else if (size > length_in_2_bytes) {
    return std::nullopt;  // A longer length, or no mask.
  }
  if (size > bytes.size() - head_size) return std::nullopt;
  return WholeFrame{bytes[0] == whole_text ? FrameType::text : FrameType::binary, head_size,
                    bytes.subspan(head_size, size)};
}

using Mask = std::array<std::uint8_t, mask_bytes>;

// The mask as it goes on behind so many bytes of payload.
Mask mask_after(const Mask& mask, std::size_t size) {
  Mask after{};
  for (std::size_t i = 0; i < mask.size(); ++i) after[i] = mask[(size + i) % mask.size()];
  return after;
}

// How many bytes at the front of `text` do not end in the middle of a letter, if it is UTF-8.
std::size_t whole_letters(ByteView text) {
  constexpr std::size_t letter_bytes_max = 4;
  const std::size_t looked_at = std::min(text.size(), letter_bytes_max - 1);
  for (std::size_t back = 1; back <= looked_at; ++back) {
    const std::uint8_t byte = text[text.size() - back];
    if ((byte & 0xC0) == 0x80) continue;  // It follows upon another.
    const std::size_t wanted = byte >= 0xF0 ? 4 : (byte >= 0xE0 ? 3 : (byte >= 0xC0 ? 2 : 1));
    return wanted > back ? text.size() - back : text.size();
  }
  return text.size();
}

}  // namespace

std::optional<ClientEvent> MessageReader::take(std::span<std::uint8_t>& bytes) {
  if (is_told_) forget_message();
  if (at_rest()) {
    if (auto message = take_whole(bytes)) return message;
  }
  while (is_in_payload_ || !bytes.empty()) {
    if (!is_in_payload_) {
      if (!take_head(bytes)) return std::nullopt;
      if (const auto refused = begin_payload()) return *refused;
    }
    if (bytes.empty() && payload_left_ > 0) return std::nullopt;
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, bytes.size()));
    const std::span<std::uint8_t> piece = bytes.first(size);
    bytes = bytes.subspan(size);
    unmask(piece);
    mask_ = mask_after(mask_, size);
    payload_left_ -= size;
    is_in_payload_ = payload_left_ > 0;
    if (auto event = is_control() ? take_control(piece) : take_data(piece)) return event;
  }
  return std::nullopt;
}

// What nearly all comes as: a message in one frame that is not long and is there as a whole.
// Nothing if what is there is anything else, or is wrong.
std::optional<ClientEvent> MessageReader::take_whole(std::span<std::uint8_t>& bytes) {
  const std::optional<WholeFrame> frame = whole_frame(bytes);
  if (!frame || frame->payload.size() > bytes_max_ || frames_max_ == 0) return std::nullopt;
  bytes = bytes.subspan(frame->head_size + frame->payload.size());
  ++begun_;
  type_ = frame->type;
  std::copy_n(frame->payload.data() - mask_bytes, mask_bytes, mask_.begin());
  unmask(frame->payload);
  return take_payload(frame->payload);
}

// Whether the head is complete. Most come in one piece.
bool MessageReader::take_head(std::span<std::uint8_t>& bytes) {
  if (at_rest()) ++begun_;
  for (;;) {
    const std::size_t wanted = head_size_wanted();
    if (head_size_ == wanted) return true;
    if (bytes.empty()) return false;
    const std::size_t size = std::min(wanted - head_size_, bytes.size());
    std::copy_n(bytes.begin(), size, head_.begin() + head_size_);
    head_size_ = static_cast<std::uint8_t>(head_size_ + size);
    bytes = bytes.subspan(size);
  }
}

// As much as is known of it: its first two bytes tell.
std::size_t MessageReader::head_size_wanted() const {
  if (head_size_ < short_head_bytes) return short_head_bytes;
  const std::uint8_t length = head_[1] & 0x7F;
  std::size_t wanted = short_head_bytes;
  if (length == length_in_2_bytes) wanted += 2;
  if (length == length_in_8_bytes) wanted += 8;
  if ((head_[1] & 0x80) != 0) wanted += mask_bytes;
  return wanted;
}

// Nothing if the length is not written as short as it can be, or has its first bit set.
std::optional<std::uint64_t> MessageReader::announced_length() const {
  const std::uint8_t length = head_[1] & 0x7F;
  if (length < length_in_2_bytes) return length;
  const std::size_t length_bytes = length == length_in_2_bytes ? 2 : 8;
  std::uint64_t announced = 0;
  for (std::size_t at = 0; at < length_bytes; ++at) {
    announced = announced << 8U | head_[short_head_bytes + at];
  }
  const bool is_short = length_bytes == 2 ? announced < length_in_2_bytes : announced < 65'536;
  if (is_short || (announced >> 63U) != 0) return std::nullopt;
  return announced;
}

std::optional<ClientBreach> MessageReader::begin_payload() {
  if ((head_[0] & 0x70) != 0) return breach("Reserved bits are set, and no extension was agreed.");
  if (!is_known(opcode())) return breach("There is no such opcode.");
  if ((head_[1] & 0x80) == 0) return breach("What a client sends must be masked.");
  const std::optional<std::uint64_t> length = announced_length();
  if (!length) return breach("The length is not written as short as it can be.");
  if (is_control() && !is_final()) return breach("A control frame must not be fragmented.");
  if (is_control() && *length > control_bytes_max) return breach("A control frame is too long.");
  std::copy_n(head_.begin() + head_size_ - mask_bytes, mask_bytes, mask_.begin());
  payload_left_ = *length;
  if (!is_control()) {
    if (const auto refused = begin_message_frame()) return refused;
  }
  head_size_ = 0;
  is_in_payload_ = true;
  if (is_control()) control_.clear();
  return std::nullopt;
}

std::optional<ClientBreach> MessageReader::begin_message_frame() {
  const bool goes_on = opcode() == opcode::continuation;
  if (goes_on && message_frames_ == 0) return breach("There is no message to go on with.");
  if (!goes_on && message_frames_ > 0) return breach("The message before is not complete.");
  if (!goes_on) type_ = opcode() == opcode::text ? FrameType::text : FrameType::binary;
  if (++message_frames_ > frames_max_) {
    return ClientBreach{CloseCode::policy_violation, "The message has too many fragments.", true};
  }
  if (payload_left_ > bytes_max_ - message_bytes_) {
    return ClientBreach{CloseCode::message_too_big, "The message is too large."};
  }
  message_bytes_ += payload_left_;
  return std::nullopt;
}

// Many bytes at a time: gcc does not do so by itself.
void MessageReader::unmask(std::span<std::uint8_t> piece) const {
  std::array<std::uint8_t, 8> mask{};
  std::copy(mask_.begin(), mask_.end(), mask.begin());
  std::copy(mask_.begin(), mask_.end(), mask.begin() + mask_bytes);
  std::uint64_t wide_mask = 0;
  std::memcpy(&wide_mask, mask.data(), sizeof wide_mask);
  std::uint8_t* at = piece.data();
  std::size_t left = piece.size();
  std::array<std::uint64_t, 4> words{};
  for (; left >= sizeof words; left -= sizeof words, at += sizeof words) {
    std::memcpy(words.data(), at, sizeof words);
    for (std::uint64_t& word : words) word ^= wide_mask;
    std::memcpy(at, words.data(), sizeof words);
  }
  for (; left >= sizeof wide_mask; left -= sizeof wide_mask, at += sizeof wide_mask) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    word ^= wide_mask;
    std::memcpy(at, &word, sizeof word);
  }
  for (std::size_t i = 0; i < left; ++i) at[i] ^= mask[i];
}

std::optional<ClientEvent> MessageReader::take_control(ByteView piece) {
  append(control_, piece);
  if (is_in_payload_) return std::nullopt;
  if (opcode() == opcode::ping) return ClientPing{control_};
  if (opcode() == opcode::pong) return ClientPong{};
  if (control_.empty()) return ClientClose{};
  if (control_.size() == 1) return breach("The close code is cut off.");
  const auto code = static_cast<std::uint16_t>(control_[0] << 8U | control_[1]);
  if (!may_be_sent(code)) return breach("There is no such close code.");
  if (!is_utf8(ByteView(control_).subspan(2))) {
    return ClientBreach{CloseCode::invalid_payload, "The reason of the close is not UTF-8."};
  }
  return ClientClose{code};
}

std::optional<ClientEvent> MessageReader::take_data(ByteView piece) {
  const bool is_whole = !is_in_payload_ && is_final();
  if (is_whole && message_.empty()) return take_payload(piece);
  append(message_, piece);
  if (const auto refused = check_text(is_whole)) return *refused;
  if (!is_whole) return std::nullopt;
  return complete(message_);
}

// Of a message that is there as a whole.
ClientEvent MessageReader::take_payload(ByteView data) {
  if (type_ == FrameType::text && !is_utf8(data)) {
    return ClientBreach{CloseCode::invalid_payload, "The text is not UTF-8."};
  }
  return complete(data);
}

// What is wrong is told before the message is complete; each letter is looked at once.
std::optional<ClientBreach> MessageReader::check_text(bool is_whole) {
  if (type_ != FrameType::text) return std::nullopt;
  const ByteView unchecked = ByteView(message_).subspan(checked_);
  const std::size_t ready = is_whole ? unchecked.size() : whole_letters(unchecked);
  checked_ += ready;
  if (is_utf8(unchecked.first(ready))) return std::nullopt;
  return ClientBreach{CloseCode::invalid_payload, "The text is not UTF-8."};
}

ClientEvent MessageReader::complete(ByteView data) {
  message_frames_ = 0;
  message_bytes_ = 0;
  is_told_ = true;
  return ClientMessage{type_, data};
}

void MessageReader::forget_message() {
  is_told_ = false;
  checked_ = 0;
  message_.clear();
  if (message_.capacity() > kept_message_bytes) message_.shrink_to_fit();
}

}  // namespace avow::server
