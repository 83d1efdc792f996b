#include "server/transport/address.hpp"

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <optional>

namespace avow::server {

namespace {

namespace ip = boost::asio::ip;

Error bad_address(std::string_view text) {
  return {"bad-address", "'" + std::string(text) +
                             "' is no address: write HOST:PORT, such as 127.0.0.1:7370 or "
                             "[::1]:7370, with a port up to 65535."};
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [read_up_to, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || read_up_to != end) return std::nullopt;
  return port;
}

/// The host without brackets, or nothing if it is not written as an address.
std::optional<std::string> host_of(std::string_view text) {
  if (text == "localhost") return "127.0.0.1";
  const bool in_brackets = text.starts_with('[') && text.ends_with(']');
  const std::string host(in_brackets ? text.substr(1, text.size() - 2) : text);
  boost::system::error_code error;
  const ip::address address = ip::make_address(host, error);
  if (error || address.is_v6() != in_brackets) return std::nullopt;
  return address.to_string();
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad_address(text);
  const auto host = host_of(text.substr(0, colon));
  const auto port = port_of(text.substr(colon + 1));
  if (!host || !port) return bad_address(text);
  return Address{*host, *port};
}

bool is_loopback(const Address& address) {
  boost::system::error_code error;
  const ip::address parsed = ip::make_address(address.host, error);
  return !error && parsed.is_loopback();
}

std::string host_and_port(const Address& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace avow::server
