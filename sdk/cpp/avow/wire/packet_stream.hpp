#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"
#include "avow/model/text.hpp"
#include "avow/wire/packet.hpp"
#include "avow/wire/preserves_scanner.hpp"
#include "avow/wire/turn_in_pieces.hpp"

// Packets out of a byte stream (TCP, Unix sockets), where they stand one after another and are cut
// anywhere. The very first byte tells the encoding: from 80 hex on the stream is binary, else text.

namespace avow::wire {

class PacketStream {
 public:
  enum class Encoding : std::uint8_t { binary, text };

  explicit PacketStream(const PacketLimits& limits = {});

  /// Takes the next whole packet from the front of `more`, which is moved behind it; nothing when
  /// `more` is used up (what began a packet is kept for the next call):
  ///
  ///     while (true) { auto packet = stream.next(more); … if (!*packet) break; … }
  ///
  /// Errors, after which the stream is of no more use: `bad-packet`, `bad-binary`, `bad-text`;
  /// `limit`, as soon as something over the limit is announced.
  [[nodiscard]] Result<std::optional<Packet>> next(ByteView& more);

  /// How the other side encodes, once its first byte is there.
  [[nodiscard]] std::optional<Encoding> encoding() const { return encoding_; }
  /// Whether a packet has begun whose end has not come.
  [[nodiscard]] bool in_packet() const;

 private:
  [[nodiscard]] Result<std::optional<Turn>> next_plain_turn(ByteView& more);
  [[nodiscard]] Result<std::optional<Turn>> read_piece(ByteView& more);
  void begin_pieces(TurnPrefix read, ByteView more);
  [[nodiscard]] Result<std::optional<std::size_t>> find_end(ByteView more);
  [[nodiscard]] Result<Packet> decode(ByteView whole) const;
  [[nodiscard]] Result<Packet> decode_text(ByteView whole) const;
  [[nodiscard]] Result<void> keep(ByteView beginning);

  PacketLimits limits_;
  std::optional<Encoding> encoding_;
  PreservesScanner binary_scanner_;
  TextScanner text_scanner_;
  Bytes begun_;  // The beginning of a packet that is not whole yet.
  // The same, as long as it is that of a plain turn: the scanners have not seen it then.
  std::unique_ptr<TurnInPieces> begun_turn_;
};

}  // namespace avow::wire
