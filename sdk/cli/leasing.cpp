#include "cli/leasing.hpp"

#include <csignal>
#include <unistd.h>
#include <utility>

#include "cli/exit_status.hpp"
#include "cli/rendering.hpp"
#include "cli/session.hpp"

namespace avow::cli {
namespace {

class Leasing {
 public:
  Leasing(const PublishOptions& options, std::vector<Value> facts)
      : options_(options), facts_(std::move(facts)) {}

  void begin(Session& session) {
    session_ = &session;
    session.on_interrupt([this](int signal) { interrupted(signal); });
    ask();
  }

 private:
  void ask() {
    session_->client().lease(
        *options_.lease, [this](Result<Lease> lease) { on_lease(std::move(lease)); },
        [this](std::uint64_t) { on_expired(); });
  }

  void on_lease(Result<Lease> lease) {
    if (!lease.has_value()) return session_->fail(lease.error());
    lease_ = *std::move(lease);
    Commit commit;
    for (const Value& fact : facts_) commit.lease_to(lease_, fact);
    session_->client().commit(std::move(commit), [this](const Result<Committed>& committed) {
      if (!committed.has_value()) return finish(status_of(committed.error()), committed.error());
      on_published(*committed);
    });
  }

  void on_published(const Committed& committed) {
    // With a command, stdout is the command's.
    if (options_.command.empty()) {
      return session_->print(session_->output().painted(
          '=', receipt_line("published", committed.revision, options_.json)));
    }
    if (std::exchange(runs_command_, true)) return;
    session_->loop().run_command(options_.command, [this](int status) { finish(status); });
  }

  void on_expired() {
    if (session_->finishing()) return;
    complain("the lease has ended, and the facts with it; beginning another");
    std::move(lease_).release();
    ask();
  }

  // A terminal's Ctrl-C reaches the command by itself; either way its end is ours.
  void interrupted(int signal) {
    if (!runs_command_) return finish(status_interrupted + signal);
    if (signal != SIGINT || isatty(STDIN_FILENO) == 0) session_->loop().signal_command(signal);
  }

  void finish(int status) {
    lease_.end();
    session_->finish(status);
  }
  void finish(int status, const Error& why) {
    if (session_->finishing()) return;
    complain(why.detail);
    finish(status);
  }

  const PublishOptions& options_;
  std::vector<Value> facts_;
  Session* session_ = nullptr;
  Lease lease_;
  bool runs_command_ = false;
};

}  // namespace

int publish_under_lease(const PublishOptions& options, std::vector<Value> facts) {
  Leasing leasing(options, std::move(facts));
  return with_session(options.target, WhenLost::reconnect,
                      [&](Session& session) { leasing.begin(session); });
}

}  // namespace avow::cli
