#include "tests/bench/sockets/server.hpp"

namespace avow::bench {
namespace {

class BeastServer final : public Server {
 public:
  explicit BeastServer(std::uint16_t port) : port_(port) {}

  Counting counting() const override { return Counting::websocket_payloads; }
  Counting exact_counting() const override { return Counting::websocket_payloads; }
  Socket subscriber() override { return open_websocket(port_, "/subscribe", ""); }
  Socket publisher() override { return open_websocket(port_, "/publish", ""); }
  void append_burst(Bytes& to, std::size_t count) override {
    append_websocket_frame(to, bytes_of(std::string(100 * count, 'x')));
  }
  Socket subscriber_of(std::span<const std::uint32_t>, Selection) override {
    fail("plain Beast has one topic");
  }
  void append_messages(Bytes&, std::span<const std::uint32_t>, Selection) override {
    fail("plain Beast has one topic");
  }
  void hold_facts(std::size_t) override { fail("plain Beast holds no facts"); }
  Snapshot snapshot(std::size_t) override { fail("plain Beast holds no facts"); }

 private:
  std::uint16_t port_;
};

}  // namespace

std::unique_ptr<Server> beast_server(std::uint16_t port) {
  return std::make_unique<BeastServer>(port);
}

}  // namespace avow::bench
