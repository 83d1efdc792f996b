#include <cstdio>
#include <numeric>
#include <vector>

#include "tests/bench/sockets/prober.hpp"
#include "tests/bench/sockets/workloads.hpp"
#include "tests/bench/support/stopwatch.hpp"

// snapshot, memory, hold, join: what stands in a server.

namespace avow::bench {

void snapshot(Server& server, const Arguments& arguments, LoadReport& report) {
  const std::size_t facts = arguments.number("facts", 1'000'000);
  server.hold_facts(facts);
  (void)server.snapshot(facts);  // The first builds what later ones use.
  report.begin();
  const Server::Snapshot told = server.snapshot(facts);
  report.end();
  report.add("first_byte", told.first_byte);
  report.add("last_byte", told.last_byte);
  Prober prober(server);
  (void)server.snapshot(facts);
  report.add_times(prober.end(), "others_");
}

void hold(Server& server, const Arguments& arguments) {
  const std::size_t first = arguments.number("first", 0);
  const std::size_t facts = arguments.number("facts", 1'000'000);
  std::vector<Socket> holders;
  for (std::size_t held = 0; held < facts; held += facts_of_session) {
    holders.push_back(server.holder(first + held, std::min(facts_of_session, facts - held)));
  }
  std::puts("held");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}

void join(Server& server, const Arguments& arguments, LoadReport& report) {
  const Server::Snapshot told = server.snapshot(arguments.number("facts", 1'000'000));
  report.add("last_byte", told.last_byte);
}

void memory(Server& server, const Arguments& arguments, LoadReport& report) {
  const std::size_t count = arguments.number("count", 100'000);
  const std::string of = arguments.text("of", "facts");
  std::vector<Socket> sockets;
  sockets.push_back(server.publisher());
  report.begin();
  if (of == "facts") server.hold_keys(count);
  if (of == "subscriptions") {
    std::vector<std::uint32_t> topics(count);
    std::iota(topics.begin(), topics.end(), 0U);
    constexpr std::size_t of_connection = 10'000;
    for (std::size_t at = 0; at < count; at += of_connection) {
      sockets.push_back(server.subscriber_of(
          std::span(topics).subspan(at, std::min(of_connection, count - at)), Selection::literal));
    }
  }
  if (of == "connections") {
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t own[] = {i};
      sockets.push_back(server.subscriber_of(own, Selection::literal));
    }
  }
  report.add_memory_each(count);
}

}  // namespace avow::bench
