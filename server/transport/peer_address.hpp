#pragma once

#include <optional>

#include "server/session/conversation.hpp"
#include "server/transport/asio_types.hpp"
#include "server/transport/request_check.hpp"
#include "server/transport/roster.hpp"

// What the addresses at the two ends of a socket tell.

namespace avow::server {

/// Who is at the other end.
[[nodiscard]] Peer peer_of(const SocketProtocol::endpoint& remote);
/// What the peer shares a limit with; nothing for peers on this machine.
[[nodiscard]] std::optional<AddressKey> limit_key_of(const SocketProtocol::endpoint& remote);
/// Which of our addresses the peer has reached.
[[nodiscard]] ReachedAddress reached_address_of(const SocketProtocol::endpoint& local);

}  // namespace avow::server
