#include <algorithm>
#include <utility>

#include "tests/bench/sockets/redis_words.hpp"
#include "tests/bench/sockets/server.hpp"
#include "tests/bench/support/stopwatch.hpp"

namespace avow::bench {
namespace {

class RedisServer final : public Server {
 public:
  explicit RedisServer(std::uint16_t port) : port_(port), holder_(port) {}

  Socket subscriber() override {
    Socket socket(port_);
    socket.send(redis_command({"SUBSCRIBE", topic}));
    (void)socket.receive_until(":1\r\n");
    return socket;
  }
  Socket publisher() override { return Socket(port_); }
  void append_burst(Bytes& to, std::size_t count) override {
    for (std::size_t i = 0; i < count; ++i) {
      append(to, redis_command({"PUBLISH", topic, payload_text()}));
    }
  }
  Socket subscriber_of(std::span<const std::uint32_t> topics, Selection selection) override {
    Socket socket(port_);
    Bytes words;
    const bool is_pattern = selection == Selection::wildcard;
    for (std::size_t i = 0; i < topics.size(); ++i) {
      const std::string topic_of_it = topic_text(topics[i]);
      append(words, is_pattern ? redis_command({"PSUBSCRIBE", topic_of_it + ".*"})
                               : redis_command({"SUBSCRIBE", topic_of_it}));
      if (i % 1'000 != 999 && i + 1 != topics.size()) continue;
      socket.send(std::exchange(words, {}));
      (void)socket.receive_until(":" + std::to_string(i + 1) + "\r\n");
    }
    return socket;
  }
  void append_messages(Bytes& to, std::span<const std::uint32_t> topics,
                       Selection selection) override {
    const std::string_view more = selection == Selection::wildcard ? ".a" : "";
    for (const std::uint32_t each : topics) {
      append(to, redis_command({"PUBLISH", topic_text(each).append(more), payload_text()}));
    }
  }

  void hold_facts(std::size_t count) override { hold("facts", count); }
  void hold_keys(std::size_t count) override { hold("", count); }
  Snapshot snapshot(std::size_t) override {
    Socket socket(port_);
    Bytes request = redis_command({"HGETALL", "facts"});
    append(request, redis_command({"ECHO", "done"}));
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
  // In the hash of that name, or as keys of their own.
  void hold(std::string_view hash, std::size_t count) {
    Bytes burst;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string key = "k." + std::to_string(1'000'000 + i);
      append(burst, hash.empty() ? redis_command({"SET", key, payload_text()})
                                 : redis_command({"HSET", hash, key, payload_text()}));
      if (i % 1'000 != 999 && i + 1 != count) continue;
      append(burst, redis_command({"ECHO", "done"}));
      holder_.send(std::exchange(burst, {}));
      (void)holder_.receive_until("done\r\n");
    }
  }
  std::uint16_t port_;
  Socket holder_;
};

}  // namespace

std::unique_ptr<Server> redis_server(std::uint16_t port) {
  return std::make_unique<RedisServer>(port);
}

}  // namespace avow::bench
