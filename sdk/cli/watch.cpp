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

class Watch {
 public:
  Watch(const WatchOptions& options, NamedPattern pattern)
      : options_(options),
        hides_housekeeping_(matches_everything(pattern) && !options.showing.all),
        rendering_(options.showing, pattern.names),
        pattern_(std::move(pattern)) {}

  void begin(Session& session) {
    session_ = &session;
    if (options_.duration) {
      session.loop().after(*options_.duration, [&session] { session.finish(status_done); });
    }
    // What is hidden is known by its fact, so facts are asked for even where captures are shown.
    const bool captures_suffice = options_.showing.captures && !hides_housekeeping_;
    const Want want = captures_suffice ? Want::captures : Want::whole_facts;
    subscription_ = session.client().subscribe(Query(pattern_, want),
                                               [this](const Change& change) { on_change(change); });
  }

 private:
  void on_change(const Change& change) {
    if (change.kind == Change::Kind::refused) return session_->fail(change.error);
    if (!is_wanted(change)) return;
    session_->print(session_->output().painted(sign_of(change.kind), rendering_.change(change)));
    if (change.kind == Change::Kind::synced) {
      if (options_.until_synced) session_->finish(status_done);
    } else if (change.kind != Change::Kind::missed && options_.count &&
               ++shown_ >= *options_.count) {
      session_->finish(status_done);
    }
  }

  [[nodiscard]] bool is_wanted(const Change& change) const {
    if (session_->finishing()) return false;
    const bool is_a_note =
        change.kind == Change::Kind::synced || change.kind == Change::Kind::missed;
    if (is_a_note) return true;
    if (options_.only_add && change.kind != Change::Kind::add) return false;
    return !hides_housekeeping_ || !is_housekeeping(change.fact);
  }

  const WatchOptions& options_;
  bool hides_housekeeping_;
  Rendering rendering_;
  NamedPattern pattern_;
  Session* session_ = nullptr;
  Subscription subscription_;
  std::size_t shown_ = 0;
};

}  // namespace

int run(WatchOptions options) {
  std::optional<NamedPattern> pattern = accept_pattern(options.pattern);
  if (!pattern) return status_usage;
  complain(understanding(options.pattern, *pattern));
  if (options.count == 0) return status_done;
  Watch watch(options, *std::move(pattern));
  return with_session(options.target, WhenLost::reconnect,
                      [&](Session& session) { watch.begin(session); });
}

}  // namespace avow::cli
