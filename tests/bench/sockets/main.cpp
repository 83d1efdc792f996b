#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/sockets/counter.hpp"
#include "tests/bench/sockets/server.hpp"
#include "tests/bench/support/arguments.hpp"
#include "tests/bench/support/stopwatch.hpp"

// Loads one server over loopback. `compare` beside this runs several in turn and makes the tables.
//
//   sockets server=native|syndicate|redis|beast port=N workload=stream|snapshot
//   stream:   [subscribers=1] [burst=64] [deliveries=1000000] [window=10000]
//   snapshot: [facts=1000000]
//
// Prints one line of JSON.

namespace avow::bench {
namespace {

std::unique_ptr<Server> server_of(const std::string& name, std::uint16_t port) {
  if (name == "native") return native_server(port);
  if (name == "syndicate") return syndicate_server(port);
  if (name == "redis") return redis_server(port);
  if (name == "beast") return beast_server(port);
  std::fprintf(stderr, "sockets: server= is native, syndicate, redis or beast\n");
  std::exit(2);
}

// What one subscriber receives for one burst. Silence for so long means that it was all.
std::uint64_t bytes_of_burst(Server& server, Socket& publisher, Socket& subscriber,
                             std::size_t burst) {
  constexpr int silence_ms = 300;
  ByteCount count(server.counting());
  Bytes bytes;
  server.append_burst(bytes, burst);
  publisher.send(bytes);
  std::uint64_t counted = count.take(subscriber.receive());
  for (ByteView more = subscriber.receive_within(silence_ms); !more.empty();
       more = subscriber.receive_within(silence_ms)) {
    counted += count.take(more);
  }
  return counted;
}

void discard_pending(std::vector<Socket>& subscribers) {
  for (Socket& subscriber : subscribers) subscriber.discard();
}

void stream(Server& server, const Arguments& arguments) {
  const std::size_t burst = arguments.number("burst", 64);
  std::vector<Socket> subscribers;
  for (std::size_t i = 0; i < arguments.number("subscribers", 1); ++i) {
    subscribers.push_back(server.subscriber());
  }
  Socket publisher = server.publisher();
  const std::uint64_t size = bytes_of_burst(server, publisher, subscribers.front(), burst);
  discard_pending(subscribers);

  const std::uint64_t per_burst = size * subscribers.size();
  const std::size_t bursts = std::max<std::size_t>(
      1, arguments.number("deliveries", 1'000'000) / burst / subscribers.size());
  const std::size_t window =
      std::max<std::size_t>(2, arguments.number("window", 10'000) / burst /
                                   std::max<std::size_t>(1, subscribers.size() / 10));
  const Counter counter(subscribers, server.counting());
  const double begin = wall_seconds();
  Bytes bytes;
  for (std::size_t sent = 0; sent < bursts; ++sent) {
    if (sent >= window) counter.wait_for((sent - window) * per_burst);
    bytes.clear();
    server.append_burst(bytes, burst);
    publisher.send(bytes);
    publisher.discard();
  }
  counter.wait_for(bursts * per_burst);
  const double seconds = wall_seconds() - begin;
  if (counter.total() != bursts * per_burst) fail("more was delivered than was published");
  std::printf("{\"per_second\": %.0f}\n",
              static_cast<double>(bursts * burst * subscribers.size()) / seconds);
}

void snapshot(Server& server, const Arguments& arguments) {
  const std::size_t facts = arguments.number("facts", 1'000'000);
  server.hold_facts(facts);
  (void)server.snapshot(facts);  // The first builds what later ones use.
  const Server::Snapshot told = server.snapshot(facts);
  std::printf("{\"first_byte\": %.6f, \"last_byte\": %.6f}\n", told.first_byte, told.last_byte);
}

}  // namespace
}  // namespace avow::bench

int main(int count, char** words) {
  using namespace avow::bench;
  const Arguments arguments(count, words);
  const std::unique_ptr<Server> server = server_of(
      arguments.text("server", ""), static_cast<std::uint16_t>(arguments.number("port", 7370)));
  if (arguments.text("workload", "stream") == "snapshot") {
    snapshot(*server, arguments);
  } else {
    stream(*server, arguments);
  }
}
