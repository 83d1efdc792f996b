#include <algorithm>
#include <string>
#include <utility>

#include "tests/bench/sockets/asker.hpp"
#include "tests/bench/sockets/server.hpp"

namespace avow::bench {
namespace {

// A work queue of JetStream, in memory: the stream JOBS, whose one consumer all workers share. What
// is taken is held for its worker until that acknowledges it.

void publish(std::string& to, std::string_view subject, std::string_view reply,
             std::string_view body) {
  to += "PUB ";
  to += subject;
  if (!reply.empty()) (to += " ") += reply;
  to += " " + std::to_string(body.size()) + "\r\n";
  (to += body) += "\r\n";
}

class JetstreamAsker final : public Asker {
 public:
  explicit JetstreamAsker(std::uint16_t port) : socket_(nats_connection(port)) {
    static int workers = 0;
    inbox_ = "worker." + std::to_string(++workers);
    socket_.send(bytes_of("SUB " + inbox_ + " 1\r\nPING\r\n"));
    (void)socket_.receive_through("PONG\r\n");
  }

  const Socket& socket() const override { return socket_; }
  void write(std::uint64_t) override { fail("JetStream is asked for jobs alone"); }
  void take_job() override { fail("JetStream's jobs are leased"); }
  // The acknowledgement of one job asks for the next.
  void lease_job() override {
    std::string words;
    if (acknowledges_.empty()) {
      publish(words, "$JS.API.CONSUMER.MSG.NEXT.JOBS.workers", inbox_, "{\"batch\":1}");
    } else {
      publish(words, acknowledges_, inbox_, "+NXT");
    }
    socket_.send(bytes_of(words));
  }
  // `MSG subject 1 acknowledges size`, and the job: two lines.
  bool take(ByteView bytes) override {
    constexpr std::string_view ping = "PING\r\n";
    came_ += text_of(bytes);
    if (came_.starts_with(ping)) came_.erase(0, ping.size());
    if (std::count(came_.begin(), came_.end(), '\n') < 2) return false;
    const std::size_t begin = came_.find("$JS.ACK.");
    if (!came_.starts_with("MSG ") || begin == std::string::npos) fail("JetStream sent no job");
    acknowledges_ = came_.substr(begin, came_.find(' ', begin) - begin);
    came_.clear();
    return true;
  }

 private:
  Socket socket_;
  std::string inbox_;
  std::string acknowledges_;  // Where to acknowledge the job that is held.
  std::string came_;
};

void request(Socket& socket, std::string_view subject, std::string_view body) {
  std::string words;
  publish(words, subject, "answers", body);
  socket.send(bytes_of(words));
  const Bytes answer = socket.receive_through("}\r\n");
  if (text_of(answer).find("\"error\"") != std::string_view::npos) fail("JetStream refused it");
}

}  // namespace

std::unique_ptr<Asker> jetstream_asker(std::uint16_t port) {
  return std::make_unique<JetstreamAsker>(port);
}

void fill_jetstream_queue(std::uint16_t port, std::size_t count) {
  Socket socket = nats_connection(port);
  socket.send(bytes_of("SUB answers 1\r\n"));
  request(socket, "$JS.API.STREAM.CREATE.JOBS",
          R"({"name":"JOBS","subjects":["jobs"],"retention":"workqueue","storage":"memory",)"
          R"("num_replicas":1})");
  request(socket, "$JS.API.CONSUMER.DURABLE.CREATE.JOBS.workers",
          R"({"stream_name":"JOBS","config":{"durable_name":"workers","deliver_policy":"all",)"
          R"("ack_policy":"explicit","max_ack_pending":100000}})");
  // Each is answered by one line of JSON that tells its number.
  std::string words;
  for (std::size_t i = 0; i < count; ++i) {
    publish(words, "jobs", "answers", payload_text());
    if (i % 1'000 != 999 && i + 1 != count) continue;
    socket.send(bytes_of(std::exchange(words, {})));
    const std::string last = "\"seq\":" + std::to_string(i + 1) + "}\r\n";
    (void)socket.receive_through(last);
  }
}

}  // namespace avow::bench
