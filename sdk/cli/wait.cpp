#include <cstddef>
#include <optional>
#include <utility>

#include "cli/exit_status.hpp"
#include "cli/facts.hpp"
#include "cli/rendering.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

namespace avow::cli {
namespace {

// Ends the session when something matches, or nothing does any more.
class Wait {
 public:
  Wait(const WaitOptions& options, NamedPattern pattern)
      : options_(options),
        hides_housekeeping_(matches_everything(pattern) && !options.showing.all),
        rendering_(captures_of(options.showing), pattern.names),
        pattern_(std::move(pattern)) {}

  void begin(Session& session) {
    session_ = &session;
    if (options_.timeout) {
      session.loop().after(*options_.timeout, [this] { give_up(); });
    }
    // An interest in the plain pattern, which others may wait for in their turn; the facts are
    // asked for only where they tell what to hide.
    const Want want = hides_housekeeping_ ? Want::whole_facts : Want::captures;
    subscription_ = session.client().subscribe(Query(pattern_, want),
                                               [this](const Change& change) { on_change(change); });
  }

 private:
  static Showing captures_of(Showing showing) {
    showing.captures = true;
    return showing;
  }

  void on_change(const Change& change) {
    switch (change.kind) {
      case Change::Kind::refused:
        return session_->fail(change.error);
      case Change::Kind::message:
      case Change::Kind::missed:
        return;
      case Change::Kind::synced:
        synced_ = true;
        break;
      case Change::Kind::add:
      case Change::Kind::remove:
        if (hides_housekeeping_ && is_housekeeping(change.fact)) return;
        change.kind == Change::Kind::add ? ++there_ : --there_;
        if (change.kind == Change::Kind::add && !options_.gone) return found(change);
        break;
    }
    if (options_.gone && synced_ && there_ == 0) session_->finish(status_done);
  }

  void found(const Change& change) {
    if (options_.showing.captures || options_.showing.json) {
      session_->print(rendering_.row(change.fact, change.captures, change.revision));
    }
    session_->finish(status_done);
  }

  void give_up() {
    if (session_->finishing()) return;
    complain("waited in vain: " + options_.pattern +
             (options_.gone ? " is still there" : " did not come"));
    session_->finish(status_timeout);
  }

  const WaitOptions& options_;
  bool hides_housekeeping_;
  Rendering rendering_;
  NamedPattern pattern_;
  Session* session_ = nullptr;
  Subscription subscription_;
  bool synced_ = false;
  std::size_t there_ = 0;  // What matches.
};

}  // namespace

int run(WaitOptions options) {
  std::optional<NamedPattern> pattern = accept_pattern(options.pattern);
  if (!pattern) return status_usage;
  Wait wait(options, *std::move(pattern));
  return with_session(options.target, WhenLost::reconnect,
                      [&](Session& session) { wait.begin(session); });
}

}  // namespace avow::cli
