#include <unordered_map>

#include "cli/bench/workload.hpp"

// K facts stand; each turn retracts the oldest of them and publishes as many new ones, of the same
// keys. So fact number n goes when number n + K comes, and the one watcher is to be told both in
// that order.

namespace avow::cli::bench {
namespace {

class Churn {
 public:
  explicit Churn(Run& run)
      : run_(run),
        facts_(run.settings.facts),
        pairs_(run.settings.batch / 2),
        numbered_(run.number, run.settings.size, pairs_),
        departures_(run.settings.window / run.settings.batch + 2) {
    report_ = {.unit = "changes"};
  }

  Result<void> result() {
    AVOW_TRY(publisher_, open_link(run_));
    AVOW_TRY(watcher_, open_link(run_));
    watcher_->on_batch([this](const Link::Batch& batch) { take(batch); });
    AVOW_TRY_VOID(watch(run_, *watcher_));
    sent_ = facts_;
    AVOW_TRY_VOID(hold(run_, *publisher_, 0, facts_));
    AVOW_TRY_VOID(all_told());
    report_ = {.unit = report_.unit};

    Ending ending(run_.settings);
    run_.timing.emplace();
    while (!ending.has_come(2 * (sent_ - facts_))) {
      send();
      AVOW_TRY_VOID(run_.lane.until([&] { return has_room(); }, [&] { return missing(); }));
      run_.lane.show(std::string(run_.name), report_.count);
    }
    AVOW_TRY_VOID(all_told());
    run_.timing->finish(report_);
    watcher_->ask({});  // What is told twice has been told by the answer.
    return settle(run_, *watcher_);
  }

 private:
  [[nodiscard]] std::uint64_t changes_due() const {
    return (sent_ - come_) + (sent_ - facts_ - gone_);
  }
  [[nodiscard]] bool has_room() const {
    return publisher_->is_idle() && changes_due() + run_.settings.batch <=
                                        std::max(run_.settings.batch, run_.settings.window);
  }
  Result<void> all_told() {
    return run_.lane.until([&] { return changes_due() == 0; }, [&] { return missing(); });
  }
  [[nodiscard]] std::string missing() const {
    return std::to_string(changes_due()) +
           " changes were not told to the watcher, and the server is silent.";
  }

  void send() {
    events_.clear();
    for (std::uint64_t i = 0; i < pairs_; ++i, ++sent_) {
      const std::uint64_t oldest = sent_ - facts_;
      events_.push_back(
          {.target = publisher_->space(), .handle = oldest + 1, .kind = wire::EventKind::retract});
      events_.push_back({.target = publisher_->space(),
                         .handle = sent_ + 1,
                         .body = numbered_.write(i, sent_ % facts_, sent_),
                         .kind = wire::EventKind::publish});
    }
    publisher_->add_turn(events_);
    departures_.sent(turn_of(sent_ - 1), now_ns());
    publisher_->send_frame();
  }
  [[nodiscard]] std::uint64_t turn_of(std::uint64_t number) const {
    return (number - facts_) / pairs_;
  }

  void take(const Link::Batch& batch) {
    for (const Link::Event& event : batch.events) {
      const bool comes = event.kind == wire::EventKind::publish;
      const std::uint64_t due = comes ? come_ : gone_;
      const auto number = comes ? numbered_.number_in(event.body) : number_of(event.handle);
      if (!number || *number != due || due >= (comes ? sent_ : sent_ - facts_)) {
        return run_.lane.fail(wrong(comes ? "fact" : "retraction of the fact", number, due));
      }
      if (comes) numbers_.emplace(event.handle, *number);
      ++(comes ? come_ : gone_);
    }
    if (batch.events.empty()) return;
    report_.count += batch.events.size();
    if (gone_ > 0) {
      report_.delay.record(now_ns() - departures_.of(turn_of(gone_ + facts_ - 1)),
                           batch.events.size());
    }
  }

  // A retraction names what it takes back as the server did when it came.
  std::optional<std::uint64_t> number_of(std::uint64_t handle) {
    const auto found = numbers_.extract(handle);
    return found.empty() ? std::nullopt : std::optional(found.mapped());
  }

  Run& run_;
  const std::uint64_t facts_;
  const std::uint64_t pairs_;
  Numbered numbered_;
  Departures departures_;
  std::unique_ptr<Link> publisher_;
  std::unique_ptr<Link> watcher_;
  std::vector<Link::Event> events_;
  std::unordered_map<std::uint64_t, std::uint64_t> numbers_;  // By the server's handle.
  std::uint64_t sent_ = 0;  // The number of the next fact to be published.
  std::uint64_t come_ = 0;  // Of the next that is to be told.
  std::uint64_t gone_ = 0;  // Of the next whose end is to be told.
  Report& report_ = run_.report;
};

}  // namespace

Result<void> run_churn(Run& run) { return Churn(run).result(); }

}  // namespace avow::cli::bench
