#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "server/engine/engine.hpp"
#include "server/engine/keeper/deadlines.hpp"
#include "server/engine/keeper/last_turn_names.hpp"
#include "server/engine/keeper/outcomes.hpp"
#include "server/engine/number_reserve.hpp"
#include "server/engine/reference_table.hpp"
#include "server/engine/session_table.hpp"
#include "server/engine/spaces.hpp"

// All keepers, and what they share: the numbers of items and leases, what came of named turns, the
// clock, and whether the journal takes anything.

namespace avow::server {

class Keeper;
class TurnRun;

class Keepers {
 public:
  Keepers(Spaces& spaces, ReferenceTable& references, SessionTable& sessions,
          NumberReserve& numbers, const EngineOptions& options);
  Keepers(const Keepers&) = delete;
  Keepers& operator=(const Keepers&) = delete;

  /// The reference to the keeper of a space, which comes to be if there is none. Not held yet.
  [[nodiscard]] Reference& of(Space& space);
  /// Called by a keeper when it ends.
  void ended(SpaceId space) { keepers_.erase(space); }
  /// In the order in which their spaces began.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [space, keeper] : keepers_) visit(*keeper);
  }

  /// The line of `keeper` is to be looked at once the turn in progress is over. Only once, until
  /// `next_ready` has found nobody there.
  void note_work(Keeper& keeper);
  /// Somebody in line who can go now.
  struct Ready {
    Keeper* keeper = nullptr;
    std::uint32_t place = 0;
  };
  [[nodiscard]] std::optional<Ready> next_ready();

  /// A session was lost, and with it what was to be done last: `run_lost` does it, when all else
  /// that the session held has gone.
  void note_lost(Keeper& keeper, std::uint64_t last_turn) { lost_.push_back({&keeper, last_turn}); }
  void run_lost(TurnRun& run);
  /// Last turns that have a name, all over the server.
  [[nodiscard]] LastTurnNames& last_turn_names() { return last_turn_names_; }

  /// A number for an item, a lease or a last turn.
  [[nodiscard]] std::uint64_t next_id();
  /// The last one.
  [[nodiscard]] std::uint64_t last_id() const { return last_id_; }
  /// Numbers up to `id` have been used before.
  void go_on_above(std::uint64_t id) { last_id_ = id; }

  /// The clock: when requests and leases end, and when leases are to be written down again.
  [[nodiscard]] Deadlines& deadlines() { return deadlines_; }
  [[nodiscard]] Deadlines& marks() { return marks_; }
  void advance(Moment now);
  /// The wall clock, which never steps: what it was at the first tick, and the time since.
  [[nodiscard]] std::uint64_t wall_ms() const { return wall_ms_; }

  /// Whether anything is written down at all.
  [[nodiscard]] bool has_journal() const { return options_.journal != nullptr; }

  [[nodiscard]] Outcomes& outcomes() { return outcomes_; }
  [[nodiscard]] const EngineLimits& limits() const { return options_.limits; }
  [[nodiscard]] std::uint64_t epoch() const { return options_.epoch; }
  [[nodiscard]] SessionTable& sessions() { return sessions_; }
  /// The level of an answer that is asked to be `wanted`, in that space.
  [[nodiscard]] Level level_in(const Space& space, Level wanted) const;

  /// Whether anything lasting may be done. Errors: `no-space`, `shutting-down`.
  [[nodiscard]] Result<void> check_writable() const;
  void set_room(bool is_there) { has_room_ = is_there; }
  void stop() { has_failed_ = true; }

 private:
  const EngineOptions& options_;
  Spaces& spaces_;
  ReferenceTable& references_;
  SessionTable& sessions_;
  NumberReserve& numbers_;
  std::map<SpaceId, Keeper*> keepers_;
  std::deque<Keeper*> work_;
  std::uint64_t last_id_ = 0;
  Deadlines deadlines_;
  Deadlines marks_;
  Outcomes outcomes_;
  LastTurnNames last_turn_names_;
  std::vector<LastTurnAt> lost_;
  std::optional<Moment> first_tick_;
  std::uint64_t wall_ms_ = 0;
  bool has_room_ = true;
  bool has_failed_ = false;
};

}  // namespace avow::server
