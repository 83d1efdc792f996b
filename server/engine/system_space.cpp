#include "server/engine/system_space.hpp"

#include "avow/model/builder.hpp"
#include "avow/wire/epoch.hpp"
#include "server/engine/turn_run.hpp"

namespace avow::server {

bool SystemSpace::is_news(const Space& space, const LogSpan& log) const {
  return !is_told_in(space) || told_ != log;
}

void SystemSpace::tell(TurnRun& run, Space& space, std::uint64_t epoch, const LogSpan& log) {
  if (is_told_in(space)) space.let_go(run, history_, Cause::retracted);
  history_ = space.keep(run, record("history", wire::epoch_text(epoch), log.floor, log.head));
  told_in_ = space.id();
  told_ = log;
}

bool SystemSpace::is_due(Moment now) {
  if (now < next_look_) return false;
  next_look_ = now + sample_interval;
  return true;
}

}  // namespace avow::server
