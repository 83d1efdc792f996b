#include <algorithm>
#include <utility>

#include "avow/model/builder.hpp"
#include "avow/model/encoding.hpp"
#include "avow/wire/packet_encoding.hpp"
#include "tests/bench/sockets/packet_session.hpp"
#include "tests/bench/sockets/server.hpp"
#include "tests/bench/support/stopwatch.hpp"

namespace avow::bench {
namespace {

using wire::Event;
using wire::EventKind;
using wire::Number;

/// What a server sends until it has answered the last question.
class AnswerEnd {
 public:
  AnswerEnd() {
    wire::append_event(end_, PacketSession::answer());
    end_.push_back(tag::end);
  }
  /// Takes the next bytes; whether they end with the answer.
  bool take(ByteView bytes) {
    append(last_, bytes.last(std::min(bytes.size(), end_.size())));
    if (last_.size() > end_.size()) {
      last_.erase(last_.begin(), last_.end() - static_cast<std::ptrdiff_t>(end_.size()));
    }
    return last_ == end_;
  }

 private:
  Bytes end_;
  Bytes last_;
};

class SyndicateServer final : public Server {
 public:
  explicit SyndicateServer(std::uint16_t port) : port_(port) {}

  Counting exact_counting() const override { return Counting::letters; }
  Counting change_counting() const override { return Counting::packet_events; }
  Socket subscriber() override {
    PacketSession session(port_);
    session.observe("<t \"" + std::string(topic) + "\" $>");
    return std::move(session.socket);
  }
  Socket publisher() override {
    PacketSession session(port_);
    space_ = session.space;
    return std::move(session.socket);
  }
  void append_burst(Bytes& to, std::size_t count) override {
    append(to, packet_of(std::vector<Event>(count, message(record("t", topic, payload_text())))));
  }
  Socket subscriber_of(std::span<const std::uint32_t> topics, Selection selection) override {
    constexpr std::size_t at_a_time = 500;
    PacketSession session(port_);
    std::vector<Event> events;
    for (const std::uint32_t each : topics) {
      events.push_back(session.publish(std::int64_t{each} + 10,
                                       observe_by_packets(topic_pattern(each, selection))));
      if (events.size() < at_a_time && each != topics.back()) continue;
      session.send(std::exchange(events, {}));
      session.sync();
    }
    return std::move(session.socket);
  }
  void append_messages(Bytes& to, std::span<const std::uint32_t> topics,
                       Selection selection) override {
    std::vector<Event> events;
    for (const std::uint32_t each : topics) events.push_back(message(topic_fact(each, selection)));
    append(to, packet_of(std::move(events)));
  }

  void hold_facts(std::size_t count) override {
    for (std::size_t held = 0; held < count; held += facts_of_session) {
      holders_.push_back(holder(held, std::min(facts_of_session, count - held)));
    }
  }
  Socket holder(std::size_t first, std::size_t count) override {
    constexpr std::size_t at_a_time = 1'000;
    PacketSession session(port_);
    std::vector<Event> events;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string key = "k." + std::to_string(1'000'000 + first + i);
      events.push_back(
          session.publish(static_cast<std::int64_t>(10 + i), record("f", key, payload_text())));
      if (events.size() < at_a_time && i + 1 != count) continue;
      session.send(std::exchange(events, {}));
      session.sync();
    }
    return std::move(session.socket);
  }
  Socket watcher() override {
    PacketSession session(port_);
    session.observe("<f $ $>");
    return std::move(session.socket);
  }
  Snapshot snapshot(std::size_t count) override {
    PacketSession session(port_);
    // The answer to the question stands last in the turn that holds the snapshot.
    const Bytes request =
        packet_of({session.publish(2, observe_by_packets("<f $ $>")), session.question()});
    AnswerEnd end;
    PacketEvents events;
    std::uint64_t told = 0;
    const double begin = wall_seconds();
    session.socket.send(request);
    Snapshot result;
    for (bool is_over = false; !is_over;) {
      const ByteView got = session.socket.receive();
      if (result.first_byte == 0) result.first_byte = wall_seconds() - begin;
      told += events.take(got);
      is_over = end.take(got);
    }
    result.last_byte = wall_seconds() - begin;
    if (told != count + 1) fail("the snapshot is not of all facts");
    return result;
  }

 private:
  [[nodiscard]] Event message(Value body) const {
    return {.target = space_, .kind = EventKind::message, .handle = {}, .body = std::move(body)};
  }

  std::uint16_t port_;
  std::vector<Socket> holders_;
  Number space_;
};

}  // namespace

std::unique_ptr<Server> syndicate_server(std::uint16_t port) {
  return std::make_unique<SyndicateServer>(port);
}

}  // namespace avow::bench
