#include <algorithm>
#include <string>

#include "server/engine/space_parts.hpp"
#include "server/engine/spaces.hpp"

// Observers of a space that go on from a revision.

namespace avow::server {

// Facts of sessions went with the last run of the server, and no turn tells of that.
void Space::go_on_above(std::uint64_t revision) {
  revision_ = std::max(revision_, revision);
  dataspace_.begin_history_above(revision_);
}

std::optional<ResyncReason> Space::why_not_from(const ResumePoint& from) const {
  // Without a journal a run begins with revision 0, at which there was nothing.
  const std::uint64_t began_above = spaces_.run_began_above();
  const bool is_of_this_run = began_above == 0 || from.revision > began_above;
  if (from.epoch != spaces_.epoch() || !is_of_this_run) return ResyncReason::server_restart;
  if (from.revision < dataspace_.history().floor()) return ResyncReason::compacted;
  return std::nullopt;
}

Error Space::not_reached(std::uint64_t revision) const {
  return {"future-revision", "The space has come to revision " + std::to_string(revision_) +
                                 ", and not to " + std::to_string(revision) + "."};
}

Result<void> Space::check_delivery(const Interest& interest) const {
  if (interest.delivery == DeliveryOptions()) return {};
  if (interest.delivery.resume && interest.tally) {
    return Error{"unsupported",
                 "What is counted has no history: leave `from` out, or `count` and `others`."};
  }
  if (interest.delivery.conflation.is_wanted() && (interest.tally || interest.delivery.resume)) {
    return Error{
        "unsupported",
        "What is counted, or goes on from a revision, is told whole: leave `conflate` out, "
        "or `count`, `others` and `from`."};
  }
  if (!subscriptions_.can_go_on(interest.observer)) {
    return Error{"unsupported",
                 "Only an entity of a client that speaks JSON or native frames, named without "
                 "caveats, can be told so; leave `from`, `progress`, `policy`, `credit` and "
                 "`conflate` out."};
  }
  if (!interest.delivery.resume) return {};
  const ResumePoint& from = *interest.delivery.resume;
  if (from.epoch == spaces_.epoch() && from.revision > revision_) {
    return not_reached(from.revision);
  }
  if (from.or_resync || !why_not_from(from)) return {};
  if (from.epoch != spaces_.epoch()) {
    return Error{"epoch-changed",
                 "The revision is one of another history: observe without `from`, or with `else: "
                 "resync`."};
  }
  return Error{"compacted", "What changed up to revision " +
                                std::to_string(dataspace_.history().floor()) +
                                " can be told no more: observe without `from`, or with `else: "
                                "resync`."};
}

bool Space::tell_since(TurnRun& run, FactId interest, std::uint64_t revision) {
  Sink sink(run, *this);
  const bool told = dataspace_.tell_since(run.turn(), interest, revision, sink);
  subscriptions_.flush(run);
  return told;
}

SnapshotPart Space::tell_part(TurnRun& run, FactId interest, CaptureId after, std::size_t room) {
  Sink sink(run, *this);
  return dataspace_.tell_part(run.turn(), interest, after, room, sink);
}

}  // namespace avow::server
