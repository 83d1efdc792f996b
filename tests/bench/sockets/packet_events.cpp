#include "tests/bench/sockets/packet_events.hpp"

#include <algorithm>
#include <utility>

#include "avow/model/encoding.hpp"
#include "tests/bench/sockets/socket.hpp"

namespace avow::bench {

std::uint64_t PacketEvents::take(ByteView bytes) {
  while (!bytes.empty()) {
    if (is_length_) {
      take_length(bytes.front());
      bytes = bytes.subspan(1);
      continue;
    }
    if (left_ > 0) {
      const std::size_t skipped = std::min(left_, bytes.size());
      left_ -= skipped;
      bytes = bytes.subspan(skipped);
      continue;
    }
    open(bytes.front());
    bytes = bytes.subspan(1);
  }
  return std::exchange(events_, 0);
}

void PacketEvents::open(std::uint8_t tag) {
  switch (tag) {
    case tag::false_:
    case tag::true_:
    case tag::embedded:
      return;
    case tag::end:
      --depth_;
      return;
    case tag::record:
    case tag::sequence:
    case tag::set:
    case tag::dictionary:
      if (depth_ == 0 && tag != tag::sequence) fail("the server has ended the session");
      if (++depth_ == 2) ++events_;
      return;
    default:  // An atom: its length comes first.
      is_length_ = true;
      shift_ = 0;
  }
}

// Seven bits a byte, the lowest first; the highest bit says that more follow.
void PacketEvents::take_length(std::uint8_t byte) {
  left_ |= std::size_t{byte & 0x7FU} << shift_;
  shift_ += 7;
  is_length_ = (byte & 0x80U) != 0;
}

}  // namespace avow::bench
