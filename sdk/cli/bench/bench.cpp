#include <algorithm>
#include <array>
#include <random>
#include <sys/resource.h>

#include "avow/capability/sturdy_reference.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"
#include "cli/bench/report.hpp"
#include "cli/exit_status.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"

// `avow bench`: which workloads there are, how each is run, and what is made of the outcome.

namespace avow::cli {
namespace bench {
namespace {

using Work = Result<Report> (*)(Run& run);

// A zero means that the workload has no such setting.
struct Workload {
  std::string_view name;
  Work work;
  Settings usual;
  Settings brief;  // Of the table of all.
};

constexpr Milliseconds usual_time{5'000};
constexpr Milliseconds brief_time{500};

Settings timed(Settings settings, Milliseconds duration) {
  settings.duration = duration;
  return settings;
}

std::vector<Workload> workloads() {
  const auto both = [](std::string_view name, Work work, const Settings& usual,
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

// A server lets only so much wait for a client that reads slowly (8 MiB), and asks so little of it.
constexpr std::uint64_t bytes_on_the_way_max = 4 << 20;
constexpr std::uint64_t bytes_of_frame_max = 900 << 10;
constexpr std::uint64_t envelope_bytes = 100;

Error usage(const std::string& sentence) { return {"usage", sentence}; }

Result<Settings> settings_of(const Workload& workload, const BenchOptions& options, bool brief) {
  Settings settings = brief ? workload.brief : workload.usual;
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

Result<Settings> checked(Settings settings, std::string_view name) {
  settings.batch = std::max<std::uint64_t>(1, settings.batch);
  settings.pack = std::max<std::uint64_t>(1, settings.pack);
  settings.window = std::max<std::uint64_t>(1, settings.window);
  settings.connections = std::max<std::uint64_t>(1, settings.connections);
  const std::uint64_t each = settings.size + envelope_bytes;
  if (each * settings.batch * settings.pack > bytes_of_frame_max) {
    return usage(
        "a frame would be too large for the server; make --size, --batch or --pack "
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

Result<Place> place_of(const Target& target) {
  AVOW_TRY(Url url, Url::parse(target.url));
  if (target.reference.empty()) {
    const SturdyReference reference =
        target.space.empty() ? development_reference()
                             : SturdyReference::mint({}, record("space", target.space));
    return Place{std::move(url), reference.to_value()};
  }
  Result<Value> value = parse_text(target.reference);
  if (!value.has_value() || !SturdyReference::parse(*value).has_value()) {
    return Error{"bad-options", "--cap is no sturdy reference, <ref {oid: … sig: …}>"};
  }
  return Place{std::move(url), *std::move(value)};
}

// Every connection takes a descriptor.
void allow_many_connections() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

std::uint64_t random_number() {
  std::random_device device;
  return std::uint64_t{device()} << 32U | std::uint64_t{device()};
}

Result<Outcome> outcome_of(const Workload& workload, const Place& place, Lane& lane,
                           Settings settings) {
  AVOW_TRY(const Settings used, checked(settings, workload.name));
  Run run{lane, place, used, workload.name, random_number()};
  Result<Report> report = workload.work(run);
  lane.show_nothing();
  if (!report) return report.error();
  const bool has_turns = settings.batch > 0;
  if (has_turns) settings.window = used.window;
  return Outcome{workload.name, settings, *std::move(report),
                 has_turns ? measure_ceiling(used) : Ceiling{}};
}

int failed(const Error& error, std::string_view name) {
  complain((name.empty() ? "" : std::string(name) + ": ") + error.detail);
  return error.code == "interrupted" ? status_interrupted + Lane::interrupted() : status_of(error);
}

int done() {
  const int signal = Lane::interrupted();
  return signal == 0 ? status_done : status_interrupted + signal;
}

int run_one(const Workload& workload, const Place& place, Lane& lane, const BenchOptions& options) {
  const Result<Settings> settings = settings_of(workload, options, false);
  if (!settings) return failed(settings.error(), {});
  const Result<Outcome> outcome = outcome_of(workload, place, lane, *settings);
  if (!outcome) return failed(outcome.error(), workload.name);
  Output().line(options.json ? as_json(*outcome) : in_words(*outcome));
  return done();
}

// What is not said for one workload is as short as it can be.
int run_all(const Place& place, Lane& lane, const BenchOptions& options) {
  Output output;
  std::string objects;
  if (!options.json) output.line(table_head());
  for (const Workload& workload : workloads()) {
    Settings settings = workload.brief;
    settings.size = options.size;
    const Result<Outcome> outcome = outcome_of(workload, place, lane, settings);
    if (!outcome) return failed(outcome.error(), workload.name);
    if (!options.json) output.line(as_row(*outcome));
    objects += (objects.empty() ? "" : ",") + as_json(*outcome);
    if (Lane::interrupted() != 0) break;
  }
  if (options.json) output.line("{\"results\":[" + objects + "]}");
  return done();
}

}  // namespace
}  // namespace bench

int run(BenchOptions options) {
  const Result<bench::Place> place = bench::place_of(options.target);
  if (!place) return bench::failed(place.error(), {});
  bench::allow_many_connections();
  bench::Lane lane(options.patience);
  if (options.workload.empty()) return bench::run_all(*place, lane, options);
  for (const bench::Workload& workload : bench::workloads()) {
    if (workload.name == options.workload) return bench::run_one(workload, *place, lane, options);
  }
  return bench::failed(
      bench::usage("there is no workload '" + options.workload + "'; avow bench --help lists them"),
      {});
}

}  // namespace avow::cli
