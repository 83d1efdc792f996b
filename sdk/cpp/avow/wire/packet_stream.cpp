#include "avow/wire/packet_stream.hpp"

#include <utility>

#include "avow/wire/packet_reading.hpp"

namespace avow::wire {
namespace {

bool is_blank(ByteView text) {
  return text_of(text).find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

PacketStream::PacketStream(const PacketLimits& limits)
    : limits_(limits), binary_scanner_(whole_packet_limits(limits), limits.bytes_max) {}

Result<std::optional<Packet>> PacketStream::next(ByteView& more) {
  if (more.empty()) return std::optional<Packet>();
  if (!encoding_) encoding_ = more[0] >= 0x80 ? Encoding::binary : Encoding::text;

  // A turn that is there as a whole need not be looked at twice. This is tried once a packet, so
  // that a stream in many pieces costs no more for it.
  if (encoding_ == Encoding::binary && begun_.empty()) {
    if (std::optional<TurnPrefix> plain = read_plain_turn(more, limits_)) {
      if (plain->consumed > limits_.bytes_max) return packet_too_long(limits_);
      more = more.subspan(plain->consumed);
      return std::optional<Packet>(std::move(plain->turn));
    }
  }

  AVOW_TRY(const std::optional<std::size_t> end, find_end(more));
  if (!end) {
    AVOW_TRY_VOID(keep(std::exchange(more, {})));
    return std::optional<Packet>();
  }
  const ByteView tail = more.first(*end);
  more = more.subspan(*end);
  if (begun_.empty()) {
    AVOW_TRY(Packet packet, decode(tail));
    return std::optional(std::move(packet));
  }
  AVOW_TRY_VOID(keep(tail));
  AVOW_TRY(Packet packet, decode(std::exchange(begun_, {})));
  return std::optional(std::move(packet));
}

bool PacketStream::in_packet() const {
  // A comment belongs to the packet that follows it, but nobody need hurry with that.
  return !begun_.empty() && !(encoding_ == Encoding::text && text_scanner_.at_boundary());
}

Result<std::optional<std::size_t>> PacketStream::find_end(ByteView more) {
  if (encoding_ == Encoding::binary) return binary_scanner_.feed(more);
  return text_scanner_.feed(text_of(more));
}

Result<Packet> PacketStream::decode(ByteView whole) const {
  return encoding_ == Encoding::binary ? decode_packet(whole, limits_) : decode_text(whole);
}

Result<Packet> PacketStream::decode_text(ByteView whole) const {
  if (whole.size() > limits_.bytes_max) return packet_too_long(limits_);
  AVOW_TRY(const Value value, parse_text(text_of(whole), whole_packet_limits(limits_)));
  return packet_from_value(value, limits_);
}

Result<void> PacketStream::keep(ByteView beginning) {
  // White space between packets begins none.
  if (encoding_ == Encoding::text && begun_.empty() && is_blank(beginning)) return {};
  if (beginning.size() > limits_.bytes_max - begun_.size()) return packet_too_long(limits_);
  append(begun_, beginning);
  return {};
}

}  // namespace avow::wire
