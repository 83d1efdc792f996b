#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/model/value.hpp"
#include "tests/bench/sockets/counter.hpp"
#include "tests/bench/sockets/socket.hpp"

// A server of some protocol, as the workloads need it: a topic to subscribe to, a burst of messages
// to publish, facts to hold and to ask for.

namespace avow::bench {

inline constexpr std::string_view topic = "k.0000001";
/// A session of avowd may hold 250,000; more facts need more sessions.
inline constexpr std::size_t facts_of_session = 200'000;

/// How a topic is subscribed to: as it is, or with one part more that may be anything.
enum class Selection : std::uint8_t { literal, wildcard };

class Server {
 public:
  virtual ~Server() = default;

  /// What is counted of a stream whose every burst comes to the same bytes.
  [[nodiscard]] virtual Counting counting() const { return Counting::all; }
  /// What is counted where the server may put what it tells into turns and frames of its own.
  [[nodiscard]] virtual Counting exact_counting() const { return Counting::all; }
  /// What is counted of what a watcher is told: one for each fact that comes or goes.
  [[nodiscard]] virtual Counting change_counting() const { return exact_counting(); }
  /// A connection that has subscribed to the topic, and has been told so.
  [[nodiscard]] virtual Socket subscriber() = 0;
  [[nodiscard]] virtual Socket publisher() = 0;
  /// Appends `count` messages of 100 bytes on the topic, as one turn or frame where there is one.
  virtual void append_burst(Bytes& to, std::size_t count) = 0;

  /// A connection that has subscribed to each of these topics, and has been told so.
  [[nodiscard]] virtual Socket subscriber_of(std::span<const std::uint32_t> topics,
                                             Selection selection) = 0;
  /// What a subscriber sends now and then, so that it is not taken for dead. Nothing: it need not.
  [[nodiscard]] virtual Bytes sign_of_life() const { return {}; }
  /// Appends a message of 100 bytes on each topic, as one turn or frame where there is one.
  virtual void append_messages(Bytes& to, std::span<const std::uint32_t> topics,
                               Selection selection) = 0;

  /// Holds `count` facts of 100 bytes up, through a connection that the server object keeps.
  virtual void hold_facts(std::size_t count) = 0;
  /// The same, as the server holds things that each have a key of their own.
  virtual void hold_keys(std::size_t count) { hold_facts(count); }
  /// A connection that holds facts of 100 bytes up, whose keys count from `first`. They go with it.
  [[nodiscard]] virtual Socket holder(std::size_t first, std::size_t count);
  /// A connection that is told of every such fact that comes or goes. To be made before the facts.
  [[nodiscard]] virtual Socket watcher();
  struct Snapshot {
    double first_byte = 0;  ///< Seconds.
    double last_byte = 0;
  };
  /// A new connection asks for all facts.
  [[nodiscard]] virtual Snapshot snapshot(std::size_t count) = 0;
};

/// `avowd` or `syndicate-server` over TCP, in Preserves packets.
[[nodiscard]] std::unique_ptr<Server> syndicate_server(std::uint16_t port);
/// `avowd` over a WebSocket, in native frames.
[[nodiscard]] std::unique_ptr<Server> native_server(std::uint16_t port);
/// redis-server: PUBLISH and SUBSCRIBE, a hash for the facts.
[[nodiscard]] std::unique_ptr<Server> redis_server(std::uint16_t port);
/// nats-server: PUB and SUB. Holds no facts.
[[nodiscard]] std::unique_ptr<Server> nats_server(std::uint16_t port);
/// A client of nats-server that has been greeted.
[[nodiscard]] Socket nats_connection(std::uint16_t port);
/// plain_beast (beside this): frames that come are sent to every subscriber. Holds no facts.
[[nodiscard]] std::unique_ptr<Server> beast_server(std::uint16_t port);

/// The handshake of RFC 6455, by a client that wants `subprotocol` (or none).
[[nodiscard]] Socket open_websocket(std::uint16_t port, std::string_view path,
                                    std::string_view subprotocol);
/// Appends one binary frame of a client, masked with zeros.
void append_websocket_frame(Bytes& to, ByteView payload);

[[nodiscard]] std::string payload_text();
/// All are equally long.
[[nodiscard]] std::string topic_text(std::uint32_t number);
/// The pattern of who subscribes to the topic, and a message of 100 bytes on it, where both are
/// values.
[[nodiscard]] std::string topic_pattern(std::uint32_t number, Selection selection);
[[nodiscard]] Value topic_fact(std::uint32_t number, Selection selection);

}  // namespace avow::bench
