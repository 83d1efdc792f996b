#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "avow/base/clock.hpp"
#include "server/engine/telling_clock.hpp"

// Who wants to be told now and then how far it has been told everything, even if there was nothing
// to tell. A time begins to count at the tick after it was asked for.

namespace avow::server {

class Space;

class ProgressMarks {
 public:
  struct Mark {
    std::uint32_t subscription = 0;
    const Space* space = nullptr;
    std::uint64_t told = 0;  ///< The revision that was told last.
  };

  void add(std::uint32_t subscription, const Space& space, Milliseconds every);
  /// Nothing happens if it is not there.
  void remove(std::uint32_t subscription);

  /// It is `now`: those that are due, in the order in which they are. They are due again after
  /// their time.
  [[nodiscard]] std::vector<Mark*> take_due(Moment now);
  /// When the next one is due. The beginning of time if one waits for a tick to begin to count.
  [[nodiscard]] std::optional<Moment> next() const { return clock_.next(); }

 private:
  std::map<std::uint32_t, Mark> marks_;  // By subscription.
  TellingClock clock_;                   // There is always news: that time has passed.
};

}  // namespace avow::server
