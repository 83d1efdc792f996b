#include <algorithm>
#include <optional>
#include <utility>

#include "server/engine/space.hpp"
#include "server/engine/subscriptions.hpp"
#include "server/engine/turn_run.hpp"

// Observers of clients that do not take what they are told. The first thing that one of them would
// be told becomes a gap, with the revision up to which it was told everything; after that nothing
// is kept for it but a count. Once its client has room it goes on from there, as from a revision
// that it had named itself: what is different now is told from the history, or everything anew.
//
// Messages have no history: those that were sent meanwhile are missed, and counted.

namespace avow::server {

void Subscriptions::miss(TurnRun& run, std::uint32_t place, ClientSession& session,
                         const Change& change) {
  Subscription& subscription = subscriptions_[place];
  if (!subscription.is_late) begin_to_miss(run, place, session);
  if (change.kind == ChangeKind::message) {
    if (subscription.is_closed) return;
    ++session.late_at(place).messages_missed;
    ++counters_.messages_missed;
    return;
  }
  forget_ended(subscription, session, change);
}

// Numbers of references need not live for what is gone.
void Subscriptions::forget_ended(Subscription& subscription, ClientSession& session,
                                 const Change& change) {
  if (change.kind != ChangeKind::disappear || !change.holds_references) return;
  if (subscription.has_tally || subscription.conflates) return;
  if (subscription.handles == 0) return session.unpin_told(number_of(change.capture));
  const std::optional<std::uint64_t> told =
      handles_of(subscription).take(number_of(change.capture));
  if (told) session.unpin_told(*told);
}

// It was told of all turns before this one, which has taken a revision of the space; one that
// conflates, of those before what it has not been told yet.
void Subscriptions::begin_to_miss(TurnRun& run, std::uint32_t place, ClientSession& session) {
  Subscription& subscription = subscriptions_[place];
  Late late{space_of(subscription).revision() - 1, 0};
  if (subscription.conflates && terms_.at(place).conflater->has_news()) {
    late.told_through = terms_.at(place).conflater->told_through();
  }
  const bool is_untold = subscription.is_in_parts && !in_parts_.at(place).is_told;
  if (is_untold) late.told_through = 0;  // It has not been told all at any revision yet.
  subscription.is_late = true;
  if (subscription.policy == SlowPolicy::close) {
    subscription.is_closed = true;
    closed_.push_back(place);
    ++counters_.observers_closed;
  } else {
    ++counters_.gaps;
    const bool has_credit = !subscription.is_metered || terms_.at(place).credit->is_left();
    (has_credit ? session.late : session.without_credit).emplace(place, late);
  }
  if (subscription.policy == SlowPolicy::pause) return;  // It is told with what it has missed.
  run.touch(session).add_gap({oid_of(subscription), space_of(subscription).id(), late.told_through,
                              subscription.is_closed});
}

// The handles of what it was told mean nothing any more. (Under the capture ids themselves it is
// told again what is still there.)
void Subscriptions::forget_told(std::uint32_t place, ClientSession& session) {
  Subscription& subscription = subscriptions_[place];
  if (subscription.has_tally) {
    terms_.at(place).tally->begin_anew(
        [&session](CaptureId told) { session.unpin_told(number_of(told)); });
  }
  if (subscription.handles == 0) return;
  for (const std::uint64_t handle : handles_of(subscription).handles()) session.unpin_told(handle);
  forget_handles(subscription);
}

std::size_t Subscriptions::let_catch_up(TurnRun& run, ClientSession& session,
                                        std::size_t changes_max) {
  std::size_t changes = 0;
  while (!session.late.empty() && changes < changes_max) {
    const auto [place, late] = *session.late.begin();
    session.late.erase(session.late.begin());
    changes += tell_late(run, place, session, late);
  }
  return std::min(changes, changes_max);
}

// How many changes were looked at, or told.
std::size_t Subscriptions::tell_late(TurnRun& run, std::uint32_t place, ClientSession& session,
                                     const Late& late) {
  Subscription& subscription = subscriptions_[place];
  Space& space = space_of(subscription);
  const SpaceHistory& history = space.dataspace().history();
  run.touch(space);
  forget_told(place, session);
  subscription.is_late = false;
  subscription.went_on = true;
  note_needs(place);
  ++counters_.caught_up;
  const std::uint64_t told_before = counters_.deliveries;
  if (subscription.policy == SlowPolicy::pause) {
    run.touch(session).add_gap({oid_of(subscription), space.id(), late.told_through, false});
  }
  const std::optional<ResyncReason> why_not = tell_missed(run, place, late);
  if (why_not) {
    ++counters_.resyncs;
    tell_anew(run, place, session, late.told_through, *why_not);
  }
  const auto in_parts = in_parts_.find(place);
  if (in_parts != in_parts_.end() && !in_parts->second.is_told) {
    in_parts->second.messages_missed = late.messages_missed;
  } else {
    if (in_parts != in_parts_.end()) leave_group(place, session);
    run.touch(session).add_caught_up(
        {oid_of(subscription), space.id(), space.revision(), late.messages_missed});
  }
  const std::size_t looked_at = why_not ? 0 : history.changes_above(late.told_through);
  return 1 + looked_at + static_cast<std::size_t>(counters_.deliveries - told_before);
}

std::optional<ResyncReason> Subscriptions::tell_missed(TurnRun& run, std::uint32_t place,
                                                       const Late& late) {
  const Subscription& subscription = subscriptions_[place];
  Space& space = space_of(subscription);
  if (subscription.has_tally) return ResyncReason::counted;
  if (subscription.conflates) {
    if (terms_.at(place).conflater->holds_references()) return ResyncReason::references;
    tell_latest(run, place);
    return std::nullopt;
  }
  if (late.told_through < space.dataspace().history().floor()) return ResyncReason::compacted;
  if (space.tell_since(run, subscription.fact, late.told_through)) return std::nullopt;
  return ResyncReason::references;
}

}  // namespace avow::server
