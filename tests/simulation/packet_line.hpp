#pragma once

#include <vector>

#include "avow/wire/packet.hpp"
#include "avow/wire/packet_stream.hpp"
#include "tests/simulation/connection.hpp"

// Syndicate packets over a simulated connection, in binary or as text, on a stream or a WebSocket.

namespace avow::simulation {

class PacketLine {
 public:
  /// `connection` must outlive the line.
  PacketLine(Connection& connection, bool is_text) : connection_(connection), is_text_(is_text) {}

  void say(const wire::Packet& packet);
  /// The packets of which this is the end.
  [[nodiscard]] Result<std::vector<wire::Packet>> receive(const Arrival& arrival);

 private:
  Connection& connection_;
  bool is_text_;
  wire::PacketStream stream_;
};

}  // namespace avow::simulation
