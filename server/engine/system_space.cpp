#include "server/engine/system_space.hpp"

#include <algorithm>

#include "avow/base/epoch.hpp"
#include "avow/model/builder.hpp"
#include "server/engine/turn_run.hpp"

namespace avow::server {

bool SystemSpace::is_news(const Space& space, const View& view) const {
  if (!is_told_in(space) || told_ != view.log || seen_.size() != view.seen.size()) {
    return true;
  }
  return !std::equal(seen_.begin(), seen_.end(), view.seen.begin(),
                     [](const auto& a, const auto& b) { return a.first == b.first; });
}

void SystemSpace::tell(TurnRun& run, Space& space, std::uint64_t epoch, const View& view) {
  const bool is_new = !is_told_in(space);
  if (is_new) seen_.clear();  // They went with the space before it.
  if (is_new || told_ != view.log) tell_history(run, space, epoch, view.log);
  tell_seen(run, space, view.seen);
  told_in_ = space.id();
}

void SystemSpace::tell_history(TurnRun& run, Space& space, std::uint64_t epoch,
                               const LogSpan& log) {
  if (is_told_in(space)) space.let_go(run, history_, Cause::retracted);
  history_ = space.keep(run, record("history", epoch_text(epoch), log.floor, log.head));
  told_ = log;
}

void SystemSpace::tell_seen(TurnRun& run, Space& space, const IntrospectionFacts& facts) {
  std::erase_if(seen_, [&](const auto& told) {
    const bool is_over = !facts.contains(told.first);
    if (is_over) space.let_go(run, told.second, Cause::retracted);
    return is_over;
  });
  for (const auto& [bytes, fact] : facts) {
    if (!seen_.contains(bytes)) seen_.emplace(bytes, space.keep(run, fact));
  }
}

bool SystemSpace::is_due(Moment now) {
  if (now < next_look_) return false;
  next_look_ = now + sample_interval;
  return true;
}

}  // namespace avow::server
