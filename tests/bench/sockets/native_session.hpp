#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "avow/model/value.hpp"
#include "avow/wire/native.hpp"
#include "tests/bench/sockets/socket.hpp"

// A session of avowd over a WebSocket, in native frames, on a blocking socket.

namespace avow::bench {

/// The messages of the server, out of WebSocket frames.
class NativeMessages {
 public:
  /// Calls `visit` with each message in these bytes that is complete.
  template <class Visit>
  void take(ByteView more, const Visit& visit) {
    append(bytes_, more);
    while (const std::optional<ByteView> frame = next_frame()) {
      auto reader = must(wire::native::ServerFrameReader::open(*frame, frame_limits));
      while (const auto message = must(reader.next())) visit(*message);
    }
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(read_));
    read_ = 0;
  }
  /// Calls `visit` with each message until it returns true, and with those that came with that one.
  template <class Visit>
  void until(Socket& socket, const Visit& visit) {
    for (bool found = false; !found;) {
      take(socket.receive(),
           [&](const wire::native::ServerMessage& message) { found = visit(message) || found; });
    }
  }

 private:
  static constexpr wire::native::FrameLimits frame_limits{.bytes_max = 256 << 20};
  /// The next binary frame that is complete. Pings are passed over: who loads a server is never
  /// silent for long.
  std::optional<ByteView> next_frame();
  template <class T>
  static T must(Result<T> result) {
    if (!result) fail(result.error().detail.c_str());
    return std::move(result).value();
  }

  Bytes bytes_;
  std::size_t read_ = 0;  // What has been taken out of them.
};

class NativeSession {
 public:
  /// With the space of that name; none: `main`. What fails stops the program.
  explicit NativeSession(std::uint16_t port, std::string_view space_name = {});

  void send(ByteView frame);
  /// Sends a turn; waits until it has been applied.
  void turn(const std::vector<wire::native::Event>& events);
  /// Sends a turn, and waits for nothing.
  void begin_turn(std::span<const wire::native::Event> events, bool wants_receipt = false);
  /// Subscribes the entity `observer`, under the handle of the same number.
  void observe(std::uint64_t observer, std::string_view pattern);

  Socket socket;
  NativeMessages messages;
  std::uint64_t space = 0;
  std::uint64_t turns = 0;
};

/// The entity `oid` of this client, as a value names it.
[[nodiscard]] Value own_reference(std::uint64_t oid);
[[nodiscard]] Value observe_value(std::string_view pattern, std::uint64_t observer);

}  // namespace avow::bench
