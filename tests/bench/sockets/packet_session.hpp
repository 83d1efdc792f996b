#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "avow/model/value.hpp"
#include "avow/wire/packet.hpp"
#include "tests/bench/sockets/socket.hpp"

// A session of any server of the Syndicate protocol over TCP, in Preserves packets, on a blocking
// socket.

namespace avow::bench {

class PacketSession {
 public:
  /// With a live reference to the dataspace that the development reference names.
  explicit PacketSession(std::uint16_t port);

  void send(std::vector<wire::Event> events);
  /// Waits until all that was sent has been applied.
  void sync();
  /// Subscribes the one entity of this session, under the handle 2.
  void observe(std::string_view pattern);

  [[nodiscard]] wire::Event publish(std::int64_t handle, Value assertion) const;
  [[nodiscard]] wire::Event retract(std::int64_t handle) const;
  [[nodiscard]] wire::Event message(Value body) const;
  /// Asks the space to answer once everything before it has been applied.
  [[nodiscard]] wire::Event question() const;
  /// What answers it.
  [[nodiscard]] static wire::Event answer();

  Socket socket;
  wire::Number space;
};

/// `<Observe pattern observer>`, the observer being the entity of a PacketSession.
[[nodiscard]] Value observe_by_packets(std::string_view pattern);
[[nodiscard]] Bytes packet_of(std::vector<wire::Event> events);

}  // namespace avow::bench
