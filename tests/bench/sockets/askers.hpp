#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "tests/bench/sockets/asker.hpp"

// Many connections, each with one request on its way. One thread drives them all.

namespace avow::bench {

class Askers {
 public:
  explicit Askers(std::vector<std::unique_ptr<Asker>> askers);
  Askers(const Askers&) = delete;
  Askers& operator=(const Askers&) = delete;
  ~Askers();

  /// Each asks again when it is answered, as long as `ask` does so and says true.
  void run(const std::function<bool(Asker&)>& ask);
  /// How long each answer took, in seconds.
  [[nodiscard]] const std::vector<double>& times() const { return times_; }

 private:
  bool take(Asker& asker);

  int poller_;
  std::vector<std::unique_ptr<Asker>> askers_;
  std::vector<double> asked_at_;
  std::vector<double> times_;
};

}  // namespace avow::bench
