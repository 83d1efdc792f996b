#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>

// The Asio types that the transport uses, on a concrete executor: the type-erased one costs an
// allocation and an indirect call at every step. One kind of socket serves TCP and Unix sockets.

namespace avow::server {

namespace asio = boost::asio;
using boost::system::error_code;

using Executor = asio::io_context::executor_type;
using SocketProtocol = asio::generic::stream_protocol;
using Socket = asio::basic_stream_socket<SocketProtocol, Executor>;
using Acceptor = asio::basic_socket_acceptor<SocketProtocol, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

}  // namespace avow::server
