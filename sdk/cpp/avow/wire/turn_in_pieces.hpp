#pragma once

#include <cstddef>
#include <cstdint>

#include "avow/base/bytes.hpp"
#include "avow/wire/packet.hpp"
#include "avow/wire/packet_reading.hpp"
#include "avow/wire/preserves_scanner.hpp"

// A plain turn (packet_reading.hpp) whose bytes come in pieces. Whole entries are read where they
// are, and only once; of an entry that is cut the beginning is kept, and looked at by a scanner, so
// that what is wrong with it is found as soon as it comes.

namespace avow::wire {

class TurnInPieces {
 public:
  enum class Step : std::uint8_t {
    whole,  ///< The turn has ended, `consumed` bytes behind where the last piece began.
    cut,    ///< The turn goes on in the next piece.
    other,  ///< The turn is not plain, or not within the limits. Nothing can be read on.
  };

  /// As much of a turn as has been read; at least its beginning.
  TurnInPieces(TurnPrefix read, const PacketLimits& limits);

  /// Takes up what stands behind that, and could not be read: never the end.
  [[nodiscard]] Step begin(ByteView rest) { return begin_entry(rest); }
  /// Reads the next piece.
  [[nodiscard]] Step read(ByteView piece);

  [[nodiscard]] std::size_t consumed() const { return consumed_; }
  [[nodiscard]] Turn& turn() { return read_.turn; }

 private:
  [[nodiscard]] Step begin_entry(ByteView beginning);
  [[nodiscard]] bool read_entry();
  [[nodiscard]] Step read_whole_entries(ByteView rest);

  PacketLimits limits_;
  TurnPrefix read_;
  PreservesScanner scanner_;  // Of the entry that is cut.
  Bytes entry_;               // Its beginning.
  std::size_t consumed_ = 0;
};

}  // namespace avow::wire
