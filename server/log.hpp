#pragma once

#include "server/transport/transport.hpp"

namespace avow::server {

/// Lines for people and machines on stderr: time, level, text.
[[nodiscard]] Log log_to_stderr();

}  // namespace avow::server
