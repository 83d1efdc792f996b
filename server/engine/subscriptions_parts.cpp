#include <algorithm>
#include <limits>
#include <utility>

#include "server/engine/client_entity.hpp"
#include "server/engine/space.hpp"
#include "server/engine/subscriptions.hpp"
#include "server/engine/turn_run.hpp"

// Snapshots that are told in parts, to sessions that take parts: their clients can be told so, or
// have one turn of them (server/session/held_turn.hpp). A part is a turn of its own, so others are
// served between two of them, and nothing waits for a client but the part that it is taking. What
// is there is told in the order in which it came to be there. An observer that has been told all up
// to some place is told what happens to that, and nothing of what is behind it: it comes to the end
// at a cut which is that of the last part.
//
// If its client does not take even that, the first change that it misses makes void what it was
// told: there is no revision yet from which it could go on.

namespace avow::server {

std::size_t Subscriptions::room_for(TurnRun& run, std::uint32_t place) const {
  constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
  const Subscription& subscription = subscriptions_[place];
  if (!subscription.is_direct || subscription.has_tally || subscription.conflates) return all;
  const ClientSession* const session = sessions_.find(subscription.session);
  if (session == nullptr || session->port == nullptr || !session->port->takes_parts()) {
    return all;
  }
  if (session->snapshot_turn != run.turn().seq()) return snapshot_part_bytes_;
  return snapshot_part_bytes_ - std::min(snapshot_part_bytes_, session->snapshot_bytes);
}

void Subscriptions::note_part(TurnRun& run, std::uint32_t place, const SnapshotPart& told) {
  Subscription& subscription = subscriptions_[place];
  ClientSession* const session =
      subscription.is_direct ? sessions_.find(subscription.session) : nullptr;
  if (session == nullptr) return;
  if (std::exchange(session->snapshot_turn, run.turn().seq()) != run.turn().seq()) {
    session->snapshot_bytes = 0;
  }
  session->snapshot_bytes += told.bytes;
  if (told.is_complete) return;
  begin_parts(run.turn().seq(), place, *session);
  in_parts_.at(place).through = told.through;
}

void Subscriptions::begin_parts(std::uint64_t turn, std::uint32_t place, ClientSession& session) {
  if (subscriptions_[place].is_in_parts) leave_group(place, session);
  subscriptions_[place].is_in_parts = true;
  in_parts_[place] = {.group = turn};
  if (session.snapshots == nullptr) session.snapshots = std::make_unique<SessionSnapshots>();
  SnapshotGroup& group = session.snapshots->groups[turn];
  group.members.insert(place);
  group.untold.insert(place);
}

void Subscriptions::leave_group(std::uint32_t place, ClientSession& session) {
  subscriptions_[place].is_in_parts = false;
  const auto left = in_parts_.extract(place);
  auto& groups = session.snapshots->groups;
  const auto group = groups.find(left.mapped().group);
  group->second.members.erase(place);
  group->second.untold.erase(place);
  if (!group->second.members.empty()) return;
  groups.erase(group);
  if (groups.empty()) session.snapshots.reset();
}

// Observers that began in this turn and have been told all wait for those that have not.
void Subscriptions::join_groups(TurnRun& run) {
  const std::uint64_t turn = run.turn().seq();
  for (const std::uint32_t place : new_) {
    Subscription& subscription = subscriptions_[place];
    ClientSession* const session =
        subscription.is_new ? sessions_.find(subscription.session) : nullptr;
    if (session == nullptr || session->snapshots == nullptr) continue;
    const auto group = session->snapshots->groups.find(turn);
    if (group == session->snapshots->groups.end()) continue;
    run.touch(*session).note_parts();
    if (subscription.is_in_parts) continue;
    subscription.is_in_parts = true;
    in_parts_[place] = {.group = turn, .is_told = true};
    group->second.members.insert(place);
  }
}

// Whether an observer is told of a change, which may be of something that comes in a later part.
bool Subscriptions::is_due(TurnRun& run, std::uint32_t place, ClientSession& session,
                           const Change& change) {
  Subscription& subscription = subscriptions_[place];
  InParts& parts = in_parts_.at(place);
  if (parts.is_told) return true;
  const bool is_message = change.kind == ChangeKind::message;
  if (!is_message && change.capture > parts.through) {
    if (parts.is_void) forget_ended(subscription, session, change);
    return false;
  }
  const bool is_missed = misses(run.turn().seq(), place, subscription, session);
  if (!is_missed || subscription.policy == SlowPolicy::close) return true;
  if (is_message) {
    ++parts.messages_missed;
    ++counters_.messages_missed;
    return false;
  }
  parts.through = CaptureId{};
  parts.is_void = true;
  forget_ended(subscription, session, change);
  return false;
}

bool Subscriptions::lacks_credit(std::uint32_t place) const {
  return subscriptions_[place].is_metered && !terms_.at(place).credit->is_left();
}

std::optional<std::uint32_t> Subscriptions::next_untold(const SnapshotGroup& group) const {
  const auto next = std::find_if(group.untold.begin(), group.untold.end(),
                                 [this](std::uint32_t place) { return !lacks_credit(place); });
  return next == group.untold.end() ? std::nullopt : std::optional(*next);
}

bool Subscriptions::has_part(const ClientSession& session) const {
  if (session.snapshots == nullptr) return false;
  const auto& groups = session.snapshots->groups;
  return std::any_of(groups.begin(), groups.end(), [this](const auto& each) {
    return each.second.untold.empty() || next_untold(each.second);
  });
}

std::size_t Subscriptions::tell_part(TurnRun& run, ClientSession& session) {
  run.touch(session).note_part();
  ++counters_.snapshot_parts;
  const std::uint64_t told_before = counters_.deliveries;
  auto& groups = session.snapshots->groups;
  std::size_t room = snapshot_part_bytes_;
  for (auto group = groups.begin(); group != groups.end() && room > 0;) {
    for (auto next = next_untold(group->second); next && room > 0;
         next = next_untold(group->second)) {
      room -= std::min(room, tell_next(run, *next, session, room));
      if (in_parts_.at(*next).is_told) group->second.untold.erase(*next);
    }
    if (!group->second.untold.empty()) {
      ++group;
      continue;
    }
    end_group(run, session, group->second);
    group = groups.erase(group);
  }
  if (groups.empty()) session.snapshots.reset();
  // What was looked at in vain is work, too.
  const std::size_t changes_worth = (snapshot_part_bytes_ - room) / SnapshotPart::bytes_beside_each;
  const auto changes = static_cast<std::size_t>(counters_.deliveries - told_before);
  return 1 + std::max(changes, changes_worth);
}

// Tells one observer more of what is there; about how many bytes that were.
std::size_t Subscriptions::tell_next(TurnRun& run, std::uint32_t place, ClientSession& session,
                                     std::size_t room) {
  Subscription& subscription = subscriptions_[place];
  Space& space = space_of(subscription);
  run.touch(space);
  InParts& parts = in_parts_.at(place);
  if (std::exchange(parts.is_void, false)) {
    ++counters_.snapshots_begun_anew;
    forget_told(place, session);
    run.touch(session).add_resync({oid_of(subscription), space.id(), 0,
                                   space.dataspace().history().floor(), ResyncReason::interrupted});
  }
  const SnapshotPart told = space.tell_part(run, subscription.fact, parts.through, room);
  parts.through = told.through;
  parts.is_told = told.is_complete;
  flush(run);
  return std::max<std::size_t>(told.bytes, 1);
}

// All of them have been told everything up to now.
void Subscriptions::end_group(TurnRun& run, ClientSession& session, const SnapshotGroup& group) {
  for (const std::uint32_t place : group.members) {
    Subscription& subscription = subscriptions_[place];
    Space& space = space_of(subscription);
    run.touch(space);
    const auto parts = in_parts_.extract(place);
    subscription.is_in_parts = false;
    if (subscription.is_late) continue;  // It will be told when it has caught up.
    run.touch(session).add_caught_up(
        {oid_of(subscription), space.id(), space.revision(), parts.mapped().messages_missed});
  }
}

}  // namespace avow::server
