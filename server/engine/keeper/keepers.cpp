#include "server/engine/keeper/keepers.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/engine/keeper/keeper.hpp"
#include "server/engine/space.hpp"

namespace avow::server {

Keepers::Keepers(Spaces& spaces, ReferenceTable& references, SessionTable& sessions,
                 NumberReserve& numbers, const EngineOptions& options)
    : options_(options),
      spaces_(spaces),
      references_(references),
      sessions_(sessions),
      numbers_(numbers),
      outcomes_(options.hash_key, {.per_client_max = options.limits.outcomes_per_client_max,
                                   .age_max = options.limits.outcome_age_max,
                                   .kept_min = options.limits.outcomes_kept_min}),
      wall_ms_(options.wall_ms) {}

Reference& Keepers::of(Space& space) {
  if (Keeper* const known = space.keeper()) return known->reference();
  auto keeper = std::make_unique<Keeper>(*this, references_, space, spaces_.reference_of(space));
  Keeper& added = *keeper;
  Reference& reference = references_.add(std::move(keeper));
  added.is_owned_by(reference);
  space.set_keeper(&added);
  keepers_.emplace(space.id(), &added);
  return reference;
}

void Keepers::note_work(Keeper& keeper) {
  if (std::find(work_.begin(), work_.end(), &keeper) == work_.end()) work_.push_back(&keeper);
}

std::optional<Keepers::Ready> Keepers::next_ready() {
  while (!work_.empty()) {
    Keeper& first = *work_.front();
    if (const std::optional<std::uint32_t> place = first.next_ready()) return Ready{&first, *place};
    work_.pop_front();
  }
  return std::nullopt;
}

void Keepers::run_lost(TurnRun& run) {
  for (const LastTurnAt& lost : std::exchange(lost_, {})) lost.keeper->run_last_turn(run, lost.id);
}

std::uint64_t Keepers::next_id() {
  numbers_.use(++last_id_);
  return last_id_;
}

void Keepers::advance(Moment now) {
  if (!first_tick_) first_tick_ = now;
  const auto since = std::chrono::duration_cast<Milliseconds>(now - *first_tick_);
  wall_ms_ = options_.wall_ms + static_cast<std::uint64_t>(since.count());
  deadlines_.advance(now);
  marks_.advance(now);
  const auto age_max = static_cast<std::uint64_t>(options_.limits.outcome_age_max.count());
  if (wall_ms_ > age_max) outcomes_.forget_before(wall_ms_ - age_max);
}

Level Keepers::level_in(const Space& space, Level wanted) const {
  const bool nobody_waits = options_.journal == nullptr ||
                            options_.journal_level == Level::accepted ||
                            options_.relaxed_spaces.contains(space.name());
  return nobody_waits ? Level::accepted : wanted;
}

Result<void> Keepers::check_writable() const {
  if (has_failed_) {
    return Error{"shutting-down", "The server could not write something down, and ends."};
  }
  if (!has_room_) {
    return Error{"no-space",
                 "The server's disk is nearly full, so nothing that lasts is done; make room and "
                 "try again."};
  }
  return {};
}

}  // namespace avow::server
