#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "avow/capability/sturdy_reference.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/pattern_text.hpp"
#include "avow/wire/packet_encoding.hpp"
#include "avow/wire/packet_stream.hpp"
#include "tests/bench/sockets/server.hpp"
#include "tests/bench/support/stopwatch.hpp"

namespace avow::bench {
namespace {

using wire::Event;
using wire::EventKind;
using wire::Number;

constexpr std::int64_t observer = 2;
constexpr std::int64_t sync_peer = 99;

Value own_reference(std::int64_t oid) {
  return wire::wire_reference_to_value(
      {.owner = wire::WireReference::Owner::sender, .oid = Number(oid), .caveats = {}});
}

Value observe(std::string_view pattern) {
  return record("Observe", parse_pattern_text(pattern).value().pattern.to_value(),
                own_reference(observer));
}

Bytes turn_of(std::vector<Event> events) {
  Bytes packet;
  wire::append_packet(packet, wire::Turn{std::move(events)});
  return packet;
}

/// A session with a live reference to the main space.
class Session {
 public:
  explicit Session(std::uint16_t port) : socket(port) {
    socket.send(turn_of(
        {{.target = Number(0),
          .kind = EventKind::publish,
          .handle = Number(1),
          .body = record("resolve", development_reference().to_value(), own_reference(0))}}));
    wire::PacketStream packets;
    std::optional<wire::Packet> answer;
    while (!answer) {
      ByteView more = socket.receive();
      answer = packets.next(more).value();
    }
    const Value body = std::get<wire::Turn>(*answer).events.at(0).body;
    space = wire::parse_wire_reference(*body.view().element(0)).value().oid;
  }

  /// Waits until all that was sent has been applied.
  void sync() {
    socket.send(turn_of({{.target = space,
                          .kind = EventKind::sync,
                          .handle = {},
                          .body = own_reference(sync_peer)}}));
    const Bytes answer = turn_of({{.target = Number(sync_peer),
                                   .kind = EventKind::message,
                                   .handle = {},
                                   .body = Value::boolean(true)}});
    (void)socket.receive_until(text_of(answer));
  }

  Socket socket;
  Number space;
};

class SyndicateServer final : public Server {
 public:
  explicit SyndicateServer(std::uint16_t port) : port_(port) {}

  Counting exact_counting() const override { return Counting::letters; }
  Socket subscriber() override {
    Session session(port_);
    session.socket.send(turn_of({{.target = session.space,
                                  .kind = EventKind::publish,
                                  .handle = Number(2),
                                  .body = observe("<t \"" + std::string(topic) + "\" $>")}}));
    session.sync();
    return std::move(session.socket);
  }
  Socket publisher() override {
    Session session(port_);
    space_ = session.space;
    return std::move(session.socket);
  }
  void append_burst(Bytes& to, std::size_t count) override {
    const Event message{.target = space_,
                        .kind = EventKind::message,
                        .handle = {},
                        .body = record("t", topic, payload_text())};
    append(to, turn_of(std::vector<Event>(count, message)));
  }
  Socket subscriber_of(std::span<const std::uint32_t> topics) override {
    Session session(port_);
    std::vector<Event> events;
    for (const std::uint32_t each : topics) {
      events.push_back({.target = session.space,
                        .kind = EventKind::publish,
                        .handle = Number(std::int64_t{each} + 10),
                        .body = observe("<t \"" + topic_text(each) + "\" $>")});
      if (events.size() < 500 && each != topics.back()) continue;
      session.socket.send(turn_of(std::exchange(events, {})));
      session.sync();
    }
    return std::move(session.socket);
  }
  void append_messages(Bytes& to, std::span<const std::uint32_t> topics) override {
    std::vector<Event> events;
    for (const std::uint32_t each : topics) {
      events.push_back({.target = space_,
                        .kind = EventKind::message,
                        .handle = {},
                        .body = record("t", topic_text(each), payload_text())});
    }
    append(to, turn_of(std::move(events)));
  }

  void hold_facts(std::size_t count) override {
    std::vector<Event> events;
    for (std::size_t i = 0; i < count; ++i) {
      if (i / facts_of_session >= holders_.size()) holders_.emplace_back(port_);
      Session& holder = holders_.back();
      events.push_back({.target = holder.space,
                        .kind = EventKind::publish,
                        .handle = Number(static_cast<std::int64_t>(10 + i)),
                        .body = record("f", "k." + std::to_string(1'000'000 + i), payload_text())});
      if (events.size() < 1'000 && i + 1 != count) continue;
      holder.socket.send(turn_of(std::exchange(events, {})));
      holder.sync();
    }
  }
  Snapshot snapshot(std::size_t) override {
    Session session(port_);
    const Bytes request = turn_of({{.target = session.space,
                                    .kind = EventKind::publish,
                                    .handle = Number(2),
                                    .body = observe("<f $ $>")},
                                   {.target = session.space,
                                    .kind = EventKind::sync,
                                    .handle = {},
                                    .body = own_reference(sync_peer)}});
    // The answer to the sync stands last in the turn that holds the snapshot.
    Bytes tail;
    wire::append_event(tail, {.target = Number(sync_peer),
                              .kind = EventKind::message,
                              .handle = {},
                              .body = Value::boolean(true)});
    tail.push_back(tag::end);
    const double begin = wall_seconds();
    session.socket.send(request);
    Snapshot result;
    Bytes last;
    while (last.size() < tail.size() || !text_of(last).ends_with(text_of(tail))) {
      const ByteView got = session.socket.receive();
      if (result.first_byte == 0) result.first_byte = wall_seconds() - begin;
      const std::size_t kept = std::min(got.size(), tail.size());
      append(last, got.last(kept));
      if (last.size() > tail.size()) {
        last.erase(last.begin(), last.end() - static_cast<std::ptrdiff_t>(tail.size()));
      }
    }
    result.last_byte = wall_seconds() - begin;
    return result;
  }

 private:
  std::uint16_t port_;
  std::vector<Session> holders_;
  Number space_;
};

}  // namespace

std::unique_ptr<Server> syndicate_server(std::uint16_t port) {
  return std::make_unique<SyndicateServer>(port);
}

}  // namespace avow::bench
