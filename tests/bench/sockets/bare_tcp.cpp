#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "tests/bench/sockets/load_report.hpp"
#include "tests/bench/sockets/socket.hpp"
#include "tests/bench/support/arguments.hpp"
#include "tests/bench/support/stopwatch.hpp"

// The limit of everything that goes over loopback: two threads and one TCP connection, no server.
//
//   bare_tcp workload=stream  [burst=64] [turns=1] [deliveries=1000000]
//   bare_tcp workload=latency [probes=20000]
//
// A message is 100 bytes, `burst` times `turns` of them go into one write. Prints one line of JSON.

namespace avow::bench {
namespace {

constexpr std::size_t message_bytes = 100;

/// The two ends of a connection.
class Pair {
 public:
  Pair() : Pair(listen_anywhere()) {}
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  ~Pair() { close(far_); }

  Socket& near() { return near_; }
  /// Receives at the other end; how many bytes.
  std::size_t receive_far(std::vector<std::uint8_t>& into) const {
    const ssize_t got = recv(far_, into.data(), into.size(), 0);
    if (got <= 0) fail("the connection is closed");
    return static_cast<std::size_t>(got);
  }
  void send_far(ByteView bytes) const {
    if (::send(far_, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(bytes.size())) {
      fail("the connection takes no more");
    }
  }

 private:
  struct Listener {
    int descriptor;
    std::uint16_t port;
  };
  explicit Pair(const Listener& listener)
      : near_(listener.port), far_(accept(listener.descriptor, nullptr, nullptr)) {
    close(listener.descriptor);
    const int on = 1;
    setsockopt(far_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  static Listener listen_anywhere() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(descriptor, any, size) != 0 || listen(descriptor, 1) != 0 ||
        getsockname(descriptor, any, &size) != 0) {
      fail("no port is to be had");
    }
    return {descriptor, ntohs(address.sin_port)};
  }

  Socket near_;
  int far_;
};

void stream(const Arguments& arguments, LoadReport& report) {
  const std::size_t messages = arguments.number("burst", 64) * arguments.number("turns", 1);
  const Bytes written(messages * message_bytes, 'x');
  const std::size_t writes = arguments.number("deliveries", 1'000'000) / messages + 1;
  Pair pair;
  const double begin = wall_seconds();
  std::thread receiver([&] {
    std::vector<std::uint8_t> buffer(1 << 20);
    for (std::size_t left = writes * written.size(); left > 0;) left -= pair.receive_far(buffer);
  });
  for (std::size_t i = 0; i < writes; ++i) pair.near().send(written);
  receiver.join();
  report.add("per_second", static_cast<double>(writes * messages) / (wall_seconds() - begin));
}

void latency(const Arguments& arguments, LoadReport& report) {
  const std::size_t probes = arguments.number("probes", 20'000);
  const Bytes message(message_bytes, 'x');
  Pair pair;
  std::thread echo([&] {
    std::vector<std::uint8_t> buffer(message_bytes);
    for (std::size_t i = 0; i < probes; ++i) {
      for (std::size_t got = 0; got < message_bytes;) got += pair.receive_far(buffer);
      pair.send_far(message);
    }
  });
  std::vector<double> times;
  for (std::size_t i = 0; i < probes; ++i) {
    const double begin = wall_seconds();
    pair.near().send(message);
    for (std::size_t got = 0; got < message_bytes;) got += pair.near().receive().size();
    times.push_back(wall_seconds() - begin);
  }
  echo.join();
  report.add_times(std::move(times));
}

}  // namespace
}  // namespace avow::bench

int main(int count, char** words) {
  const avow::bench::Arguments arguments(count, words);
  avow::bench::LoadReport report(0);
  const bool is_stream = arguments.text("workload", "stream") == "stream";
  is_stream ? avow::bench::stream(arguments, report) : avow::bench::latency(arguments, report);
  report.print();
}
