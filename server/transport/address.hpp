#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "avow/base/result.hpp"

// Where a listener listens, as people write it: `127.0.0.1:7370`, `[::1]:7370`.

namespace avow::server {

struct Address {
  std::string host;        ///< An IP address, without brackets.
  std::uint16_t port = 0;  ///< 0: any that is free.

  bool operator==(const Address&) const = default;
};

/// Reads `HOST:PORT`, where HOST is an IP address, in brackets if it is IPv6, or `localhost`, which
/// is 127.0.0.1. Errors: `bad-address`, with a sentence that says how it is written.
[[nodiscard]] Result<Address> parse_address(std::string_view text);

/// Whether only this machine can reach the address.
[[nodiscard]] bool is_loopback(const Address& address);

/// `127.0.0.1:7370`, `[::1]:7370`.
[[nodiscard]] std::string host_and_port(const Address& address);

}  // namespace avow::server
