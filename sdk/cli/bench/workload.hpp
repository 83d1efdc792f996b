#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/bench/histogram.hpp"
#include "cli/bench/lane.hpp"
#include "cli/bench/link.hpp"
#include "cli/bench/numbered.hpp"

// What all workloads have in common: their settings, their connections, what they report.

namespace avow::cli::bench {

/// How a workload is run.
struct Settings {
  std::uint64_t size = 100;       ///< Bytes of text in each fact and message.
  std::uint64_t connections = 0;  ///< Of those that are not always one.
  std::uint64_t facts = 0;        ///< Or subscriptions.
  std::uint64_t batch = 0;        ///< Events in a turn; 1 or more when it runs, as the next two.
  std::uint64_t pack = 0;         ///< Turns in a frame.
  std::uint64_t window = 0;       ///< Events on the way.
  std::uint64_t rate = 0;         ///< Events a second; 0: as many as there is room for.
  std::uint64_t count = 0;        ///< Ends after so many; 0: after `duration`.
  Milliseconds duration{0};
};

/// What came of it. Times are in nanoseconds.
struct Report {
  std::string_view unit{};  ///< What was counted: `deliveries`.
  std::uint64_t count = 0;  ///< How many arrived, each checked.
  double seconds = 0;
  std::string_view delay_of = "delay";  ///< What the histogram is about.
  Histogram delay{};
  double driver_busy = 0;  ///< Share of the time that the driver's own thread was at work.
  /// More numbers, each with a name that ends in its unit: `first_byte_ms`.
  std::vector<std::pair<std::string_view, double>> more{};
  std::string note{};  ///< A sentence for people, or "".
};

/// Measures time and the driver's work from its construction on.
class Timing {
 public:
  /// Writes both into the report.
  void finish(Report& report) const;

 private:
  std::uint64_t begin_ns_ = now_ns();
  double used_ = processor_seconds();
};

/// One run of one workload against one server.
struct Run {
  Lane& lane;
  const Place& place;
  Settings settings;
  std::string_view name;
  std::uint64_t number;  ///< Of the run: its facts are nobody else's.
  /// Filled in while it goes on, so that a run that fails can tell what it measured until then.
  Report report{};
  std::optional<Timing> timing{};  ///< Begins when all is set up.
};

using Links = std::vector<std::unique_ptr<Link>>;

/// Whether nobody has asked for an end while a workload is being set up. Errors: `interrupted`.
[[nodiscard]] Result<void> not_interrupted();
/// Opens `count` connections, not too many at a time.
[[nodiscard]] Result<Links> open_links(Run& run, std::uint64_t count);
[[nodiscard]] Result<std::unique_ptr<Link>> open_link(Run& run);
/// Waits until all that the links have asked for is answered.
[[nodiscard]] Result<void> settle(Run& run, const Links& links);
[[nodiscard]] Result<void> settle(Run& run, Link& link);
/// Subscribes to all that the run publishes, and waits for the snapshot.
[[nodiscard]] Result<void> watch(Run& run, Link& link);

/// Holds up facts `first` to `first + count - 1`, through one link, each under the handle that is
/// its number plus one.
[[nodiscard]] Result<void> hold(Run& run, Link& link, std::uint64_t first, std::uint64_t count);
inline constexpr std::uint64_t facts_of_session_max = 200'000;

/// Says when it is time to end: after the count, the duration or an interrupt. Once it has said so,
/// it says nothing else.
class Ending {
 public:
  explicit Ending(const Settings& settings);
  [[nodiscard]] bool has_come(std::uint64_t done);

 private:
  std::uint64_t count_;
  std::uint64_t end_ns_;
  std::uint64_t look_ns_ = 0;  // When signals are looked for again.
  bool has_come_ = false;
};

/// When each turn on the way was sent, so that its way can be timed.
class Departures {
 public:
  /// At most so many turns are on the way.
  explicit Departures(std::uint64_t turns_max) : at_(turns_max + 1) {}
  void sent(std::uint64_t turn, std::uint64_t now) { at_[turn % at_.size()] = now; }
  [[nodiscard]] std::uint64_t of(std::uint64_t turn) const { return at_[turn % at_.size()]; }

 private:
  std::vector<std::uint64_t> at_;
};

[[nodiscard]] Error lost(const std::string& sentence);
[[nodiscard]] Error wrong(std::string_view what, std::optional<std::uint64_t> came,
                          std::uint64_t due);

[[nodiscard]] Result<void> run_messages(Run& run);  ///< stream, fanout, select, latency.
[[nodiscard]] Result<void> run_churn(Run& run);
[[nodiscard]] Result<void> run_snapshot(Run& run);
[[nodiscard]] Result<void> run_durable(Run& run);
[[nodiscard]] Result<void> run_idle(Run& run);
[[nodiscard]] Result<void> run_mass_end(Run& run);

/// What the driver can do when there is no server: events a second that it writes, and that it
/// reads and checks, in turns like those of the workload. Sockets are not in it.
struct Ceiling {
  double writes = 0;
  double reads = 0;
};
[[nodiscard]] Ceiling measure_ceiling(const Settings& settings);

}  // namespace avow::cli::bench
