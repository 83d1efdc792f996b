#pragma once

#include <functional>
#include <memory>
#include <string>

#include "avow/base/clock.hpp"
#include "avow/base/result.hpp"
#include "avow/client/host.hpp"

// The one thread on which all connections of a benchmark are driven. Workloads are written as if
// they waited: `lane.until(…)` runs whatever is due until it is so.

namespace avow::cli::bench {

class Lane {
 public:
  /// Gives up waiting when the server has been silent for `patience`. From here on Ctrl-C and its
  /// like are looked for (`interrupted`) instead of ending the program.
  explicit Lane(Milliseconds patience);
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  ~Lane();

  /// For connections; they must go before the lane does.
  [[nodiscard]] Host& host();

  /// The server has said something.
  void heard() { ++heard_; }
  /// Everything that waits ends with the first error that is told.
  void fail(Error why);

  /// Runs what is due until `done`. Errors: what `fail` was told; `silence` with the sentence
  /// that `missing` gives then; `interrupted` if nothing comes any more.
  [[nodiscard]] Result<void> until(const std::function<bool()>& done,
                                   const std::function<std::string()>& missing);
  /// Sees that something is due at that time (of `now_ns`), so that `done` is asked then.
  void wake_at(std::uint64_t time_ns);
  /// Runs one thing that is due, or waits a moment for one. Errors: what `fail` was told.
  [[nodiscard]] Result<void> step();

  /// The signal that asks for an end, or 0.
  [[nodiscard]] static int interrupted();

  /// Shows on stderr, now and then and only on a terminal, how far a workload is.
  void show(const std::string& workload, std::uint64_t count);
  /// Takes that away again.
  void show_nothing();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  const Milliseconds patience_;
  std::uint64_t heard_ = 0;
};

/// How much time the calling thread has used, in seconds.
[[nodiscard]] double processor_seconds();
/// A clock that only goes forward, in nanoseconds.
[[nodiscard]] std::uint64_t now_ns();

}  // namespace avow::cli::bench
