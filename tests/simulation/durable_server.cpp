#include "tests/simulation/durable_server.hpp"

#include <algorithm>
#include <utility>

#include "avow/base/check.hpp"

namespace avow::simulation {
namespace {

using server::HistoryStart;
using server::JournalTurn;
using test::Fault;

// Tells one sink what another is told.
class Tee final : public server::RecoverySink {
 public:
  Tee(server::RecoverySink& first, server::RecoverySink& second) : first_(first), second_(second) {}
  void space(std::uint32_t index, std::string_view name, std::uint64_t revision) override {
    first_.space(index, name, revision);
    second_.space(index, name, revision);
  }
  Result<void> row(const server::StoredRow& row) override {
    AVOW_TRY_VOID(first_.row(row));
    return second_.row(row);
  }
  void outcome(const server::StoredOutcome& outcome) override {
    first_.outcome(outcome);
    second_.outcome(outcome);
  }
  void progress(std::uint64_t rows, std::uint64_t of) override { first_.progress(rows, of); }

 private:
  server::RecoverySink& first_;
  server::RecoverySink& second_;
};

bool is_full(const Result<void>& done) { return !done && done.error().code == "no-space"; }

server::JournalOptions journal_options(const test::Disk& disk) {
  server::JournalOptions options = test::small_journal(disk);
  options.numbers_step = std::uint64_t{1} << 32;
  options.epoch = 7;
  return options;
}

}  // namespace

DurableServer::DurableServer(const server::EngineOptions& options, std::uint64_t seed,
                             test::Random& random, Verdict& verdict, const SentCommits& sent)
    : options_(options), random_(random), verdict_(verdict), handed_over_(sent), committed_(sent) {
  test::repeat_chance_of_sqlite(seed);
  options_.journal = this;
  options_.wall_ms = 1'700'000'000'000;
  AVOW_CHECK(!start_engine());
}

DurableServer::~DurableServer() { is_dead_ = true; }

// ---- the journal, as the engine sees it -----------------------------------------------------

Result<HistoryStart> DurableServer::recover(server::RecoverySink& sink) {
  test::StateSink found;
  Tee tee(sink, found);
  AVOW_TRY(const HistoryStart start, file_->recover(tee));
  settle_pending(start);
  const std::string wrong = promise_.settle(start, found.state);
  verdict_.expect(wrong.empty(), "after a restart: " + wrong);
  const std::string differs = committed_.difference(found.state);
  verdict_.expect(differs.empty(), "after a restart: " + differs);
  return start;
}

// What was being committed is there as a whole, or not at all.
void DurableServer::settle_pending(const HistoryStart& start) {
  const bool is_there = pending_ > 0 && start.head == appended_[pending_ - 1].seq;
  for (std::size_t i = 0; is_there && i < pending_; ++i) {
    const std::string wrong = committed_.apply(appended_[i]);
    verdict_.expect(wrong.empty(), wrong);
  }
  appended_.clear();
  pending_ = 0;
}

void DurableServer::append(JournalTurn turn) {
  if (is_dead_) return;
  verdict_.expect(!has_failed_, "a turn is written down after the journal has failed");
  promise_.handed_out = std::max(promise_.handed_out, turn.seq);
  const std::string wrong = handed_over_.apply(turn);
  verdict_.expect(wrong.empty(), wrong);
  appended_.push_back(std::move(turn));
}

// ---- commits --------------------------------------------------------------------------------

void DurableServer::commit(std::size_t turns_max) {
  if (is_dead_ || has_failed_) return;
  pending_ = std::min(turns_max, appended_.size());
  const std::vector<JournalTurn> batch(appended_.begin(),
                                       appended_.begin() + static_cast<std::ptrdiff_t>(pending_));
  if (!batch.empty()) {
    promise_.ask(batch);
    Result<void> done = file_->commit(batch);
    if (is_full(done)) {
      disk_.repair();  // The ballast makes room.
      done = file_->commit(batch);
    }
    if (!done) return fail(done.error());
    accept(batch.size());
    engine_->committed(promise_.head);
  }
  const Result<void> maintained = file_->maintain();
  if (!maintained && !is_full(maintained)) fail(maintained.error());
}

void DurableServer::accept(std::size_t turns) {
  promise_.acknowledge();
  for (std::size_t i = 0; i < turns; ++i) {
    const std::string wrong = committed_.apply(appended_[i]);
    verdict_.expect(wrong.empty(), wrong);
  }
  const std::string differs = committed_.difference(promise_.acknowledged);
  verdict_.expect(differs.empty(), differs);
  appended_.erase(appended_.begin(), appended_.begin() + static_cast<std::ptrdiff_t>(turns));
  pending_ = 0;
}

void DurableServer::fail(const Error& why) {
  has_failed_ = true;
  engine_->failed(why);
}

void DurableServer::set_room(bool is_there) { engine_->room(is_there); }

void DurableServer::tick(Moment now) {
  now_ = now;
  if (has_failed_) return;
  handed_over_.time_comes(now);
  engine_->tick(now);
  const std::string wrong = handed_over_.time_came(now);
  verdict_.expect(wrong.empty(), wrong);
}

// ---- the end, and the next beginning --------------------------------------------------------

void DurableServer::plan_disk_error() {
  static const std::vector<Fault> faults{
      Fault::write_error, Fault::short_write,  Fault::full,      Fault::full_once,
      Fault::flush_error, Fault::flush_errors, Fault::read_error};
  disk_.plan(random_.pick(faults), 1 + random_.below(6));
}

void DurableServer::repair() {
  disk_.repair();
  set_room(true);
}

void DurableServer::die() {
  if (!has_failed_ && random_.chance(2, 3)) {
    disk_.plan(Fault::power_cut, 1 + random_.below(12));
    is_dead_ = true;
    // What a commit comes to is told to nobody any more.
    pending_ = random_.below(appended_.size() + 1);
    const std::vector<JournalTurn> batch(appended_.begin(),
                                         appended_.begin() + static_cast<std::ptrdiff_t>(pending_));
    if (!batch.empty()) {
      promise_.ask(batch);
      if (file_->commit(batch)) {
        accept(batch.size());
        (void)file_->maintain();
      }
    }
  }
  is_dead_ = true;
  watcher_.reset();
}

void DurableServer::lose_power() {
  disk_.repair();
  // A process that is killed leaves all that it wrote.
  if (random_.chance(2, 3)) disk_.image.lose_power(random_, random_.below(101));
}

void DurableServer::restart(Moment now) {
  AVOW_CHECK(is_dead_ || has_failed_);
  is_dead_ = true;
  watcher_.reset();
  promise_.handed_out = std::max(promise_.handed_out, engine_->seq());
  engine_.reset();
  file_.reset();
  lose_power();
  now_ = now;
  ++restarts_;
  // The wall clock was set in between.
  options_.wall_ms = 1'700'000'000'000 + random_.below(7'200'000);
  // The power may go in the midst of recovery too, which changes nothing.
  if (random_.chance(1, 3)) disk_.plan(Fault::power_cut, 1 + random_.below(8));
  while (const std::optional<Error> why = start_engine()) {
    const bool has_reason = disk_.has_failed();
    engine_ = std::make_unique<server::Engine>(server::EngineOptions{});
    file_.reset();
    if (!has_reason) return verdict_.fail("it does not start: " + why->detail);
    lose_power();
  }
}

std::optional<Error> DurableServer::start_engine() {
  is_dead_ = true;
  auto opened = server::JournalFile::open(journal_options(disk_));
  if (!opened) return opened.error();
  file_ = *std::move(opened);
  engine_ = std::make_unique<server::Engine>(options_);
  const auto start = engine_->recover();
  if (!start) return start.error();
  disk_.repair();
  committed_.go_on();
  handed_over_ = committed_;
  handed_over_.watch_clock();
  is_dead_ = false;
  has_failed_ = false;
  tick(now_);
  watcher_ = std::make_unique<Watcher>(*engine_);
  return std::nullopt;
}

void DurableServer::check() {
  if (is_dead_ || has_failed_ || watcher_ == nullptr) return;
  const std::pair<std::uint64_t, std::uint64_t> seen{promise_.head, watcher_->heard()};
  if (std::exchange(seen_, seen) == seen) return;
  const std::string wrong = watcher_->difference(committed_);
  verdict_.expect(wrong.empty(), wrong);
}

}  // namespace avow::simulation
