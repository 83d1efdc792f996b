#pragma once

#include <optional>
#include <string>
#include <utility>

namespace avow::simulation {

/// What has gone wrong in a simulation. The first failure counts: it stops the run.
class Verdict {
 public:
  void fail(std::string what) {
    if (!failure_) failure_ = std::move(what);
  }
  /// Fails with `what` unless `holds`.
  void expect(bool holds, const std::string& what) {
    if (!holds) fail(what);
  }
  [[nodiscard]] bool has_failed() const { return failure_.has_value(); }
  [[nodiscard]] const std::optional<std::string>& failure() const { return failure_; }

 private:
  std::optional<std::string> failure_;
};

}  // namespace avow::simulation
