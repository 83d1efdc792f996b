#include <algorithm>
#include <utility>

#include "tests/bench/sockets/churn.hpp"
#include "tests/bench/sockets/redis_words.hpp"
#include "tests/bench/sockets/server.hpp"

namespace avow::bench {
namespace {

// Lines of what answers one transaction: OK, QUEUED twice, and an array of two numbers or words.
constexpr std::uint64_t lines_of_answer = 6;
// And of one message: an array of three strings.
constexpr std::uint64_t lines_of_message = 7;

class RedisChurn final : public Churn {
 public:
  explicit RedisChurn(std::uint16_t port) : port_(port), publisher_(port) {}

  void hold(std::uint32_t count) override {
    Bytes burst;
    for (std::uint32_t key = 0; key < count; ++key) {
      append(burst, redis_command({"SET", topic_text(key), numbered_text(++number_)}));
      if (key % 1'000 != 999 && key + 1 != count) continue;
      append(burst, redis_command({"ECHO", "done"}));
      publisher_.send(std::exchange(burst, {}));
      (void)publisher_.receive_until("done\r\n");
    }
  }
  Socket watcher() override {
    Socket socket(port_);
    socket.send(redis_command({"SUBSCRIBE", "changes"}));
    (void)socket.receive_until(":1\r\n");
    return socket;
  }
  Counting counting() const override { return Counting::lines; }
  std::uint64_t counted_of_change() const override { return lines_of_message; }

  void replace(std::span<const std::uint32_t> keys) override {
    Bytes burst;
    for (const std::uint32_t each : keys) {
      const std::string key = topic_text(each);
      const std::string text = numbered_text(++number_);
      const Bytes removal = redis_command({"DEL", key});
      const Bytes setting = redis_command({"SET", key, text});
      transaction(burst, removal, key);
      transaction(burst, setting, key + text);
    }
    publisher_.send(burst);
  }
  Socket& publisher() override { return publisher_; }
  std::uint64_t acknowledged(ByteView bytes) override {
    lines_ += static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
    const std::uint64_t whole = lines_ / lines_of_answer;
    lines_ %= lines_of_answer;
    return whole;
  }

 private:
  static void transaction(Bytes& to, ByteView change, std::string_view told) {
    append(to, redis_command({"MULTI"}));
    append(to, change);
    append(to, redis_command({"PUBLISH", "changes", told}));
    append(to, redis_command({"EXEC"}));
  }

  std::uint16_t port_;
  Socket publisher_;
  std::uint64_t number_ = 0;
  std::uint64_t lines_ = 0;
};

}  // namespace

std::unique_ptr<Churn> redis_churn(std::uint16_t port) {
  return std::make_unique<RedisChurn>(port);
}

}  // namespace avow::bench
