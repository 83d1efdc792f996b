#pragma once

#include "server/engine/engine.hpp"

namespace avow::server {

/// What an engine of a test begins with.
[[nodiscard]] inline EngineOptions some_engine() {
  EngineOptions options;
  options.hash_key = {1, 2};
  return options;
}

}  // namespace avow::server
