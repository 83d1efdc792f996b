// The one file of the server that includes Boost.Beast, which takes long to compile.

#include "server/transport/http_exchange.hpp"

#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <string>
#include <utility>

#include "server/transport/lingering.hpp"
#include "server/transport/peer_address.hpp"
#include "server/transport/websocket_connection.hpp"

namespace avow::server {

namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;

namespace {

constexpr std::string_view server_name = "avow";
/// How much of a request is read at first.
constexpr std::size_t head_read_bytes = 1'536;

std::string_view view_of(beast::string_view text) { return {text.data(), text.size()}; }
beast::string_view beast_view_of(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

// --- HttpExchange ---

void serve_http(Shared& shared, Accepted accepted) {
  std::make_shared<HttpExchange>(shared, std::move(accepted))->start();
}

HttpExchange::HttpExchange(Shared& shared, Accepted accepted)
    : shared_(shared),
      stream_(std::move(accepted.socket)),
      peer_(std::move(accepted.peer)),
      place_(std::move(accepted.place)),
      membership_(shared, *this),
      deadline_(shared.io.get_executor(), [this](Moment) { too_late(); }),
      buffer_(shared.options.limits.request_head_bytes_max + head_read_bytes) {
  parser_.header_limit(static_cast<std::uint32_t>(shared.options.limits.request_head_bytes_max));
}

void HttpExchange::start() {
  deadline_.set(std::chrono::steady_clock::now() + shared_.options.limits.handshake_time_max,
                weak_from_this());
  http::async_read_header(socket(), buffer_, parser_,
                          [this, alive = shared_from_this()](const error_code& error, std::size_t) {
                            head_read(error);
                          });
}

void HttpExchange::cut() {
  error_code ignored;
  socket().close(ignored);
}

void HttpExchange::too_late() {
  if (!head_is_read_) shared_.counters.count(Cut::slow_handshake);
  cut();
}

void HttpExchange::head_read(const error_code& error) {
  if (error == asio::error::operation_aborted) return;
  head_is_read_ = true;
  ++shared_.counters.requests;
  if (!error) return decide();
  if (error == http::error::end_of_stream || error == asio::error::eof ||
      error == asio::error::connection_reset) {
    return cut();
  }
  shared_.counters.count(Refusal::bad_request);
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return respond(plain_response(431, "The head of the request is too large."), false);
  }
  respond(plain_response(400, "This is no HTTP request that can be understood."), false);
}

void HttpExchange::decide() {
  const Request& request = parser_.get();
  Verdict verdict = judge(head_of(request), shared_.options.policy, reached_address());
  if (const auto* accepted = std::get_if<Upgrade>(&verdict)) {
    return shared_.not_begun.empty() ? upgrade(*accepted) : respond_not_begun();
  }
  if (auto* refused = std::get_if<RefusedRequest>(&verdict)) {
    shared_.counters.count(refused->reason);
    return respond(std::move(refused->response), false);
  }
  const auto& page = std::get<PageRequest>(verdict);
  respond(shared_.answer(page.request), page.head_only);
}

void HttpExchange::respond_not_begun() {
  shared_.counters.count(Refusal::not_begun);
  HttpResponse response = plain_response(503, shared_.not_begun);
  response.fields.emplace_back("Retry-After", "1");
  respond(std::move(response), false);
}

// Beast answers the request; what follows it does not need Beast.
void HttpExchange::upgrade(const Upgrade& upgrade) {
  stream_.set_option(websocket::stream_base::decorator(
      [subprotocol = std::string(upgrade.subprotocol)](websocket::response_type& response) {
        response.set(http::field::server, beast_view_of(server_name));
        if (!subprotocol.empty()) {
          response.set(http::field::sec_websocket_protocol, subprotocol);
        }
      }));
  stream_.async_accept(parser_.get(), [this, alive = shared_from_this(),
                                       protocol = upgrade.protocol](const error_code& error) {
    if (error) return cut();
    deadline_.stop();
    // Frames that came in the same packet as the request belong to the WebSocket.
    const auto rest = buffer_.data();
    const auto* first = static_cast<const std::uint8_t*>(rest.data());
    std::make_shared<WebSocketConnection>(shared_, std::move(socket()), std::move(peer_),
                                          std::move(place_))
        ->start(protocol, Bytes(first, first + rest.size()));
  });
}

void HttpExchange::respond(HttpResponse with, bool head_only) {
  response_.version(11);
  response_.result(with.status);
  response_.set(http::field::server, beast_view_of(server_name));
  response_.set(http::field::content_type, with.content_type);
  response_.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : with.fields) response_.insert(name, value);
  response_.keep_alive(false);
  if (response_.result() != http::status::not_modified) {
    response_.content_length(with.body.size());
  }
  if (!head_only) response_.body() = std::move(with.body);
  http::async_write(socket(), response_,
                    [this, alive = shared_from_this()](const error_code& error, std::size_t) {
                      if (error) return cut();
                      linger_and_close(shared_, socket(), alive);
                    });
}

RequestHead HttpExchange::head_of(const Request& request) const {
  const auto optional_field = [&request](beast::string_view name) {
    const auto found = request.find(name);
    return found == request.end() ? std::nullopt
                                  : std::optional<std::string_view>(view_of(found->value()));
  };
  RequestHead head;
  head.method = view_of(request.method_string());
  head.target = view_of(request.target());
  head.host = optional_field("Host");
  head.hosts = request.count(http::field::host);
  head.origin = optional_field("Origin");
  head.upgrade = optional_field("Upgrade");
  head.connection = optional_field("Connection").value_or(std::string_view{});
  head.websocket_key = optional_field("Sec-WebSocket-Key");
  head.websocket_version = optional_field("Sec-WebSocket-Version");
  head.subprotocols = optional_field("Sec-WebSocket-Protocol");
  head.if_none_match = optional_field("If-None-Match").value_or(std::string_view{});
  head.has_body = request.count(http::field::content_length) != 0 ||
                  request.count(http::field::transfer_encoding) != 0;
  return head;
}

ReachedAddress HttpExchange::reached_address() {
  error_code error;
  const auto endpoint = socket().local_endpoint(error);
  return error ? ReachedAddress{} : reached_address_of(endpoint);
}

}  // namespace avow::server
