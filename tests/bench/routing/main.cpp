#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/limits/routing_limit.hpp"
#include "tests/bench/routing/dataspace_route.hpp"
#include "tests/bench/routing/engine_route.hpp"
#include "tests/bench/routing/route.hpp"
#include "tests/bench/routing/workload.hpp"
#include "tests/bench/support/arguments.hpp"
#include "tests/bench/support/stopwatch.hpp"

// Routing in process, from wire bytes to encoded deliveries: ours beside a limit, in one run, round
// by round in turn. docs/PERFORMANCE.md tells what the numbers mean.
//
//   routing [only=limit|dataspace|engine] [live=100000] [turn=64] [events=400000] [rounds=5]
//   [S=1000000] [shapes=1]
//
// With more than one shape a label there is no limit: it knows only one.

namespace avow::bench {
namespace {

struct Contender {
  std::string name;
  std::unique_ptr<Route> route;
  RoutingWorkload workload;
  Samples facts_per_second{};
  Samples of_the_first{};  ///< Each round's ratio: a busy machine slows both alike.
};

double run(Contender& contender, const Packets& packets, std::size_t events) {
  const std::uint64_t delivered = contender.route->deliveries();
  const double begin = thread_seconds();
  for (std::size_t i = 0; i < packets.ends.size(); ++i) contender.route->turn(packets.packet(i));
  const double seconds = thread_seconds() - begin;
  // Facts that come and go within a turn are told to nobody, except by the limit, which is simpler.
  const std::uint64_t told = contender.route->deliveries() - delivered;
  if (told > events || told < events - events / 16) {
    std::fprintf(stderr, "%s: %llu deliveries for %zu events\n", contender.name.c_str(),
                 static_cast<unsigned long long>(told), events);
    std::exit(1);
  }
  return static_cast<double>(events) / seconds;
}

std::vector<Contender> make_contenders(const RoutingLoad& load, const std::string& only) {
  std::vector<Contender> all;
  const auto add = [&](const char* name, const auto& make) {
    if (!only.empty() && only != name) return;
    const double before = resident_bytes();
    all.push_back({name, make(), RoutingWorkload(load)});
    const double after = resident_bytes();
    std::printf("  %-10s %4.0f B a subscription", name,
                (after - before) / static_cast<double>(load.subscriptions));
    Packets preload = all.back().workload.preload(all.back().route->target());
    const double loaded_from = resident_bytes();
    (void)run(all.back(), preload, load.live_facts);
    std::printf(", %4.0f B a fact\n",
                (resident_bytes() - loaded_from) / static_cast<double>(load.live_facts));
  };
  const std::size_t subscriptions = load.subscriptions;
  if (load.shapes == 1) add("limit", [&] { return std::make_unique<RoutingLimit>(subscriptions); });
  add("dataspace", [&] { return std::make_unique<DataspaceRoute>(subscriptions, load.shapes); });
  add("engine", [&] { return std::make_unique<EngineRoute>(subscriptions, load.shapes); });
  return all;
}

using Nanoseconds = std::map<std::string, double>;

// What a fact costs each of them.
Nanoseconds measure(const RoutingLoad& load, const Arguments& arguments) {
  const std::size_t events = arguments.number("events", 400'000);
  std::printf("S=%zu of %zu shapes, %zu live facts, %zu events a turn\n", load.subscriptions,
              load.shapes, load.live_facts, load.turn_events);
  std::vector<Contender> all = make_contenders(load, arguments.text("only", ""));
  for (std::size_t round = 0; round < arguments.number("rounds", 5); ++round) {
    double first = 0;
    for (Contender& each : all) {
      const Packets packets = each.workload.round(events, each.route->target());
      const double rate = run(each, packets, events);
      if (first == 0) first = rate;
      each.facts_per_second.add(rate);
      each.of_the_first.add(rate / first);
    }
  }
  Nanoseconds costs;
  for (const Contender& each : all) {
    const Samples& samples = each.facts_per_second;
    const Samples& ratios = each.of_the_first;
    std::printf("  %-10s %.2f M facts/s [%.2f-%.2f] = %.0f ns, %.3f of the first [%.3f-%.3f]\n",
                each.name.c_str(), samples.median() / 1e6, samples.min() / 1e6, samples.max() / 1e6,
                1e9 / samples.median(), ratios.median(), ratios.min(), ratios.max());
    costs[each.name] = 1e9 / samples.median();
  }
  std::fflush(stdout);
  return costs;
}

}  // namespace
}  // namespace avow::bench

int main(int count, char** words) {
  using namespace avow::bench;
  const Arguments arguments(count, words);
  const std::size_t only_subscriptions = arguments.number("S", 0);
  for (const std::size_t live : {std::size_t{1'000}, std::size_t{100'000}}) {
    if (arguments.number("live", live) != live) continue;
    Nanoseconds with_few;
    for (const std::size_t subscriptions : {std::size_t{100}, std::size_t{1'000'000}}) {
      if (only_subscriptions != 0 && only_subscriptions != subscriptions) continue;
      const Nanoseconds costs = measure({.subscriptions = subscriptions,
                                         .live_facts = live,
                                         .turn_events = arguments.number("turn", 64),
                                         .shapes = arguments.number("shapes", 1)},
                                        arguments);
      for (const auto& [name, before] : with_few) {
        std::printf("  %-10s %.2f times of what it costs at few\n", name.c_str(),
                    costs.at(name) / before);
      }
      with_few = costs;
    }
  }
}
