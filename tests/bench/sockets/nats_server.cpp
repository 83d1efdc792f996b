#include <utility>

#include "tests/bench/sockets/server.hpp"

namespace avow::bench {
namespace {

// Core NATS: what is published is told, and not kept. Each connection is sent a PING some two
// seconds after it was made, whatever the settings say: so the letters of messages are counted, not
// bytes, and an answer need not be what came last.
class NatsServer final : public Server {
 public:
  explicit NatsServer(std::uint16_t port) : port_(port) {}

  Counting counting() const override { return Counting::letters; }
  Counting exact_counting() const override { return Counting::letters; }
  Socket subscriber() override {
    Socket socket = connected();
    socket.send(bytes_of("SUB " + std::string(topic) + " 1\r\nPING\r\n"));
    (void)socket.receive_through("PONG\r\n");
    return socket;
  }
  Socket publisher() override { return connected(); }
  void append_burst(Bytes& to, std::size_t count) override {
    for (std::size_t i = 0; i < count; ++i) append_message(to, topic);
  }
  // Numbers of subscriptions are equally long, so that all deliveries are.
  Socket subscriber_of(std::span<const std::uint32_t> topics, Selection selection) override {
    const std::string_view more = selection == Selection::wildcard ? ".* " : " ";
    Socket socket = connected();
    std::string words;
    for (const std::uint32_t each : topics) {
      words += "SUB " + topic_text(each).append(more) + std::to_string(1'000'000 + each) + "\r\n";
      if (words.size() < 60'000 && each != topics.back()) continue;
      socket.send(bytes_of(std::exchange(words, {}) + "PING\r\n"));
      (void)socket.receive_through("PONG\r\n");
    }
    return socket;
  }
  void append_messages(Bytes& to, std::span<const std::uint32_t> topics,
                       Selection selection) override {
    const std::string_view more = selection == Selection::wildcard ? ".a" : "";
    for (const std::uint32_t each : topics) append_message(to, topic_text(each).append(more));
  }
  void hold_facts(std::size_t) override { fail("core NATS holds no facts"); }
  Snapshot snapshot(std::size_t) override { fail("core NATS holds no facts"); }

 private:
  static void append_message(Bytes& to, std::string_view subject) {
    append(to, bytes_of("PUB "));
    append(to, bytes_of(subject));
    append(to, bytes_of(" 100\r\n"));
    append(to, bytes_of(payload_text()));
    append(to, bytes_of("\r\n"));
  }
  [[nodiscard]] Socket connected() const { return nats_connection(port_); }

  std::uint16_t port_;
};

}  // namespace

Socket nats_connection(std::uint16_t port) {
  Socket socket(port);
  socket.send(
      bytes_of("CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"c\","
               "\"version\":\"1\",\"protocol\":1}\r\nPING\r\n"));
  (void)socket.receive_through("PONG\r\n");
  return socket;
}

std::unique_ptr<Server> nats_server(std::uint16_t port) {
  return std::make_unique<NatsServer>(port);
}

}  // namespace avow::bench
