#pragma once

#include <memory>

#include "server/transport/shared.hpp"

// The end of a connection from our side. Closing a socket while the peer still sends makes the
// kernel answer with a reset, which can overtake and destroy the last bytes that we wrote. So we
// end our direction, and wait for the peer to end its own, for a bounded time.

namespace avow::server {

/// Ends our direction of `socket`, waits for the peer's end, and closes. `socket` lives as long as
/// `owner` is held. Whoever owns it sets the deadline, and closes the socket when that has passed.
void linger_and_close(Shared& shared, Socket& socket, std::shared_ptr<void> owner);

}  // namespace avow::server
