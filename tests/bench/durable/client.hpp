#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "avow/model/value.hpp"
#include "avow/wire/packet.hpp"
#include "avow/wire/packet_stream.hpp"
#include "tests/bench/sockets/socket.hpp"

// Clients over TCP, in Preserves packets.

namespace avow::bench {

class DurableClient {
 public:
  /// With a reference to the space of that name (empty: main).
  DurableClient(std::uint16_t port, const std::string& space);

  /// Finds the keeper of the space.
  void find_keeper();
  /// Commits one put of a fact that nobody else puts, and takes back what was asked for before.
  void put(std::uint64_t number);
  /// Whether an answer has come, with what is there to be received. Anything but `<ok …>` ends the
  /// program.
  [[nodiscard]] bool has_answer();

  /// Publishes a session fact (in the place of the one before) and waits until it is told to an
  /// observer of this client's own.
  void round_trip(std::uint64_t number);

  [[nodiscard]] int descriptor() const { return socket_.descriptor(); }

 private:
  void observe(std::int64_t entity, std::string_view pattern);
  void say(std::vector<wire::Event> events);
  /// The next event that publishes something, from the wire or left over.
  wire::Event next_publish();

  Socket socket_;
  wire::PacketStream stream_;
  std::vector<wire::Event> told_;
  wire::Number space_;
  wire::Number keeper_;
  std::int64_t last_handle_ = 100;
  bool has_asked_ = false;
};

}  // namespace avow::bench
