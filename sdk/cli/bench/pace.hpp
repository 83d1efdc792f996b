#pragma once

#include <algorithm>
#include <cstdint>

// When each event of a run is due that is sent at a given rate. The times are fixed in the
// beginning: a server that is late for one event is not given more time for the next, so that the
// delay of those that had to wait is counted too (a benchmark without this is said to have
// "coordinated omission").

namespace avow::cli::bench {

class Pace {
 public:
  /// So many events a second from `begin_ns` on; 0: each is due at once.
  Pace(std::uint64_t events_a_second, std::uint64_t begin_ns)
      : events_a_second_(events_a_second), begin_ns_(begin_ns) {}

  [[nodiscard]] bool is_given() const { return events_a_second_ > 0; }
  /// When the event `number`, counted from 0, is due.
  [[nodiscard]] std::uint64_t due_ns(std::uint64_t number) const {
    if (!is_given()) return begin_ns_;
    const std::uint64_t seconds = number / events_a_second_;
    const std::uint64_t rest = number % events_a_second_;
    return begin_ns_ + seconds * ns_of_second + rest * ns_of_second / events_a_second_;
  }
  /// When it left, for its delay: at `now_ns`, or when it should have.
  [[nodiscard]] std::uint64_t departure_ns(std::uint64_t number, std::uint64_t now_ns) const {
    return is_given() ? std::min(now_ns, due_ns(number)) : now_ns;
  }

 private:
  static constexpr std::uint64_t ns_of_second = 1'000'000'000;

  std::uint64_t events_a_second_;
  std::uint64_t begin_ns_;
};

}  // namespace avow::cli::bench
