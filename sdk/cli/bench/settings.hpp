#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/bench/workload.hpp"
#include "cli/options.hpp"

// Which workloads there are, and how each is run when nobody says more.

namespace avow::cli::bench {

/// A setting that is zero is one that the workload does not have.
struct Workload {
  std::string_view name;
  Result<void> (*work)(Run& run);
  Settings usual;
  Settings brief;  ///< In the table of all.
};

[[nodiscard]] std::vector<Workload> workloads();

/// What the flags make of the usual settings. Errors: `usage`, naming the flag that does not fit.
[[nodiscard]] Result<Settings> settings_of(const Workload& workload, const BenchOptions& options);
/// The same settings as the workload can run with them: nothing is zero that is divided by, and no
/// more is on the way than a server lets wait. Errors: `usage`, `too-few-descriptors`.
[[nodiscard]] Result<Settings> checked(Settings settings, std::string_view name);

[[nodiscard]] Error usage(const std::string& sentence);

}  // namespace avow::cli::bench
