#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "avow/base/clock.hpp"

// What is due at some time. The engine knows the time only as of the last tick, so a span that
// begins within an input begins to count at the next tick: nothing is ever due too early, and late
// by at most the time between two ticks. What is due at the same time comes in the order in which
// it was added.

namespace avow::server {

class Keeper;

class Deadlines {
 public:
  /// Names one deadline; 0 is none.
  using Id = std::uint64_t;

  /// What a deadline is of.
  struct Due {
    enum class Kind : std::uint8_t { request, lease, last_turn };
    Keeper* keeper = nullptr;
    Kind kind{};
    std::uint64_t number = 0;  ///< As the keeper calls it.
  };

  Id add(Milliseconds after, Due due);
  /// One that counts from the last tick on, if there was any: it may be due too early by the time
  /// since then.
  Id add_from_tick(Milliseconds after, Due due);
  /// Nothing happens if it has been taken, or is 0.
  void cancel(Id id);
  /// How long it is until then, at the time of the last tick. Zero if there is no such deadline.
  [[nodiscard]] Milliseconds remaining(Id id) const;

  /// It is `now`: what was added since the last tick begins to count.
  void advance(Moment now);
  /// The next one that is due, if any is. It is no deadline any more.
  [[nodiscard]] std::optional<Due> take_due();

  /// When the next one is due. The beginning of time if one waits for a tick to begin to count.
  [[nodiscard]] std::optional<Moment> next() const;

 private:
  struct Place {
    std::optional<Moment> at;  // Nothing until it counts.
    Milliseconds after{};
    Due due;
  };

  void begin(Id id, Place& place, Moment now);

  Id last_id_ = 0;
  std::optional<Moment> now_;  // At the last tick.
  boost::unordered_flat_map<Id, Place> places_;
  std::vector<Id> starting_;  // Perhaps cancelled since.
  std::map<std::pair<Moment, Id>, Due> running_;
};

}  // namespace avow::server
