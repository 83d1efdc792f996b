#include <csignal>
#include <cstdlib>
#include <optional>
#include <unistd.h>
#include <utility>

#include "avow/model/text.hpp"
#include "cli/committing.hpp"
#include "cli/exit_status.hpp"
#include "cli/facts.hpp"
#include "cli/rendering.hpp"
#include "cli/verbs.hpp"

// `avow take`: an item is held while it is printed, or while a command works on it. Whatever ends
// the session before it is consumed gives it back to its place.

namespace avow::cli {
namespace {

class Taking {
 public:
  Taking(const TakeOptions& options, NamedPattern pattern)
      : options_(options), pattern_(std::move(pattern)) {}

  void begin(Session& session) {
    session_ = &session;
    committing_.emplace(session, "the item may or may not have been consumed");
    Commit commit;
    commit.take(pattern_);
    if (options_.timeout) commit.wait(*options_.timeout);
    if (options_.consume) {
      commit.consume();
      return committing_->run(
          std::move(commit), fresh_turn_id(),
          [this](Committed committed) { on_taken(std::move(committed)); },
          [this](const Error& why) { on_nothing(why); });
    }
    session.client().commit(std::move(commit), [this](Result<Committed> taken) {
      if (session_->finishing()) return;
      if (!taken.has_value()) return on_nothing(taken.error());
      on_taken(*std::move(taken));
    });
  }

 private:
  void on_nothing(const Error& why) {
    if (why.code != "empty") return session_->fail(why);
    complain("there was nothing to take: " + options_.pattern);
    const bool waited = options_.timeout && options_.timeout->count() > 0;
    session_->finish(waited ? status_timeout : status_refused);
  }

  void on_taken(Committed committed) {
    item_ = committed.items.front();
    session_->print(line(committed));
    if (session_->finishing()) return;  // Nobody reads: it is given back.
    if (options_.command.empty()) return consume(status_done);
    setenv("AVOW_ITEM", to_text(item_.value()).c_str(), 1);
    session_->on_interrupt([this](int signal) { pass_on(signal); });
    session_->loop().run_command(options_.command, [this](int status) {
      if (status == 0) return consume(status);
      session_->finish(status);
    });
  }

  [[nodiscard]] std::string line(const Committed& committed) const {
    if (options_.json) return taken_json(committed, pattern_);
    const Rendering rendering({.captures = options_.captures}, pattern_.names);
    const Value& value = item_.value();
    return rendering.row(value, pattern_.pattern.match(value).value_or(sequence()),
                         committed.revision);
  }

  void consume(int status) {
    if (options_.consume) return session_->finish(status);
    committing_->run(Commit().ack(item_), fresh_turn_id(),
                     [this, status](const Committed&) { session_->finish(status); });
  }

  // A terminal's Ctrl-C reaches the command by itself; either way its end is ours.
  void pass_on(int signal) {
    if (signal != SIGINT || isatty(STDIN_FILENO) == 0) session_->loop().signal_command(signal);
  }

  const TakeOptions& options_;
  NamedPattern pattern_;
  Session* session_ = nullptr;
  std::optional<Committing> committing_;
  Item item_;
};

}  // namespace

int run(TakeOptions options) {
  std::optional<NamedPattern> pattern = accept_pattern(options.pattern);
  if (!pattern) return status_usage;
  Taking taking(options, *std::move(pattern));
  return with_session(options.target, WhenLost::reconnect,
                      [&](Session& session) { taking.begin(session); });
}

}  // namespace avow::cli
