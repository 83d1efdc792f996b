#pragma once

#include "server/engine/engine.hpp"

namespace avow::server::test {

/// An engine that tells snapshots of small facts two at a time.
inline EngineOptions two_facts_a_part() {
  EngineOptions options;
  options.limits.snapshot_part_bytes = 100;
  return options;
}

}  // namespace avow::server::test
