#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "avow/base/clock.hpp"

// When observers that are told only now and then are due: those that have something to be told,
// each no sooner than its time after it was told last. That begins to count at the tick after the
// observer has begun.

namespace avow::server {

class TellingClock {
 public:
  void add(std::uint32_t subscription, Milliseconds every);
  /// Nothing happens if it is not there.
  void remove(std::uint32_t subscription);
  /// It has something to be told.
  void note_news(std::uint32_t subscription);

  /// It is `now`: time begins to count for those that have begun since.
  void advance(Moment now);
  /// One that is due, which then has been told; in the order in which they are.
  [[nodiscard]] std::optional<std::uint32_t> take_due(Moment now);
  [[nodiscard]] bool is_due(Moment now) const;
  /// When the next one is due. The beginning of time if one waits for a tick to begin to count.
  [[nodiscard]] std::optional<Moment> next() const;

 private:
  struct Entry {
    Milliseconds every{0};
    std::optional<Moment> not_before;  // Nothing until it counts.
    bool has_news = false;
  };

  std::map<std::uint32_t, Entry> entries_;
  std::set<std::uint32_t> starting_;
  std::set<std::pair<Moment, std::uint32_t>> due_;
};

}  // namespace avow::server
