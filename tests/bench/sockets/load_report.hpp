#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What a workload found, and what it cost the server: its processor time and its memory.

namespace avow::bench {

class LoadReport {
 public:
  /// `server` is the process that is measured; 0: none is.
  explicit LoadReport(int server) : server_(server) {}

  void add(std::string_view name, double number);
  /// The median and the 99th percentile of times in seconds, of which there is one at least.
  void add_times(std::vector<double> times, std::string_view prefix = {});
  /// From here on until `end` the server's work counts.
  void begin();
  void end();
  /// Bytes of memory that the server has taken since `begin`, shared out among `count`.
  void add_memory_each(std::size_t count);
  /// One line of JSON on stdout.
  void print() const;

 private:
  [[nodiscard]] double processor_seconds() const;
  [[nodiscard]] double resident_bytes() const;

  int server_;
  double processor_at_begin_ = 0;
  double resident_at_begin_ = 0;
  std::string members_;
};

}  // namespace avow::bench
