#include "server/transport/peer_address.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <cstring>

#include "server/transport/address.hpp"

namespace avow::server {

namespace {

namespace ip = asio::ip;

/// The TCP endpoint that a generic one holds, if it does.
std::optional<ip::tcp::endpoint> tcp_endpoint_of(const SocketProtocol::endpoint& endpoint) {
  const int family = endpoint.protocol().family();
  if (family != AF_INET && family != AF_INET6) return std::nullopt;
  ip::tcp::endpoint tcp;
  if (endpoint.size() > tcp.capacity()) return std::nullopt;
  std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
  tcp.resize(endpoint.size());
  return tcp;
}

/// An IPv4 address that came through an IPv6 socket is itself again.
ip::address unmapped(const ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

}  // namespace

Peer peer_of(const SocketProtocol::endpoint& remote) {
  const auto tcp = tcp_endpoint_of(remote);
  if (!tcp) return {"unix", true};
  const ip::address address = unmapped(tcp->address());
  return {host_and_port(Address{address.to_string(), tcp->port()}), address.is_loopback()};
}

std::optional<AddressKey> limit_key_of(const SocketProtocol::endpoint& remote) {
  const auto tcp = tcp_endpoint_of(remote);
  if (!tcp) return std::nullopt;
  const ip::address address = unmapped(tcp->address());
  if (address.is_loopback()) return std::nullopt;
  AddressKey key{};
  if (address.is_v6()) {
    std::ranges::copy_n(address.to_v6().to_bytes().begin(), key.size(), key.begin());
    return key;
  }
  // Below any /64 that is routed, so that the two kinds cannot be mistaken for one another.
  key[3] = 4;
  std::ranges::copy(address.to_v4().to_bytes(), key.begin() + 4);
  return key;
}

ReachedAddress reached_address_of(const SocketProtocol::endpoint& local) {
  const auto tcp = tcp_endpoint_of(local);
  if (!tcp) return {};
  const ip::address address = unmapped(tcp->address());
  return {address.to_string(), address.is_loopback()};
}

}  // namespace avow::server
