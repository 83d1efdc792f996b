#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/engine/engine.hpp"
#include "server/session/limits.hpp"
#include "server/session/resumable_sessions.hpp"

namespace avow::server {

/// What the server says of itself before a client says anything, in either Avow subprotocol.
struct ServerHello {
  std::string_view server = "avowd";
  std::string_view version;  ///< `0.1.0`
  std::uint64_t epoch = 0;
  std::vector<std::pair<std::string_view, std::uint64_t>> limits;  ///< By name.
};

[[nodiscard]] ServerHello server_hello(const Engine& engine, const ConversationLimits& limits,
                                       const ResumeLimits& of_resuming);

}  // namespace avow::server
