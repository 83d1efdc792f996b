#include <algorithm>
#include <utility>

#include "server/engine/client_entity.hpp"
#include "server/engine/space.hpp"
#include "server/engine/subscriptions.hpp"
#include "server/engine/turn_run.hpp"

// Observers that go on from a revision. One that comes into force is told nothing of its turn until
// the turn is settled; then it is told, as a part of the same turn, all that is different from what
// it had. So it stands in the order of turns like any other from its first turn on.

namespace avow::server {

bool Subscriptions::can_go_on(ReferenceId observer) const {
  const ClientEntity* const client = direct_entity_of(references_.at(observer));
  const ClientSession* const session =
      client == nullptr ? nullptr : sessions_.find(client->session_id());
  return session != nullptr && session->port != nullptr && session->port->tells_what_went();
}

void Subscriptions::note_interest(std::uint32_t place, FactId fact) {
  subscriptions_[place].fact = fact;
}

void Subscriptions::go_on(std::uint32_t place, const ResumePoint& from) {
  if (!subscriptions_[place].is_direct) return;
  subscriptions_[place].is_behind = true;
  note_needs(place);
  behind_.push_back({place, from});
}

void Subscriptions::mark_progress(std::uint32_t place, Milliseconds every) {
  if (!subscriptions_[place].is_direct) return;
  subscriptions_[place].has_mark = true;
  marks_.add(place, space_of(subscriptions_[place]), every);
}

ClientSession* Subscriptions::session_of(const ProgressMarks::Mark& mark) const {
  return sessions_.find(subscriptions_[mark.subscription].session);
}

ProgressNotice Subscriptions::progress_of(const ProgressMarks::Mark& mark) const {
  return {oid_of(subscriptions_[mark.subscription]), mark.space->id(), mark.space->revision()};
}

void Subscriptions::catch_up(TurnRun& run) {
  if (behind_.empty() && beginning_.empty() && new_.empty()) return;
  for (const Behind& one : std::exchange(behind_, {})) catch_up(run, one);
  begin_conflated(run);
  join_groups(run);
  for (const std::uint32_t place : std::exchange(new_, {})) subscriptions_[place].is_new = false;
}

void Subscriptions::catch_up(TurnRun& run, const Behind& behind) {
  Subscription& subscription = subscriptions_[behind.subscription];
  ClientSession* const session = sessions_.find(subscription.session);
  if (session == nullptr) return;
  subscription.is_behind = false;
  subscription.went_on = true;
  note_needs(behind.subscription);
  Space& space = space_of(subscription);
  std::optional<ResyncReason> why_not = space.why_not_from(behind.from);
  if (!why_not && !space.tell_since(run, subscription.fact, behind.from.revision)) {
    why_not = ResyncReason::references;
  }
  if (why_not) tell_anew(run, behind.subscription, *session, behind.from.revision, *why_not);
}

void Subscriptions::tell_anew(TurnRun& run, std::uint32_t place, ClientSession& session,
                              std::uint64_t after, ResyncReason reason) {
  Subscription& subscription = subscriptions_[place];
  Space& space = space_of(subscription);
  subscription.went_on = false;
  note_needs(place);
  run.touch(session).add_resync(
      {oid_of(subscription), space.id(), after, space.dataspace().history().floor(), reason});
  if (subscription.conflates) return tell_latest_anew(run, place, session);
  note_part(run, place, space.tell_part(run, subscription.fact, CaptureId{}, room_for(run, place)));
  flush(run);
}

}  // namespace avow::server
