#include <algorithm>

#include "tests/bench/sockets/server.hpp"
#include "tests/bench/support/stopwatch.hpp"

namespace avow::bench {
namespace {

class RedisServer final : public Server {
 public:
  explicit RedisServer(std::uint16_t port) : port_(port), holder_(port) {}

  Socket subscriber() override {
    Socket socket(port_);
    send(socket, {"SUBSCRIBE", std::string(topic)});
    (void)socket.receive_until(":1\r\n");
    return socket;
  }
  Socket publisher() override { return Socket(port_); }
  void append_burst(Bytes& to, std::size_t count) override {
    for (std::size_t i = 0; i < count; ++i) {
      append(to, command({"PUBLISH", std::string(topic), payload_text()}));
    }
  }

  void hold_facts(std::size_t count) override {
    send(holder_, {"DEL", "facts"});
    (void)holder_.receive_until("\r\n");
    Bytes burst;
    for (std::size_t i = 0; i < count; ++i) {
      append(burst,
             command({"HSET", "facts", "k." + std::to_string(1'000'000 + i), payload_text()}));
      if (i % 1'000 != 999 && i + 1 != count) continue;
      append(burst, command({"ECHO", "done"}));
      holder_.send(burst);
      burst.clear();
      (void)holder_.receive_until("done\r\n");
    }
  }
  Snapshot snapshot(std::size_t) override {
    Socket socket(port_);
    Bytes request = command({"HGETALL", "facts"});
    append(request, command({"ECHO", "done"}));
    const double begin = wall_seconds();
    socket.send(request);
    Snapshot result;
    std::string tail;
    while (!tail.ends_with("done\r\n")) {
      const std::string_view got = text_of(socket.receive());
      if (result.first_byte == 0) result.first_byte = wall_seconds() - begin;
      tail += got.substr(got.size() - std::min<std::size_t>(got.size(), 16));
      if (tail.size() > 64) tail.erase(0, tail.size() - 32);
    }
    result.last_byte = wall_seconds() - begin;
    return result;
  }

 private:
  static Bytes command(const std::vector<std::string>& words) {
    std::string text = "*" + std::to_string(words.size()) + "\r\n";
    for (const std::string& word : words) {
      text += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    }
    return Bytes(text.begin(), text.end());
  }
  static void send(Socket& socket, const std::vector<std::string>& words) {
    socket.send(command(words));
  }

  std::uint16_t port_;
  Socket holder_;
};

}  // namespace

std::unique_ptr<Server> redis_server(std::uint16_t port) {
  return std::make_unique<RedisServer>(port);
}

}  // namespace avow::bench
