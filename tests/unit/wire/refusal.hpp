#pragma once

#include <string>
#include <string_view>

#include "avow/wire/json_request.hpp"

namespace avow::wire {

/// The code with which a message is refused, or the first of its requests; empty if nothing is.
[[nodiscard]] inline std::string refusal(std::string_view message) {
  const auto received = read_json_requests(message);
  if (!received) return received.error().code;
  for (const ReceivedJsonRequest& each : *received) {
    if (!each.request) return each.request.error().code;
  }
  return "";
}

}  // namespace avow::wire
