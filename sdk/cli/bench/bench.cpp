#include <algorithm>
#include <random>
#include <sys/resource.h>

#include "cli/bench/place.hpp"
#include "cli/bench/report.hpp"
#include "cli/bench/settings.hpp"
#include "cli/exit_status.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"

// `avow bench`: runs workloads and tells what came of them, also of those that failed.

namespace avow::cli {
namespace bench {
namespace {

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

// What a run came to: what it measured, if it came so far, and why it ended early, if it did.
struct Attempt {
  std::optional<Outcome> outcome;
  std::optional<Error> error;
};

Attempt attempt(const Workload& workload, const Place& place, Lane& lane, Settings settings) {
  const Result<Settings> used = checked(settings, workload.name);
  if (!used) return {{}, used.error()};
  Run run{lane, place, *used, workload.name, random_number()};
  const Result<void> done = workload.work(run);
  lane.show_nothing();
  Attempt attempt;
  if (!done) attempt.error = done.error();
  if (done && Lane::interrupted() != 0) {
    attempt.error = Error{"interrupted", "Interrupted: it ended before its time."};
  }
  if (!run.timing || run.report.count == 0) return attempt;
  if (run.report.seconds == 0) run.timing->finish(run.report);
  const bool has_turns = settings.batch > 0;
  if (has_turns) settings.window = used->window;
  attempt.outcome = Outcome{workload.name, settings, std::move(run.report),
                            has_turns ? measure_ceiling(*used) : Ceiling{}, done.has_value()};
  return attempt;
}

int failed(const Error& error, std::string_view name) {
  complain((name.empty() ? "" : std::string(name) + ": ") + error.detail);
  return error.code == "interrupted" ? status_interrupted + Lane::interrupted() : status_of(error);
}

int run_one(const Workload& workload, const Place& place, Lane& lane, const BenchOptions& options) {
  const Result<Settings> settings = settings_of(workload, options);
  if (!settings) return failed(settings.error(), {});
  const Attempt made = attempt(workload, place, lane, *settings);
  if (made.outcome) {
    Output().line(options.json ? as_json(*made.outcome) : in_words(*made.outcome));
  }
  return made.error ? failed(*made.error, workload.name) : status_done;
}

// What is not said for one workload is as short as it can be.
int run_all(const Place& place, Lane& lane, const BenchOptions& options) {
  Output output;
  std::string objects;
  int status = status_done;
  if (!options.json) output.line(table_head());
  for (const Workload& workload : workloads()) {
    Settings settings = workload.brief;
    settings.size = options.size;
    const Attempt made = attempt(workload, place, lane, settings);
    if (made.outcome) {
      if (!options.json) output.line(as_row(*made.outcome));
      objects += (objects.empty() ? "" : ",") + as_json(*made.outcome);
    }
    if (made.error) status = failed(*made.error, workload.name);
    if (status != status_done) break;
  }
  if (options.json) output.line("{\"results\":[" + objects + "]}");
  return status;
}

}  // namespace
}  // namespace bench

int run(BenchOptions options) {
  const Result<bench::Place> place = bench::place_of(options);
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
