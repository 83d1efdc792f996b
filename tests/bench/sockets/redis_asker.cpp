#include <algorithm>
#include <string>

#include "tests/bench/sockets/asker.hpp"
#include "tests/bench/sockets/redis_words.hpp"
#include "tests/bench/sockets/server.hpp"

namespace avow::bench {
namespace {

class RedisAsker final : public Asker {
 public:
  explicit RedisAsker(std::uint16_t port) : socket_(port) {}

  const Socket& socket() const override { return socket_; }
  void write(std::uint64_t number) override {
    lines_due_ = 1;
    const std::string key = "k." + std::to_string(1'000'000 + number);
    socket_.send(redis_command({"SET", key, payload_text()}));
  }
  // Answered by an array of two: five lines.
  void take_job() override {
    lines_due_ = 5;
    socket_.send(redis_command({"BRPOP", "jobs", "0"}));
  }
  void lease_job() override { fail("Redis has no leases"); }
  bool take(ByteView bytes) override {
    if (!bytes.empty() && bytes.front() == '-') fail("Redis refused it");
    lines_ += std::count(bytes.begin(), bytes.end(), '\n');
    if (lines_ < lines_due_) return false;
    lines_ = 0;
    return true;
  }

 private:
  Socket socket_;
  std::ptrdiff_t lines_ = 0;
  std::ptrdiff_t lines_due_ = 0;
};

}  // namespace

std::unique_ptr<Asker> redis_asker(std::uint16_t port) {
  return std::make_unique<RedisAsker>(port);
}

void fill_redis_queue(std::uint16_t port, std::size_t count) {
  Socket socket(port);
  for (std::size_t i = 0; i < count; ++i) {
    socket.send(redis_command({"LPUSH", "jobs", payload_text()}));
    if (i % 1'000 != 999 && i + 1 != count) continue;
    (void)socket.receive_until(":" + std::to_string(i + 1) + "\r\n");
  }
}

}  // namespace avow::bench
