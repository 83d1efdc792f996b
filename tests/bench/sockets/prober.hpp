#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include "tests/bench/sockets/server.hpp"

namespace avow::bench {

/// A publisher and a subscriber of their own, on a thread of their own: a message is due every
/// 10 milliseconds, and its time is from when it was due until it is delivered. So those are timed
/// too that could not be sent because the one before was still on its way.
class Prober {
 public:
  /// `server` must outlive it. Probes until `end`.
  explicit Prober(Server& server);
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;
  ~Prober();

  /// The times, in seconds.
  [[nodiscard]] std::vector<double> end();

 private:
  void run(Server& server);
  void wait_until(double due);

  Counting counting_;
  Socket subscriber_;
  Socket publisher_;
  std::vector<double> times_;
  std::atomic<bool> has_begun_{false};
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

}  // namespace avow::bench
