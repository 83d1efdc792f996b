#pragma once

#include <string>

#include "avow/base/result.hpp"

namespace avow::server {

/// The database is not what was written. `what` is a sentence without its beginning and its end.
[[nodiscard]] inline Error corrupt(const std::string& what) {
  return {"store-corrupt", "The database is damaged: " + what +
                               ". Restore a backup with `avow restore`; what avowd acknowledged "
                               "after that backup may be lost."};
}

}  // namespace avow::server
