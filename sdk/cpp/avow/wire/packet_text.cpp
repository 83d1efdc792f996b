#include "avow/model/text.hpp"
#include "avow/wire/packet_encoding.hpp"

namespace avow::wire {

std::string packet_to_text(const Packet& packet) { return to_text(packet_to_value(packet)); }

}  // namespace avow::wire
