#include <algorithm>
#include <utility>

#include "avow/model/builder.hpp"
#include "server/engine/keeper/keeper.hpp"
#include "server/engine/keeper/keepers.hpp"
#include "server/engine/turn_journal.hpp"

// How leases run and end. What is left of a lease is written down every quarter of its ttl, renewed
// or not; so after a crash it is known to within a quarter, and renewals cost the disk nothing.

namespace avow::server {
namespace {

constexpr int marks_of_ttl = 4;

}  // namespace

void Keeper::begin_lease_clock(std::uint64_t id, Milliseconds remaining) {
  Lease& lease = *kept_.find_lease(id);
  lease.deadline = all_.deadlines().add(remaining, {this, Deadlines::Due::Kind::lease, id});
  mark_later(id, lease);
}

void Keeper::mark_later(std::uint64_t id, Lease& lease) {
  if (!all_.has_journal()) return;
  lease.mark =
      all_.marks().add_from_tick(lease.ttl / marks_of_ttl, {this, Deadlines::Due::Kind::lease, id});
}

void Keeper::renew(std::uint64_t id) {
  Lease& lease = *kept_.find_lease(id);
  all_.deadlines().cancel(lease.deadline);
  lease.deadline = all_.deadlines().add(lease.ttl, {this, Deadlines::Due::Kind::lease, id});
}

void Keeper::mark(TurnRun& run, std::uint64_t id) {
  Lease& lease = *kept_.find_lease(id);
  kept_.write_lease(run, id, all_.deadlines().remaining(lease.deadline));
  mark_later(id, lease);
}

void Keeper::recover_lease(TurnRun& run, std::uint64_t id, Milliseconds ttl,
                           Milliseconds remaining) {
  kept_.add_lease(run, id, ttl, remaining);
  begin_lease_clock(id, std::max(remaining, ttl / marks_of_ttl));
}

void Keeper::expire(TurnRun& run, std::uint64_t id) {
  end_lease(run, id, Cause::expired);
  if (all_.level_in(space_, Level::durable) == Level::durable) run.parts().journal.promise();
}

void Keeper::end_lease(TurnRun& run, std::uint64_t id, Cause cause) {
  const Lease& lease = *kept_.find_lease(id);
  all_.deadlines().cancel(lease.deadline);
  all_.marks().cancel(lease.mark);
  kept_.end_lease(run, id, cause);
  id_went(id);
  hold_itself();
  const auto asked = lease_requests_.extract(id);
  if (asked.empty()) return;
  // Its answer is superseded by how it ended.
  const std::uint32_t place = asked.mapped();
  requests_[place].lease = 0;
  const std::vector<EchoId> before = std::exchange(requests_[place].answers, {});
  answer(run, place, record(cause == Cause::expired ? "expired" : "ended", space_.revision()));
  for (const EchoId echo : before) run.parts().echoes.retract(run, echo, cause);
}

}  // namespace avow::server
