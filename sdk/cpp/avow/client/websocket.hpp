#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "avow/client/host.hpp"

namespace avow {

enum class FrameKind : unsigned char { binary, text };

/// Begins to open a WebSocket on `executor`, which must run one handler at a time. With a
/// `subprotocol` ("": none) a server that does not agree to it is no server of ours. Failures are
/// told by `gone`: `no-server` before `connected`, `link-lost` after.
[[nodiscard]] std::unique_ptr<Transport> open_websocket(
    const boost::asio::any_io_executor& executor, const Url& url, const std::string& subprotocol,
    FrameKind kind, TransportEvents& events);

}  // namespace avow
