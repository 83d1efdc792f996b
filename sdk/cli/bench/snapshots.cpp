#include <algorithm>
#include <unordered_map>

#include "cli/bench/roll.hpp"
#include "cli/bench/workload.hpp"

// snapshot: facts stand, and one client after another asks for all of them.
// mass-end: clients with facts end at once, and one watcher is to be told of all.

namespace avow::cli::bench {
namespace {

constexpr double ns_per_ms = 1e6;

struct Joining {
  std::uint64_t first_ns = 0;
  std::uint64_t last_ns = 0;
};

Result<Joining> join(Run& run) {
  AVOW_TRY(const std::unique_ptr<Link> link, open_link(run));
  const Numbered numbered(run.number, run.settings.size, 0);
  Roll roll(run.settings.facts);
  const std::uint64_t begin = now_ns();
  Joining joining;
  link->on_batch([&](const Link::Batch& batch) {
    if (joining.first_ns == 0) joining.first_ns = now_ns() - begin;
    for (const Link::Event& event : batch.events) {
      const auto number = numbered.number_in(event.body);
      if (!roll.enter(number)) return run.lane.fail(not_once(number));
    }
  });
  AVOW_TRY_VOID(watch(run, *link));
  joining.last_ns = now_ns() - begin;
  if (roll.missing() > 0) return lost(missing_of(roll));
  return joining;
}

// Facts of many sessions, at most so many in each.
Result<Links> hold_all(Run& run) {
  const std::uint64_t facts = run.settings.facts;
  const std::uint64_t holders = (facts + facts_of_session_max - 1) / facts_of_session_max;
  AVOW_TRY(Links links, open_links(run, holders));
  for (std::uint64_t i = 0; i < holders; ++i) {
    const std::uint64_t first = i * facts_of_session_max;
    AVOW_TRY_VOID(hold(run, *links[i], first, std::min(facts_of_session_max, facts - first)));
  }
  return links;
}

}  // namespace

Result<void> run_snapshot(Run& run) {
  AVOW_TRY(const Links holders, hold_all(run));
  Report& report = run.report;
  report.unit = "facts";
  report.delay_of = "last byte";
  Histogram first;
  Ending ending(run.settings);
  run.timing.emplace();
  double waited = 0;
  for (std::uint64_t round = 0; !ending.has_come(round); ++round) {
    AVOW_TRY(const Joining joining, join(run));
    first.record(joining.first_ns);
    report.delay.record(joining.last_ns);
    report.count += run.settings.facts;
    waited += static_cast<double>(joining.last_ns) / 1e9;
    run.timing->finish(report);
    report.seconds = waited;  // Not the checking after the last byte.
  }
  report.more = {{"first_byte_ms", static_cast<double>(first.percentile(50)) / ns_per_ms},
                 {"last_byte_ms", static_cast<double>(report.delay.percentile(50)) / ns_per_ms}};
  return {};
}

Result<void> run_mass_end(Run& run) {
  const Settings& settings = run.settings;
  const Numbered numbered(run.number, settings.size, 0);
  const std::uint64_t facts = settings.connections * settings.facts;
  Roll come(facts);
  Roll gone(facts);
  std::unordered_map<std::uint64_t, std::uint64_t> numbers;  // By the server's handle.
  AVOW_TRY(const std::unique_ptr<Link> watcher, open_link(run));
  watcher->on_batch([&](const Link::Batch& batch) {
    for (const Link::Event& event : batch.events) {
      const bool comes = event.kind == wire::EventKind::publish;
      const auto known = numbers.find(event.handle);
      const auto number = comes                    ? numbered.number_in(event.body)
                          : known != numbers.end() ? std::optional(known->second)
                                                   : std::nullopt;
      if (!(comes ? come : gone).enter(number)) return run.lane.fail(not_once(number));
      if (comes) numbers[event.handle] = *number;
      run.report.count = gone.entered();
    }
  });
  AVOW_TRY_VOID(watch(run, *watcher));
  AVOW_TRY(Links clients, open_links(run, settings.connections));
  for (std::uint64_t i = 0; i < clients.size(); ++i) {
    AVOW_TRY_VOID(hold(run, *clients[i], i * settings.facts, settings.facts));
  }
  AVOW_TRY_VOID(
      run.lane.until([&] { return come.missing() == 0; }, [&] { return missing_of(come); }));

  Report& report = run.report;
  report.unit = "facts";
  run.timing.emplace();
  clients.clear();
  AVOW_TRY_VOID(
      run.lane.until([&] { return gone.missing() == 0; }, [&] { return missing_of(gone); }));
  run.timing->finish(report);
  watcher->ask({});  // What is told twice has been told by the answer.
  report.more = {{"all_told_ms", report.seconds * 1e3}};
  return settle(run, *watcher);
}

}  // namespace avow::cli::bench
