#pragma once

#include <string>
#include <vector>

#include "server/store/stored.hpp"
#include "tests/support/random.hpp"

// Turns as an engine makes them, drawn at random from few names, so that they meet each other:
// facts come and go, slots change, spaces fill and empty.

namespace avow::test {

class RandomTurns {
 public:
  explicit RandomTurns(Random& random) : random_(random) {}

  [[nodiscard]] server::JournalTurn next(std::uint64_t seq);
  /// One to `turns_max` turns, the first of which is `seq`.
  [[nodiscard]] std::vector<server::JournalTurn> batch(std::uint64_t seq, std::size_t turns_max);

 private:
  [[nodiscard]] server::StoredChange change(std::size_t spaces);
  [[nodiscard]] Bytes bytes(std::size_t size_max);

  Random& random_;
};

}  // namespace avow::test
