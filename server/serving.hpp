#pragma once

#include <string>

#include "server/options.hpp"

// `avowd` as a server: builds every part, hands each to whoever needs it, and serves.

namespace avow::server {

/// Serves until it is told to end, or cannot go on. Returns the exit status; what went wrong has
/// been said on stderr.
[[nodiscard]] int serve(const ServerOptions& options);

/// Says why on stderr, and returns `status`.
int fail(int status, const std::string& sentence);

}  // namespace avow::server
