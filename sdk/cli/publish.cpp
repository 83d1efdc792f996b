#include <csignal>
#include <optional>
#include <unistd.h>
#include <utility>

#include "cli/exit_status.hpp"
#include "cli/facts.hpp"
#include "cli/leasing.hpp"
#include "cli/rendering.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

namespace avow::cli {
namespace {

class Publishing {
 public:
  Publishing(const PublishOptions& options, std::vector<Value> facts)
      : options_(options), facts_(std::move(facts)) {}

  void begin(Session& session) {
    session_ = &session;
    session.client().turn(
        [this](Turn& turn) {
          for (Value& fact : facts_) publications_.push_back(turn.publish(std::move(fact)));
        },
        [this](const Result<Receipt>& receipt) { on_receipt(receipt); });
  }

 private:
  void on_receipt(const Result<Receipt>& receipt) {
    if (!receipt.has_value()) return session_->fail(receipt.error());
    // With a command, stdout is the command's.
    if (options_.command.empty()) {
      session_->print(session_->output().painted(
          '=', receipt_line("published", receipt->revision(), options_.json)));
      return;
    }
    session_->on_interrupt([this](int signal) { pass_on(signal); });
    session_->loop().run_command(options_.command,
                                 [this](int status) { session_->finish(status); });
  }

  // A terminal's Ctrl-C reaches the command by itself; either way its end is ours.
  void pass_on(int signal) {
    if (signal != SIGINT || isatty(STDIN_FILENO) == 0) session_->loop().signal_command(signal);
  }

  const PublishOptions& options_;
  std::vector<Value> facts_;
  Session* session_ = nullptr;
  std::vector<Publication> publications_;
};

}  // namespace

int run(PublishOptions options) {
  std::optional<std::vector<Value>> facts =
      accept_facts(options.values, options.bare ? Bare::taken : Bare::refused, "publish");
  if (!facts) return status_usage;
  if (options.lease) return publish_under_lease(options, *std::move(facts));
  Publishing publishing(options, *std::move(facts));
  return with_session(options.target, WhenLost::reconnect,
                      [&](Session& session) { publishing.begin(session); });
}

}  // namespace avow::cli
