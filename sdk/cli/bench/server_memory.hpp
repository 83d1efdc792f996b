#pragma once

#include <optional>

#include "avow/client/url.hpp"

namespace avow::cli::bench {

/// The memory that the server says it has, in bytes: `process_resident_memory_bytes` of its page
/// /metrics. Nothing if it does not say so. Waits for the answer.
[[nodiscard]] std::optional<double> server_memory(const Url& url);

}  // namespace avow::cli::bench
