#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "server/base/hash.hpp"
#include "server/base/ids.hpp"
#include "server/engine/engine.hpp"
#include "server/engine/reference_table.hpp"

// All spaces by their names. A space begins when it is first resolved, and ends when nobody holds a
// reference to it; whoever has an assertion in it does.

namespace avow::server {

class Space;
class Subscriptions;

class Spaces {
 public:
  /// `key`, `epoch` and `limits` must outlive it.
  Spaces(const HashKey& key, const std::uint64_t& epoch, const EngineLimits& limits)
      : key_(key), epoch_(epoch), limits_(limits) {
    history_budget_.bytes_max = limits.history_bytes_max;
  }
  Spaces(const Spaces&) = delete;
  Spaces& operator=(const Spaces&) = delete;

  /// The reference to the space of that name, which begins if it is not there. Not held yet.
  Reference& resolve(std::string_view name, ReferenceTable& references,
                     Subscriptions& subscriptions);
  /// The reference to a space that is there.
  [[nodiscard]] Reference& reference_of(const Space& space) const;
  /// From now on every space takes revisions above `revision` only.
  void go_on_above(std::uint64_t revision);
  /// Called by a space when it ends.
  void ended(const Space& space);

  /// The history that revisions belong to.
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  /// The last revision that may be of a run of the server before this one; 0 if there was none.
  [[nodiscard]] std::uint64_t run_began_above() const { return run_began_above_; }
  [[nodiscard]] HistoryBudget& history_budget() { return history_budget_; }

  [[nodiscard]] Space* find(SpaceId id) const;
  /// The space in which the server tells of itself, if anybody holds it.
  [[nodiscard]] Space* system() const { return system_; }
  /// In the order in which they began.
  void for_each(const std::function<void(const Space&)>& visit) const;

 private:
  const HashKey& key_;
  const std::uint64_t& epoch_;
  const EngineLimits& limits_;
  std::uint32_t last_id_ = 0;
  // A space that begins again goes on above all revisions that its name has had. One number serves
  // all names, so that names which are gone cost nothing.
  std::uint64_t ended_revision_max_ = 0;
  std::uint64_t run_began_above_ = 0;
  HistoryBudget history_budget_;
  std::map<std::string, Reference*, std::less<>> by_name_;
  std::map<SpaceId, Space*> by_id_;
  Space* system_ = nullptr;
};

}  // namespace avow::server
