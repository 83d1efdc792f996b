#include <algorithm>
#include <vector>

#include "avow/model/builder.hpp"
#include "tests/bench/sockets/native_session.hpp"
#include "tests/bench/sockets/server.hpp"
#include "tests/bench/support/stopwatch.hpp"

namespace avow::bench {
namespace {

namespace native = wire::native;

class NativeServer final : public Server {
 public:
  explicit NativeServer(std::uint16_t port) : port_(port) {}

  Counting counting() const override { return Counting::websocket_payloads; }
  Counting exact_counting() const override { return Counting::native_events; }
  Socket subscriber() override {
    NativeSession session(port_);
    session.observe(1, "<t \"" + std::string(topic) + "\" $>");
    return std::move(session.socket);
  }
  Socket publisher() override {
    NativeSession session(port_);
    space_ = session.space;
    turns_ = session.turns;
    return std::move(session.socket);
  }
  void append_burst(Bytes& to, std::size_t count) override {
    const std::vector<native::Event> events(
        count, {.target = space_, .body = message_.bytes(), .kind = wire::EventKind::message});
    append_turn(to, events);
  }
  // Subscription t has the oid t + 1, and its handle.
  Socket subscriber_of(std::span<const std::uint32_t> topics, Selection selection) override {
    constexpr std::size_t at_a_time = 500;
    NativeSession session(port_);
    for (std::size_t begin = 0; begin < topics.size(); begin += at_a_time) {
      std::vector<Value> interests;
      std::vector<native::Event> events;
      for (const std::uint32_t each :
           topics.subspan(begin, std::min(at_a_time, topics.size() - begin))) {
        interests.push_back(observe_value(topic_pattern(each, selection), each + 1));
        events.push_back({.target = session.space,
                          .handle = each + 1,
                          .body = interests.back().bytes(),
                          .kind = wire::EventKind::publish});
      }
      session.turn(events);
    }
    return std::move(session.socket);
  }
  // A pong that nobody has asked for (RFC 6455, 5.5.3): empty, masked with zeros.
  Bytes sign_of_life() const override { return {0x8A, 0x80, 0, 0, 0, 0}; }
  void append_messages(Bytes& to, std::span<const std::uint32_t> topics,
                       Selection selection) override {
    std::vector<Value> messages;
    std::vector<native::Event> events;
    for (const std::uint32_t each : topics) {
      messages.push_back(topic_fact(each, selection));
      events.push_back(
          {.target = space_, .body = messages.back().bytes(), .kind = wire::EventKind::message});
    }
    append_turn(to, events);
  }

  void hold_facts(std::size_t count) override {
    for (std::size_t held = 0; held < count; held += facts_of_session) {
      holders_.push_back(holder(held, std::min(facts_of_session, count - held)));
    }
  }
  Socket holder(std::size_t first, std::size_t count) override {
    constexpr std::size_t at_a_time = 1'000;
    NativeSession session(port_);
    for (std::size_t begin = 0; begin < count; begin += at_a_time) {
      const std::size_t end = std::min(count, begin + at_a_time);
      std::vector<Value> facts;
      std::vector<native::Event> events;
      for (std::size_t i = begin; i < end; ++i) {
        const std::string key = "k." + std::to_string(1'000'000 + first + i);
        facts.push_back(record("f", key, payload_text()));
        events.push_back({.target = session.space,
                          .handle = i + 1,
                          .body = facts.back().bytes(),
                          .kind = wire::EventKind::publish});
      }
      session.turn(events);
    }
    return std::move(session.socket);
  }
  Socket watcher() override {
    NativeSession session(port_);
    session.observe(1, "<f $ $>");
    return std::move(session.socket);
  }
  Snapshot snapshot(std::size_t count) override {
    NativeSession session(port_);
    const Value interest = observe_value("<f $ $>", 1);
    const std::vector<native::Event> events{{.target = session.space,
                                             .handle = 1,
                                             .body = interest.bytes(),
                                             .kind = wire::EventKind::publish}};
    const double begin = wall_seconds();
    session.begin_turn(events);
    Snapshot result;
    std::size_t told = 0;
    session.messages.until(session.socket, [&](const native::ServerMessage& message) {
      if (result.first_byte == 0) result.first_byte = wall_seconds() - begin;
      if (const auto* const batch = std::get_if<native::Batch>(&message)) {
        told += batch->events.size();
      }
      return told >= count;
    });
    result.last_byte = wall_seconds() - begin;
    return result;
  }

 private:
  void append_turn(Bytes& to, std::span<const native::Event> events) {
    Bytes frame;
    native::append_turn(frame, {.number = ++turns_, .events = events});
    append_websocket_frame(to, frame);
  }

  std::uint16_t port_;
  std::vector<Socket> holders_;
  Value message_ = record("t", topic, payload_text());
  std::uint64_t space_ = 0;
  std::uint64_t turns_ = 0;
};

}  // namespace

std::unique_ptr<Server> native_server(std::uint16_t port) {
  return std::make_unique<NativeServer>(port);
}

}  // namespace avow::bench
