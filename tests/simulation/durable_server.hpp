#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/engine/engine.hpp"
#include "server/store/journal_file.hpp"
#include "tests/crash/trial.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/verdict.hpp"
#include "tests/simulation/watcher.hpp"
#include "tests/support/disk/disk.hpp"

// A server that keeps what is durable on a disk in memory, and may die at any moment. The
// simulation says when the journal commits, and how much at a time; when the disk fails; when the
// power goes, and then the next server recovers from what is left.

namespace avow::simulation {

class DurableServer final : private server::Journal {
 public:
  /// What is referred to must outlive the server.
  DurableServer(const server::EngineOptions& options, std::uint64_t seed, test::Random& random,
                Verdict& verdict, const SentCommits& sent);
  ~DurableServer() override;

  [[nodiscard]] server::Engine& engine() { return *engine_; }

  /// Commits the first of the turns that wait, at most so many, in one transaction.
  void commit(std::size_t turns_max);
  [[nodiscard]] std::size_t waiting() const { return appended_.size(); }
  /// Whether there is room on the disk.
  void set_room(bool is_there);
  void tick(Moment now);

  /// The disk fails, now or at one of its next operations; then the server is failed.
  void plan_disk_error();
  /// The disk does not fail any more, and there is room.
  void repair();
  /// Nothing is written any more: every session has been ended, and the server waits for its end.
  [[nodiscard]] bool has_failed() const { return has_failed_; }
  /// The process is killed, or the power goes: now, or in the midst of a commit. The engine is
  /// there until `restart`, so that connections can be cut; but nobody writes down what it does.
  void die();
  /// The next server.
  void restart(Moment now);

  /// What must hold after each step: all that durable commits have made of facts has been told to
  /// whoever observes them if it is committed, and not before.
  void check();
  /// All that was handed to the journal; and what of it is committed.
  [[nodiscard]] const Ledger& handed_over() const { return handed_over_; }
  [[nodiscard]] const Ledger& committed() const { return committed_; }
  [[nodiscard]] std::uint64_t committed_through() const { return promise_.head; }
  [[nodiscard]] std::size_t restarts() const { return restarts_; }
  /// Nobody watches any more.
  void dismiss_watcher() { watcher_.reset(); }

 private:
  // Journal: as the engine sees it.
  Result<server::HistoryStart> recover(server::RecoverySink& sink) override;
  void start(server::JournalListener&) override {}
  void append(server::JournalTurn turn) override;
  void reserve(std::uint64_t through) override { verdict_.expect(through == 0, "too many turns"); }
  [[nodiscard]] server::LogSpan span() const override { return {}; }
  Result<void> close(std::uint64_t) override { return {}; }

  void fail(const Error& why);
  void accept(std::size_t turns);
  void settle_pending(const server::HistoryStart& start);
  void lose_power();
  [[nodiscard]] std::optional<Error> start_engine();

  server::EngineOptions options_;
  test::Random& random_;
  Verdict& verdict_;
  test::Disk disk_;
  std::unique_ptr<server::JournalFile> file_;
  std::unique_ptr<server::Engine> engine_;
  std::unique_ptr<Watcher> watcher_;
  std::vector<server::JournalTurn> appended_;  // Not committed.
  std::size_t pending_ = 0;                    // How many of them may be.
  test::Promise promise_;
  Ledger handed_over_;
  Ledger committed_;
  Moment now_{};
  std::pair<std::uint64_t, std::uint64_t> seen_;  // At the last check.
  bool is_dead_ = false;
  bool has_failed_ = false;
  std::size_t restarts_ = 0;
};

}  // namespace avow::simulation
