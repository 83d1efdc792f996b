#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "server/dataspace/capture.hpp"

// Where observers stand that are told in parts what is there. A capture at which somebody's next
// part begins may go in the meantime: the part then begins at the one behind it.

namespace avow::server {

class SnapshotPlaces {
 public:
  explicit SnapshotPlaces(Captures& captures) : captures_(captures) {}

  /// The next part of the observer with this registration begins at `capture`.
  void stop_before(std::uint32_t registration, std::uint32_t capture);
  /// Where it begins, which is forgotten; 0 if all that was behind that place has gone.
  [[nodiscard]] std::uint32_t take(std::uint32_t registration);
  /// The observer is told no more.
  void forget(std::uint32_t registration) { (void)take(registration); }
  /// `capture` is about to be removed.
  void pass(std::uint32_t capture);

 private:
  Captures& captures_;
  std::map<std::uint32_t, std::uint32_t> captures_by_observer_;  // By registration.
  std::map<std::uint32_t, std::vector<std::uint32_t>> observers_by_capture_;
};

}  // namespace avow::server
