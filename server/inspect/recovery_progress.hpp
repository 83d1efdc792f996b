#pragma once

#include <atomic>
#include <cstdint>

namespace avow::server {

/// How far the recovery of what was kept has come. Written by the thread that recovers, read by
/// that which answers.
struct RecoveryProgress {
  std::atomic<std::uint64_t> rows = 0;
  std::atomic<std::uint64_t> of = 0;
};

}  // namespace avow::server
