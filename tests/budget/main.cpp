#include <cstdio>
#include <functional>
#include <string_view>
#include <variant>

#include "avow/base/check.hpp"
#include "avow/wire/packet.hpp"
#include "tests/bench/routing/engine_route.hpp"
#include "tests/bench/routing/workload.hpp"
#include "tests/budget/json_exchange.hpp"

// Does a fixed piece of work, of which valgrind counts the instructions (see check.py):
//
//   budget decode | route | session
//
// Everything that it depends on is fixed. What is counted happens within `avow_counted`; what comes
// before it makes the work ready, and warms up what later work finds warm.

namespace {

using avow::bench::EngineRoute;
using avow::bench::Packets;
using avow::bench::RoutingWorkload;

constexpr avow::bench::RoutingLoad load{
    .subscriptions = 1'000, .live_facts = 10'000, .turn_events = 64};
constexpr std::size_t events = 20'000;
constexpr std::size_t round_trips = 500;

}  // namespace

// By this name callgrind is told what to count.
extern "C" __attribute__((noinline, visibility("default"))) void avow_counted(
    const std::function<void()>& work) {
  work();
}

namespace {

// From the bytes of packets to their events, whose values have been found to be well formed.
void decode() {
  RoutingWorkload workload(load);
  const Packets packets = workload.preload(1);
  avow_counted([&] {
    for (std::size_t i = 0; i < packets.ends.size(); ++i) {
      const avow::Result<avow::wire::Packet> packet = avow::wire::decode_packet(packets.packet(i));
      AVOW_CHECK(packet && std::holds_alternative<avow::wire::Turn>(*packet));
    }
  });
}

// From the bytes of packets to the bytes of deliveries, one for each event.
void route() {
  RoutingWorkload workload(load);
  EngineRoute route(load.subscriptions);
  const auto send = [&](const Packets& packets) {
    for (std::size_t i = 0; i < packets.ends.size(); ++i) route.turn(packets.packet(i));
  };
  send(workload.preload(route.target()));
  send(workload.round(events, route.target()));
  const Packets packets = workload.round(events, route.target());
  const std::uint64_t delivered = route.deliveries();
  avow_counted([&] { send(packets); });
  AVOW_CHECK(route.deliveries() > delivered + events / 2);
}

// From the text of requests to the text of answers and of what an observer is told.
void session() {
  avow::budget::JsonExchange exchange;
  const auto talk = [&] {
    for (std::size_t i = 0; i < round_trips; ++i) exchange.round_trip(i);
  };
  talk();
  avow_counted(talk);
}

}  // namespace

int main(int count, char** words) {
  const std::string_view work = count == 2 ? words[1] : "";
  if (work == "decode") {
    decode();
  } else if (work == "route") {
    route();
  } else if (work == "session") {
    session();
  } else {
    std::fputs("usage: budget decode | route | session\n", stderr);
    return 2;
  }
  return 0;
}
