#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <memory>
#include <string_view>

#include "server/transport/alarm.hpp"
#include "server/transport/request_check.hpp"
#include "server/transport/shared.hpp"

// One HTTP request and what becomes of it: a response, after which the connection ends, or a
// WebSocket. Only the one file that includes Beast includes this one.

namespace avow::server {

class HttpExchange final : public Connection, public std::enable_shared_from_this<HttpExchange> {
 public:
  HttpExchange(Shared& shared, Accepted accepted);

  void start();
  void shut_down() override { cut(); }
  void cut() override;
  [[nodiscard]] std::size_t waiting_bytes() const override { return 0; }

 private:
  using Request = boost::beast::http::request<boost::beast::http::empty_body>;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;

  [[nodiscard]] Socket& socket() { return stream_.next_layer(); }
  void head_read(const error_code& error);
  void too_late();
  void decide();
  void upgrade(const Upgrade& upgrade);
  void respond_not_begun();
  void respond(HttpResponse with, bool head_only);
  [[nodiscard]] RequestHead head_of(const Request& request) const;
  [[nodiscard]] ReachedAddress reached_address();

  Shared& shared_;
  boost::beast::websocket::stream<Socket, /*deflateSupported=*/false> stream_;
  Peer peer_;
  Place place_;
  Membership membership_;
  Alarm deadline_;
  boost::beast::flat_buffer buffer_;
  boost::beast::http::request_parser<boost::beast::http::empty_body> parser_;
  Response response_;
  bool head_is_read_ = false;
};

}  // namespace avow::server
