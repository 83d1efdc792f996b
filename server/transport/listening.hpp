#pragma once

#include <filesystem>

#include "avow/base/result.hpp"
#include "server/transport/address.hpp"
#include "server/transport/asio_types.hpp"

// Opens the sockets that listeners accept from.

namespace avow::server {

/// A TCP socket that listens. Errors: `address-missing` if the machine has no such address, else
/// `listen-failed`; both with a sentence that names the address.
[[nodiscard]] Result<Acceptor> listen_on(asio::io_context& io, const Address& address);
/// The address that an acceptor got, where port 0 was asked for.
[[nodiscard]] Address address_of(const Acceptor& acceptor);

/// A Unix socket that listens, in a file of mode 0600. A file on which nobody listens any more is
/// replaced. Errors: `listen-failed`, with a sentence that names the path.
[[nodiscard]] Result<Acceptor> listen_on(asio::io_context& io, const std::filesystem::path& path);

}  // namespace avow::server
