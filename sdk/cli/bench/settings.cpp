#include "cli/bench/settings.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace avow::cli::bench {
namespace {

constexpr Milliseconds usual_time{5'000};
constexpr Milliseconds brief_time{500};

Settings timed(Settings settings, Milliseconds duration) {
  settings.duration = duration;
  return settings;
}

}  // namespace

std::vector<Workload> workloads() {
  const auto both = [](std::string_view name, Result<void> (*work)(Run&), const Settings& usual,
                       const Settings& brief) {
    return Workload{name, work, timed(usual, usual_time), timed(brief, brief_time)};
  };
  const Settings stream{.batch = 64, .pack = 1, .window = 10'000};
  const Settings fanout{.connections = 100, .batch = 8, .pack = 1, .window = 1'000};
  const Settings select{
      .connections = 10, .facts = 10'000, .batch = 64, .pack = 1, .window = 10'000};
  const Settings latency{.batch = 1, .pack = 1, .window = 1};
  const Settings churn{.facts = 100'000, .batch = 64, .window = 1'024};
  const Settings churn_brief{.facts = 10'000, .batch = 64, .window = 1'024};
  return {
      both("stream", run_messages, stream, stream),
      both("fanout", run_messages, fanout, fanout),
      both("select", run_messages, select, select),
      both("latency", run_messages, latency, latency),
      both("churn", run_churn, churn, churn_brief),
      Workload{
          "snapshot", run_snapshot, {.facts = 100'000, .count = 5}, {.facts = 20'000, .count = 3}},
      both("durable", run_durable, {.connections = 64}, {.connections = 16}),
      Workload{"idle", run_idle, {.connections = 1'000}, {.connections = 200}},
      Workload{"mass-end",
               run_mass_end,
               {.connections = 100, .facts = 100},
               {.connections = 50, .facts = 100}},
  };
}

namespace {

// A server lets only so much wait for a client that reads slowly (8 MiB), and asks so little of it.
constexpr std::uint64_t bytes_on_the_way_max = 4 << 20;
constexpr std::uint64_t bytes_of_frame_max = 900 << 10;
constexpr std::uint64_t envelope_bytes = 100;

}  // namespace

Error usage(const std::string& sentence) { return {"usage", sentence}; }

Result<Settings> settings_of(const Workload& workload, const BenchOptions& options) {
  Settings settings = workload.usual;
  struct Flag {
    const char* name;
    std::uint64_t given;
    std::uint64_t& set;
    std::uint64_t max;
    bool exists;
  };
  const bool is_timed = settings.duration.count() > 0;
  for (const Flag& flag : {
           Flag{"--size", options.size, settings.size, 512 << 10, true},
           Flag{"--connections", options.connections, settings.connections, 60'000,
                settings.connections > 0},
           Flag{"--facts", options.facts, settings.facts, 10'000'000, settings.facts > 0},
           Flag{"--batch", options.batch, settings.batch, 60'000, settings.batch > 0},
           Flag{"--pack", options.pack, settings.pack, 1'000, settings.pack > 0},
           Flag{"--window", options.window, settings.window, 10'000'000, settings.window > 0},
           Flag{"--rate", options.rate, settings.rate, 10'000'000, settings.pack > 0},
           Flag{"--count", options.count, settings.count, std::uint64_t{1} << 45,
                is_timed || settings.count > 0},
       }) {
    if (flag.given == 0) continue;
    if (!flag.exists) {
      return usage("the workload " + std::string(workload.name) + " has no " + flag.name);
    }
    if (flag.given > flag.max) {
      return usage(std::string(flag.name) + " may be at most " + std::to_string(flag.max));
    }
    flag.set = flag.given;
  }
  if (options.duration && !is_timed) {
    return usage("the workload " + std::string(workload.name) + " has no --for");
  }
  if (options.count > 0) settings.duration = Milliseconds{0};
  if (options.duration) settings.duration = *options.duration;
  return settings;
}

namespace {

// Every connection takes a descriptor, and so do the clock, the pipes and who publishes.
Result<void> enough_descriptors(std::uint64_t connections) {
  constexpr std::uint64_t others = 32;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || connections + others <= files.rlim_cur) return {};
  return Error{"too-few-descriptors",
               std::to_string(connections) + " connections need " +
                   std::to_string(connections + others) + " descriptors, and this process may " +
                   "have " + std::to_string(files.rlim_cur) +
                   "; raise that with ulimit -n, or make --connections smaller."};
}

}  // namespace

Result<Settings> checked(Settings settings, std::string_view name) {
  settings.batch = std::max<std::uint64_t>(1, settings.batch);
  settings.pack = std::max<std::uint64_t>(1, settings.pack);
  settings.window = std::max<std::uint64_t>(1, settings.window);
  settings.connections = std::max<std::uint64_t>(1, settings.connections);
  AVOW_TRY_VOID(enough_descriptors(settings.connections));
  const std::uint64_t each = settings.size + envelope_bytes;
  if (each * settings.batch * settings.pack > bytes_of_frame_max) {
    return usage(
        "a frame would be too large for the server; make --size, --batch or --pack "
        "smaller");
  }
  if (settings.rate > 0 && settings.rate < settings.batch * settings.pack) {
    return usage(
        "at least one frame a second is sent: make --rate larger, or --batch or --pack "
        "smaller");
  }
  settings.window =
      std::min(settings.window, std::max<std::uint64_t>(1, bytes_on_the_way_max / each));
  const bool holds = name == "churn" || name == "mass-end";
  if (holds && settings.facts > facts_of_session_max) {
    return usage("a session may hold " + std::to_string(facts_of_session_max) +
                 " facts here; make --facts smaller");
  }
  if (name == "churn" && (settings.batch % 2 != 0 || settings.batch > settings.facts)) {
    return usage("a turn of churn is made of pairs: --batch is an even number, at most --facts");
  }
  return settings;
}

}  // namespace avow::cli::bench
