#pragma once

#include "avow/base/result.hpp"

// What a client is told of a subscription that its policy has closed.

namespace avow::server {

[[nodiscard]] inline Error closed_as_slow() {
  return {"slow-consumer",
          "The subscription could not be told what has changed, and its policy is `close`: grant "
          "or read more, and observe again."};
}

}  // namespace avow::server
