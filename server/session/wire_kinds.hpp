#pragma once

#include "avow/base/check.hpp"
#include "avow/wire/packet.hpp"
#include "server/engine/outbound_turn.hpp"

namespace avow::server {

/// The event of the protocol by which a client is told. The answer to a sync is the message `#t`.
[[nodiscard]] inline wire::EventKind wire_kind(OutboundKind kind) {
  switch (kind) {
    case OutboundKind::publish:
      return wire::EventKind::publish;
    case OutboundKind::retract:
      return wire::EventKind::retract;
    case OutboundKind::sync:
      return wire::EventKind::sync;
    case OutboundKind::message:
    case OutboundKind::synced:
      return wire::EventKind::message;
  }
  AVOW_CHECK(false);
}

}  // namespace avow::server
