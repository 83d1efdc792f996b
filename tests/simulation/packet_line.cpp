#include "tests/simulation/packet_line.hpp"

#include <utility>

#include "avow/model/text.hpp"
#include "avow/wire/packet_encoding.hpp"

namespace avow::simulation {
namespace {

Result<wire::Packet> decode(const Arrival& message) {
  if (message.type == server::FrameType::binary) return wire::decode_packet(message.bytes);
  AVOW_TRY(const Value value, parse_text(text_of(message.bytes)));
  return wire::packet_from_value(value);
}

}  // namespace

void PacketLine::say(const wire::Packet& packet) {
  Bytes bytes;
  if (is_text_) {
    append(bytes, bytes_of(wire::packet_to_text(packet) + "\n"));
  } else {
    wire::append_packet(bytes, packet);
  }
  connection_.send(is_text_ ? server::FrameType::text : server::FrameType::binary,
                   std::move(bytes));
}

Result<std::vector<wire::Packet>> PacketLine::receive(const Arrival& arrival) {
  std::vector<wire::Packet> packets;
  if (connection_.protocol() != server::Protocol::syndicate_stream) {
    AVOW_TRY(wire::Packet packet, decode(arrival));
    packets.push_back(std::move(packet));
    return packets;
  }
  ByteView rest = arrival.bytes;
  for (;;) {
    AVOW_TRY(std::optional<wire::Packet> packet, stream_.next(rest));
    if (!packet) return packets;
    packets.push_back(*std::move(packet));
  }
}

}  // namespace avow::simulation
