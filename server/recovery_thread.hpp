#pragma once

#include <functional>
#include <thread>

#include "avow/base/result.hpp"
#include "server/engine/engine.hpp"
#include "server/inspect/recovery_progress.hpp"
#include "server/transport/transport.hpp"

// Recovery of much takes a while. It runs beside the event loop, which answers meanwhile that the
// server lives and is not ready.

namespace avow::server {

class RecoveryThread {
 public:
  /// Begins at once. Until `done` is called, on the transport's thread, the engine belongs to this
  /// thread alone; `progress` is kept up to date, and told to people if there is much to recover.
  RecoveryThread(Engine& engine, Transport& transport, RecoveryProgress& progress,
                 std::function<void(const Result<void>&)> done);

 private:
  std::jthread thread_;  // Ending this waits for it.
};

}  // namespace avow::server
