#pragma once

#include "cli/bench/link.hpp"
#include "cli/options.hpp"

namespace avow::cli::bench {

/// Where the flags say that the server is. A benchmark takes all that a server has, so one that is
/// not on this machine is refused unless the user has said that it is meant.
/// Errors: `bad-options`, `usage`.
[[nodiscard]] Result<Place> place_of(const BenchOptions& options);

/// Whether all addresses of `host` are of this machine alone (127.0.0.0/8, ::1).
[[nodiscard]] bool is_loopback(const std::string& host);

}  // namespace avow::cli::bench
