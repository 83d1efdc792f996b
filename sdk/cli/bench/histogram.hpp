#pragma once

#include <array>
#include <cstdint>

// Counts numbers of any size in buckets that grow with them, so that percentiles of millions of
// times cost 30 KB and no sorting:
//
//   0 … 127 each have a bucket; above, each power of two is cut into 64 equal ones.
//
// What is read back is too large by at most one part in 64.

namespace avow::cli::bench {

class Histogram {
 public:
  void record(std::uint64_t number, std::uint64_t times = 1);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Exact. Zero if nothing was recorded.
  [[nodiscard]] std::uint64_t max() const { return max_; }
  /// The number that `percent` of a hundred do not exceed; zero if nothing was recorded.
  [[nodiscard]] std::uint64_t percentile(double percent) const;

 private:
  static constexpr unsigned cut_bits = 6;
  static constexpr std::size_t buckets = (64 - cut_bits + 1) << cut_bits;

  [[nodiscard]] static std::size_t bucket_of(std::uint64_t number);
  [[nodiscard]] static std::uint64_t largest_in(std::size_t bucket);

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace avow::cli::bench
