#include "avow/wire/packet_stream.hpp"

#include <utility>

#include "avow/wire/packet_reading.hpp"

namespace avow::wire {
namespace {

// Of a turn that comes in pieces events are kept beside its bytes, and may take more room.
constexpr std::size_t plain_bytes_max = 64 << 10;

bool is_blank(ByteView text) {
  return text_of(text).find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

PacketStream::PacketStream(const PacketLimits& limits)
    : limits_(limits), binary_scanner_(whole_packet_limits(limits), limits.bytes_max) {}

Result<std::optional<Packet>> PacketStream::next(ByteView& more) {
  if (more.empty()) return std::optional<Packet>();
  if (!encoding_) encoding_ = more[0] >= 0x80 ? Encoding::binary : Encoding::text;

  if (encoding_ == Encoding::binary) {
    AVOW_TRY(std::optional<Turn> turn, next_plain_turn(more));
    if (turn) return std::optional<Packet>(*std::move(turn));
    if (begun_turn_ != nullptr) {
      AVOW_TRY_VOID(keep(std::exchange(more, {})));
      return std::optional<Packet>();
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

// Most turns are there as a whole, and are read without finding out first where they end. Nothing
// if that of the stream is none, or is cut: then `begun_turn_` reads on.
Result<std::optional<Turn>> PacketStream::next_plain_turn(ByteView& more) {
  if (begun_turn_ != nullptr) return read_piece(more);
  if (!begun_.empty()) return std::optional<Turn>();
  TurnPrefix plain;
  if (!read_plain_turn_on(plain, more, limits_)) {
    begin_pieces(std::move(plain), more);
    return std::optional<Turn>();
  }
  if (plain.consumed > limits_.bytes_max) return packet_too_long(limits_);
  more = more.subspan(plain.consumed);
  return std::optional<Turn>(std::move(plain.turn));
}

void PacketStream::begin_pieces(TurnPrefix read, ByteView more) {
  if (read.consumed == 0 || more.size() > plain_bytes_max) return;
  const ByteView rest = more.subspan(read.consumed);
  begun_turn_ = std::make_unique<TurnInPieces>(std::move(read), limits_);
  if (begun_turn_->begin(rest) != TurnInPieces::Step::cut) begun_turn_.reset();
}

Result<std::optional<Turn>> PacketStream::read_piece(ByteView& more) {
  const TurnInPieces::Step step = begun_turn_->read(more);
  if (step == TurnInPieces::Step::whole) {
    more = more.subspan(begun_turn_->consumed());
    begun_ = {};
    const std::unique_ptr<TurnInPieces> whole = std::exchange(begun_turn_, nullptr);
    return std::optional<Turn>(std::move(whole->turn()));
  }
  const bool is_small = begun_.size() + more.size() <= plain_bytes_max;
  if (step == TurnInPieces::Step::cut && is_small) return std::optional<Turn>();
  begun_turn_.reset();
  AVOW_TRY(const std::optional<std::size_t> end, binary_scanner_.feed(begun_));
  AVOW_CHECK(!end);
  return std::optional<Turn>();
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
