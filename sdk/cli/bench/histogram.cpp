#include "cli/bench/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace avow::cli::bench {

// The leading bit and the `cut_bits` behind it are kept, the rest is dropped.
std::size_t Histogram::bucket_of(std::uint64_t number) {
  const auto width = static_cast<unsigned>(std::bit_width(number));
  const unsigned dropped = width > cut_bits + 1 ? width - cut_bits - 1 : 0;
  return (std::size_t{dropped} << cut_bits) + static_cast<std::size_t>(number >> dropped);
}

std::uint64_t Histogram::largest_in(std::size_t bucket) {
  if (bucket < 2U << cut_bits) return bucket;
  const std::size_t dropped = (bucket >> cut_bits) - 1;
  const std::uint64_t kept = bucket - (dropped << cut_bits);
  return ((kept + 1) << dropped) - 1;
}

void Histogram::record(std::uint64_t number, std::uint64_t times) {
  if (times == 0) return;
  counts_[bucket_of(number)] += times;
  count_ += times;
  max_ = std::max(max_, number);
}

std::uint64_t Histogram::percentile(double percent) const {
  // Rounding may not lift an exact rank over the next whole number.
  const double rank = std::ceil(static_cast<double>(count_) * percent / 100 - 1e-9);
  std::uint64_t left = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(rank));
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    if (counts_[bucket] >= left) return std::min(max_, largest_in(bucket));
    left -= counts_[bucket];
  }
  return max_;
}

}  // namespace avow::cli::bench
