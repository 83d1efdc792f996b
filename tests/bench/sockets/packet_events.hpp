#pragma once

#include <cstddef>
#include <cstdint>

#include "avow/base/bytes.hpp"

// Counts the events in Preserves packets without decoding them, so that the count costs the driver
// little. A packet is a sequence of events, each a sequence of its own, `[oid event]`: an event is
// what opens at depth two.

namespace avow::bench {

class PacketEvents {
 public:
  /// Takes the next bytes of the stream; returns how many events begin in them. A packet that is no
  /// turn ends the program: a server says so that the session is over.
  std::uint64_t take(ByteView bytes);

 private:
  void open(std::uint8_t tag);
  void take_length(std::uint8_t byte);

  std::uint64_t events_ = 0;
  std::size_t depth_ = 0;
  bool is_length_ = false;  // The next byte belongs to the length of an atom.
  unsigned shift_ = 0;
  std::size_t left_ = 0;  // Of that length so far, then of the atom.
};

}  // namespace avow::bench
