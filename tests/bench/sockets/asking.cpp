#include <atomic>
#include <thread>

#include "tests/bench/sockets/askers.hpp"
#include "tests/bench/sockets/fact_probe.hpp"
#include "tests/bench/sockets/workloads.hpp"
#include "tests/bench/support/stopwatch.hpp"

// durable, queue, beside: connections that each have one request on the way.

namespace avow::bench {
namespace {

template <class Make>
Askers askers_of(std::size_t count, const Make& make) {
  std::vector<std::unique_ptr<Asker>> askers;
  for (std::size_t i = 0; i < count; ++i) askers.push_back(make());
  return Askers(std::move(askers));
}

std::unique_ptr<Asker> asker_of(const std::string& server, std::uint16_t port) {
  if (server == "redis") return redis_asker(port);
  if (server == "jetstream") return jetstream_asker(port);
  return native_asker(port);
}

void fill_queue(const std::string& server, std::uint16_t port, std::size_t jobs) {
  if (server == "redis") return fill_redis_queue(port, jobs);
  if (server == "jetstream") return fill_jetstream_queue(port, jobs);
  return fill_native_queue(port, jobs);
}

void tell(LoadReport& report, const Askers& askers, double seconds) {
  report.add("per_second", static_cast<double>(askers.times().size()) / seconds);
  report.add_times(askers.times());
}

std::vector<double> probe(std::uint16_t port, std::size_t probes) {
  FactProbe prober(port);
  std::vector<double> times;
  for (std::size_t i = 0; i < probes; ++i) times.push_back(prober.round_trip());
  return times;
}

}  // namespace

void durable(std::uint16_t port, const Arguments& arguments, LoadReport& report) {
  const auto milliseconds = static_cast<double>(arguments.number("milliseconds", 3'000));
  const std::string server = arguments.text("server", "");
  Askers askers =
      askers_of(arguments.number("writers", 64), [&] { return asker_of(server, port); });
  std::uint64_t written = 0;
  report.begin();
  const double begin = wall_seconds();
  const double end = begin + milliseconds / 1e3;
  askers.run([&](Asker& asker) {
    if (wall_seconds() >= end) return false;
    asker.write(written++);
    return true;
  });
  tell(report, askers, wall_seconds() - begin);
  report.end();
}

void fill(std::uint16_t port, const Arguments& arguments) {
  const std::size_t count = arguments.number("count", 1'000'000);
  if (arguments.text("server", "") == "redis") {
    redis_server(port)->hold_keys(count);
  } else {
    fill_native_entries(port, count);
  }
}

void queue(std::uint16_t port, const Arguments& arguments, LoadReport& report) {
  const std::size_t jobs = arguments.number("jobs", 100'000);
  const std::string server = arguments.text("server", "");
  const bool leases = arguments.number("leases", 0) != 0;
  fill_queue(server, port, jobs);
  Askers askers = askers_of(arguments.number("workers", 8), [&] { return asker_of(server, port); });
  std::size_t asked = 0;
  report.begin();
  const double begin = wall_seconds();
  askers.run([&](Asker& asker) {
    if (asked == jobs) return false;
    ++asked;
    leases ? asker.lease_job() : asker.take_job();
    return true;
  });
  tell(report, askers, wall_seconds() - begin);
  report.end();
}

void beside(std::uint16_t port, const Arguments& arguments, LoadReport& report) {
  const std::size_t probes = arguments.number("probes", 2'000);
  const std::string where = arguments.text("writers_in", "");
  const std::size_t count = where == "nowhere" ? 0 : arguments.number("writers", 64);
  const std::string space = where == "another" ? "elsewhere" : "";
  Askers writers = askers_of(count, [&] { return native_asker(port, space); });
  std::atomic<std::uint64_t> written = 0;
  std::atomic<bool> is_over = false;
  std::thread load([&] {
    writers.run([&](Asker& asker) {
      if (is_over) return false;
      asker.write(written++);
      written.notify_one();
      return true;
    });
  });
  // Each has been answered once before anything is measured.
  for (std::uint64_t seen = written; seen < 2 * count; seen = written) written.wait(seen);
  report.begin();
  const std::uint64_t written_before = written;
  const double begin = wall_seconds();
  report.add_times(probe(port, probes));
  report.add("writes_per_second",
             static_cast<double>(written - written_before) / (wall_seconds() - begin));
  report.end();
  is_over = true;
  load.join();
}

}  // namespace avow::bench
