#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

// Chance that can be repeated: the same seed gives the same numbers on every machine and with every
// standard library.

namespace avow::test {

/// The seed of this run's random tests: from the environment (AVOW_TEST_SEED), or drawn. It is
/// printed, so that a failure can be repeated.
[[nodiscard]] std::uint64_t test_seed();

/// A stream of pseudo-random numbers (SplitMix64: Steele, Lea and Flood, 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  /// 64 random bits.
  std::uint64_t bits() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  /// A number below `bound`, which is not 0.
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(bits() % bound); }
  /// True in `times` of `of` cases.
  bool chance(std::size_t times, std::size_t of) { return below(of) < times; }
  /// One of `choices`, of which there is at least one.
  template <class T>
  const T& pick(const std::vector<T>& choices) {
    return choices[below(choices.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace avow::test
