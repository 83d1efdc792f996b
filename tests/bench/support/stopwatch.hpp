#pragma once

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

// What the benchmarks measure with, and how they print it.

namespace avow::bench {

/// Seconds that this thread has run. Unlike the time of day it does not count what other programs
/// on the machine took.
[[nodiscard]] inline double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Seconds since an arbitrary moment.
[[nodiscard]] inline double wall_seconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// The same thing, measured several times.
class Samples {
 public:
  void add(double value) { values_.push_back(value); }
  [[nodiscard]] double median() const {
    std::vector<double> sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    return sorted.empty() ? 0 : sorted[sorted.size() / 2];
  }
  [[nodiscard]] double min() const { return *std::min_element(values_.begin(), values_.end()); }
  [[nodiscard]] double max() const { return *std::max_element(values_.begin(), values_.end()); }
  [[nodiscard]] std::size_t size() const { return values_.size(); }

 private:
  std::vector<double> values_;
};

/// Resident memory of this process, in bytes.
[[nodiscard]] inline double resident_bytes() {
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  long size = 0;
  long resident = 0;
  const bool read = std::fscanf(file, "%ld %ld", &size, &resident) == 2;
  std::fclose(file);
  constexpr double page_bytes = 4096;
  return read ? static_cast<double>(resident) * page_bytes : 0;
}

}  // namespace avow::bench
