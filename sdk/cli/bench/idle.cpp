#include <algorithm>

#include "cli/bench/server_memory.hpp"
#include "cli/bench/workload.hpp"

// idle: connections with one subscription each, of their own, that only wait. At the end each is
// sent one message, so that it is known that all of them were there.

namespace avow::cli::bench {
namespace {

class Idle {
 public:
  explicit Idle(Run& run) : run_(run), numbered_(run.number, run.settings.size, batch) {}

  Result<void> result() {
    const std::uint64_t count = run_.settings.connections;
    const std::optional<double> before = server_memory(run_.place.url);
    Report& report = run_.report;
    report.unit = "connections";
    run_.timing.emplace();
    AVOW_TRY(links_, open_links(run_, count));
    for (std::uint64_t i = 0; i < count; ++i) {
      links_[i]->on_batch([this, i](const Link::Batch& told) { take(i, told); });
      links_[i]->observe(1, numbered_.of_key(i));
      links_[i]->ask({});
    }
    AVOW_TRY_VOID(settle(run_, links_));
    run_.timing->finish(report);
    const std::optional<double> after = server_memory(run_.place.url);
    AVOW_TRY_VOID(wake_all(report));
    if (before && after) {
      report.more.emplace_back("server_memory_each_bytes",
                               (*after - *before) / static_cast<double>(count));
    } else {
      report.note = "The server does not tell its memory at /metrics.";
    }
    return {};
  }

 private:
  static constexpr std::size_t batch = 64;

  Result<void> wake_all(Report& report) {
    AVOW_TRY(publisher_, open_link(run_));
    is_told_.resize(links_.size());
    const std::uint64_t begin = now_ns();
    std::vector<Link::Event> events;
    for (std::uint64_t i = 0; i < links_.size();) {
      events.clear();
      for (; events.size() < batch && i < links_.size(); ++i) {
        events.push_back({.target = publisher_->space(),
                          .body = numbered_.write(events.size(), i, i),
                          .kind = wire::EventKind::message});
      }
      publisher_->ask(events);
      AVOW_TRY_VOID(settle(run_, *publisher_));
    }
    AVOW_TRY_VOID(
        run_.lane.until([&] { return woken_ == links_.size(); }, [&] { return missing(); }));
    report.more.emplace_back("all_woken_ms", static_cast<double>(now_ns() - begin) / 1e6);
    for (const auto& link : links_) link->ask({});
    return settle(run_, links_);
  }

  void take(std::uint64_t index, const Link::Batch& told) {
    for (const Link::Event& event : told.events) {
      const auto number = numbered_.number_in(event.body);
      if (number != index || is_told_[index])
        return run_.lane.fail(wrong("message", number, index));
      is_told_[index] = true;
      run_.report.count = ++woken_;
    }
  }

  [[nodiscard]] std::string missing() const {
    return std::to_string(links_.size() - woken_) +
           " connections were not told what was for them, and the server is silent.";
  }

  Run& run_;
  Numbered numbered_;
  Links links_;
  std::unique_ptr<Link> publisher_;
  std::vector<bool> is_told_;
  std::uint64_t woken_ = 0;
};

}  // namespace

Result<void> run_idle(Run& run) { return Idle(run).result(); }

}  // namespace avow::cli::bench
