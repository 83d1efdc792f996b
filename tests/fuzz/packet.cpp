#include "avow/wire/packet.hpp"

#include "avow/wire/packet_reading.hpp"
#include "avow/wire/preserves.hpp"

// Packets from anybody: what is read in place must be what is read as a whole value.

namespace avow::wire {
namespace {

void check_in_place(ByteView binary) {
  const std::optional<TurnPrefix> plain = read_plain_turn(binary, {});
  if (!plain) return;
  const Result<Value> value =
      decode_value(binary.first(plain->consumed), whole_packet_limits(PacketLimits()));
  AVOW_CHECK(value.has_value());
  const Result<Packet> packet = packet_from_value(*value);
  AVOW_CHECK(packet.has_value());
  AVOW_CHECK(packet_to_value(*packet) == packet_to_value(plain->turn));
}

void run(ByteView binary) {
  check_in_place(binary);
  const Result<Packet> packet = decode_packet(binary);
  if (!packet.has_value()) return;
  const Value written = packet_to_value(*packet);
  const Result<Packet> again = decode_packet(written.bytes());
  AVOW_CHECK(again.has_value() && again->index() == packet->index());
  AVOW_CHECK(packet_to_value(*again) == written);
}

}  // namespace
}  // namespace avow::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  avow::wire::run({data, size});
  return 0;
}
