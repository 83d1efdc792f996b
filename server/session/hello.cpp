#include "server/session/hello.hpp"

#include <algorithm>

namespace avow::server {

ServerHello server_hello(const Engine& engine, const ConversationLimits& limits,
                         const ResumeLimits& of_resuming) {
  const EngineLimits& of_engine = engine.limits();
  ServerHello hello;
  hello.version = AVOW_VERSION;
  hello.epoch = engine.epoch();
  hello.limits = {
      {"message-bytes", limits.packet.bytes_max},
      {"value-depth", limits.packet.value.depth_max},
      {"value-nodes", limits.packet.value.nodes_max},
      {"string-bytes", limits.packet.value.string_bytes_max},
      {"integer-bits", limits.packet.value.integer_bits_max},
      {"turn-events", of_engine.turn_events_max},
      {"session-facts", of_engine.session_facts_max},
      {"session-bytes", of_engine.session_bytes_max},
      {"session-subscriptions", of_engine.session_subscriptions_max},
      {"pattern-nodes", of_engine.pattern.nodes_max},
      {"pattern-captures", of_engine.pattern.captures_max},
      {"outbox-bytes", limits.outbox_bytes_max},
      {"restart-grace-ms", static_cast<std::uint64_t>(
                               std::min(of_resuming.restart_grace, of_resuming.grace_max).count())},
      {"grace-ms", static_cast<std::uint64_t>(of_resuming.grace_max.count())},
  };
  return hello;
}

}  // namespace avow::server
