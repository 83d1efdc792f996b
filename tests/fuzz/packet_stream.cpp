#include "avow/wire/packet_stream.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "avow/wire/packet_encoding.hpp"

// A byte stream from anybody, cut in two ways: at once, and in pieces as long as the first byte of
// the input says. The same packets must come out, and the same error.

namespace avow::wire {
namespace {

struct Read {
  std::vector<Value> packets;
  std::string error;
  bool in_packet = false;

  bool operator==(const Read&) const = default;
};

Read read_in_pieces(ByteView bytes, std::size_t piece) {
  PacketLimits limits;
  limits.bytes_max = 4'096;  // So that the fuzzer finds it.
  PacketStream stream(limits);
  Read read;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    ByteView more = bytes.subspan(at, std::min(piece, bytes.size() - at));
    for (;;) {
      const Result<std::optional<Packet>> next = stream.next(more);
      if (!next.has_value()) {
        read.error = next.error().code;
        return read;
      }
      if (!next.value()) break;
      read.packets.push_back(packet_to_value(**next));
    }
  }
  read.in_packet = stream.in_packet();
  return read;
}

}  // namespace
}  // namespace avow::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const avow::ByteView stream{data + 1, size - 1};
  const std::size_t piece = std::size_t{1} + data[0] % 16;
  AVOW_CHECK(avow::wire::read_in_pieces(stream, piece) ==
             avow::wire::read_in_pieces(stream, stream.size()));
  return 0;
}
