#include "server/transport/listening.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstring>
#include <sys/stat.h>

namespace avow::server {

namespace {

namespace ip = asio::ip;
using UnixProtocol = asio::local::stream_protocol;

Error listen_failed(const std::string& where, const std::string& why) {
  return {"listen-failed", "Cannot listen on " + where + ": " + why};
}

std::string fix_for(const error_code& error) {
  if (error == asio::error::address_in_use) {
    return "the address is in use; end the program that uses it, or choose another port.";
  }
  if (error == asio::error::access_denied) {
    return "permission denied; ports below 1024 need a privilege, others do not.";
  }
  return error.message() + ".";
}

/// Whether the machine has no such address, or not even the kind.
bool is_missing(const error_code& error) {
  return error == asio::error::address_family_not_supported ||
         error == boost::system::errc::address_not_available;
}

/// Whether a living server answers at `path`.
bool somebody_listens(asio::io_context& io, const UnixProtocol::endpoint& at) {
  Socket probe(io.get_executor());
  error_code error;
  probe.connect(at, error);
  return !error;
}

/// Removes what a dead server has left at `path`.
Result<void> clear_the_way(asio::io_context& io, const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::symlink_status(path, error);
  if (!std::filesystem::exists(status)) return {};
  if (status.type() != std::filesystem::file_type::socket) {
    return listen_failed(path.string(), "there is a file that is no socket; choose another path.");
  }
  if (somebody_listens(io, UnixProtocol::endpoint(path.string()))) {
    return listen_failed(path.string(),
                         "another server listens there; end it, or choose another path.");
  }
  std::filesystem::remove(path, error);
  if (error) return listen_failed(path.string(), error.message() + ".");
  return {};
}

}  // namespace

Result<Acceptor> listen_on(asio::io_context& io, const Address& address) {
  error_code error;
  const ip::tcp::endpoint at(ip::make_address(address.host, error), address.port);
  Acceptor acceptor(io.get_executor());
  if (!error) acceptor.open(SocketProtocol(at.protocol()), error);
  if (!error && at.address().is_v6()) acceptor.set_option(ip::v6_only(true), error);
  // Connections of an earlier server that linger in the kernel must not stand in our way.
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(at, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    Error failed = listen_failed(host_and_port(address), fix_for(error));
    if (is_missing(error)) failed.code = "address-missing";
    return failed;
  }
  return acceptor;
}

Address address_of(const Acceptor& acceptor) {
  const SocketProtocol::endpoint generic = acceptor.local_endpoint();
  ip::tcp::endpoint at;
  std::memcpy(at.data(), generic.data(), generic.size());
  at.resize(generic.size());
  return {at.address().to_string(), at.port()};
}

Result<Acceptor> listen_on(asio::io_context& io, const std::filesystem::path& path) {
  constexpr std::size_t path_bytes_max = 107;  // sun_path, without its last zero byte.
  if (path.empty() || path.string().size() > path_bytes_max) {
    return listen_failed("'" + path.string() + "'",
                         "the path of a Unix socket has 1 to 107 bytes; choose another.");
  }
  AVOW_TRY_VOID(clear_the_way(io, path));
  error_code error;
  Acceptor acceptor(io.get_executor());
  const UnixProtocol::endpoint at(path.string());
  acceptor.open(SocketProtocol(at.protocol()), error);
  // The file must never be open to others, not even between bind and a change of its mode.
  const mode_t mask_before = ::umask(0177);
  if (!error) acceptor.bind(at, error);
  ::umask(mask_before);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return listen_failed(path.string(), fix_for(error));
  return acceptor;
}

}  // namespace avow::server
