#pragma once

#include <string>

#include "server/engine/engine.hpp"
#include "server/transport/transport.hpp"

namespace avow::server {

/// What the server counts, in the text format of Prometheus. Names begin with `avow_` (but for
/// `process_resident_memory_bytes`, which all programs call so), have base units and stay what they
/// are; no label names a client, a pattern or a fact, so the number of series is fixed. `transport`
/// may be null.
[[nodiscard]] std::string metrics_text(const Engine& engine, const Transport* transport);

}  // namespace avow::server
