// The one file of the server that includes Boost.Beast, which takes long to compile: everything
// that speaks HTTP or WebSocket is compiled here.

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <string>
#include <utility>

#include "server/transport/http_exchange.hpp"
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
/// The first piece of a message that is read, and so the buffer of a connection that has had none
/// larger. What comes with it waits in Beast's own buffer, so the next piece costs no system call.
constexpr std::size_t first_read_bytes = 256;
/// A larger buffer is not kept from one message to the next.
constexpr std::size_t kept_buffer_bytes = 16 << 10;

std::string_view view_of(beast::string_view text) { return {text.data(), text.size()}; }
beast::string_view beast_view_of(std::string_view text) { return {text.data(), text.size()}; }

/// The beginning of `text` that fits the reason of a close frame, cut between two characters.
std::string_view close_reason_of(std::string_view text) {
  constexpr std::size_t reason_bytes_max = 123;  // RFC 6455, 5.5 and 5.5.1.
  if (text.size() <= reason_bytes_max) return text;
  std::size_t end = reason_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

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
  http::async_read_header(stream_, buffer_, parser_,
                          [this, alive = shared_from_this()](const error_code& error, std::size_t) {
                            head_read(error);
                          });
}

void HttpExchange::cut() {
  error_code ignored;
  stream_.next_layer().close(ignored);
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

void HttpExchange::upgrade(const Upgrade& upgrade) {
  deadline_.stop();
  // Frames that came in the same packet as the request belong to the WebSocket.
  const auto rest = buffer_.data();
  const auto* first = static_cast<const std::uint8_t*>(rest.data());
  stream_.put_back(Bytes(first, first + rest.size()));
  std::make_shared<WebSocketConnection>(shared_, std::move(stream_), std::move(peer_),
                                        std::move(place_))
      ->start(parser_.get(), upgrade);
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
  http::async_write(stream_, response_,
                    [this, alive = shared_from_this()](const error_code& error, std::size_t) {
                      if (error) return cut();
                      linger_and_close(shared_, stream_.next_layer(), alive);
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

ReachedAddress HttpExchange::reached_address() const {
  error_code error;
  const auto endpoint = stream_.next_layer().local_endpoint(error);
  return error ? ReachedAddress{} : reached_address_of(endpoint);
}

// --- WebSocketConnection ---

WebSocketConnection::WebSocketConnection(Shared& shared, WatchedStream stream, Peer peer,
                                         Place place)
    : shared_(shared),
      peer_(std::move(peer)),
      place_(std::move(place)),
      membership_(shared, *this),
      stream_(std::move(stream)),
      // One byte more than a message may have: a read needs room even where only an empty last
      // fragment is due.
      message_(shared.options.limits.message_bytes_max + 1),
      driver_(shared, *this),
      heartbeat_(shared.io.get_executor(), [this](Moment now) { heartbeat(now); }),
      end_alarm_(shared.io.get_executor(), [this](Moment) { abort(); }) {
  ++shared_.counts.websocket;
  stream_.read_message_max(shared.options.limits.message_bytes_max);
  stream_.auto_fragment(false);
}

WebSocketConnection::~WebSocketConnection() { --shared_.counts.websocket; }

void WebSocketConnection::start(const UpgradeRequest& request, const Upgrade& upgrade) {
  stream_.set_option(websocket::stream_base::decorator(
      [subprotocol = std::string(upgrade.subprotocol)](websocket::response_type& response) {
        response.set(http::field::server, beast_view_of(server_name));
        if (!subprotocol.empty()) {
          response.set(http::field::sec_websocket_protocol, subprotocol);
        }
      }));
  await_end();
  stream_.async_accept(request, [this, alive = shared_from_this(),
                                 protocol = upgrade.protocol](const error_code& error) {
    if (error) return abort();
    opened(protocol);
  });
}

void WebSocketConnection::opened(Protocol protocol) {
  open_ = true;
  end_alarm_.stop();
  stream_.next_layer().watch(*this);
  stream_.control_callback([this](websocket::frame_type kind, beast::string_view) {
    if (kind == websocket::frame_type::close) peer_closes();
  });
  heard_at_ = pinged_at_ = std::chrono::steady_clock::now();
  wind_heartbeat();
  driver_.start(protocol, std::move(peer_));
}

// The session ends here. Beast still has to answer the close, which a peer that does not read could
// hold up for ever.
void WebSocketConnection::peer_closes() {
  driver_.finish(Departure::closed);
  // Beast 345 takes every code from 3000 on for good; nobody may use those from 5000 on (RFC 6455,
  // 7.4.2). Beginning to close here makes this the answer.
  constexpr std::uint16_t unused_codes = 5'000;
  if (stream_.reason().code >= unused_codes) {
    return say_close(CloseCode::protocol_error, "There is no such close code.");
  }
  await_end();
}

void WebSocketConnection::read() {
  // What is paused for our sake does not count against the peer.
  heard_at_ = begun_at_ = std::chrono::steady_clock::now();
  message_.clear();
  if (message_.capacity() > kept_buffer_bytes) message_.shrink_to_fit();
  if (!tracker_.at_rest()) wind_heartbeat();
  read_some();
}

void WebSocketConnection::read_some() {
  const std::size_t room = message_.max_size() - message_.size();
  const std::size_t unused = message_.capacity() - message_.size();
  const std::size_t wanted = std::max({first_read_bytes, message_.size(), unused});
  stream_.async_read_some(
      message_.prepare(std::min(room, wanted)),
      [this, alive = shared_from_this()](const error_code& error, std::size_t count) {
        message_.commit(count);
        read_done(error);
      });
}

void WebSocketConnection::read_done(const error_code& error) {
  if (error) {
    // The end of the read is not the end of the closing handshake that we have begun.
    if (error == asio::error::operation_aborted && closing_) return;
    if (error == websocket::error::closed) driver_.finish(Departure::closed);
    return abort();
  }
  if (driver_.finished()) return;
  if (!stream_.is_message_done()) return read_some();
  const auto data = message_.cdata();
  driver_.received(stream_.got_text() ? FrameType::text : FrameType::binary,
                   {static_cast<const std::uint8_t*>(data.data()), data.size()});
}

void WebSocketConnection::write(const OutgoingFrame& frame) {
  unsent_.load(frame);
  stream_.binary(frame.type == FrameType::binary);
  stream_.async_write(unsent_.rest(), [this, alive = shared_from_this()](
                                          const error_code& error, std::size_t) { wrote(error); });
}

void WebSocketConnection::wrote(const error_code& error) {
  unsent_.clear();
  if (!error) return driver_.written();
  // Once a close frame is on its way, a write is refused; the close goes on.
  if (error == asio::error::operation_aborted) return;
  abort();
}

void WebSocketConnection::close(const Ending& ending) { say_close(ending.code, ending.reason); }

void WebSocketConnection::abort() {
  driver_.finish(Departure::lost);
  heartbeat_.stop();
  end_alarm_.stop();
  error_code ignored;
  stream_.next_layer().next_layer().close(ignored);
}

void WebSocketConnection::shut_down() {
  if (!open_) return abort();
  driver_.shut_down();
}

void WebSocketConnection::say_close(CloseCode code, std::string_view reason) {
  if (std::exchange(closing_, true)) return;
  await_end();
  stream_.async_close(websocket::close_reason(static_cast<websocket::close_code>(code),
                                              beast_view_of(close_reason_of(reason))),
                      [this, alive = shared_from_this()](const error_code&) { abort(); });
}

void WebSocketConnection::await_end() {
  heartbeat_.stop();
  const Milliseconds patience =
      open_ ? shared_.options.limits.close_time_max : shared_.options.limits.handshake_time_max;
  end_alarm_.set(std::chrono::steady_clock::now() + patience, weak_from_this());
}

void WebSocketConnection::cut_politely(Cut reason, CloseCode code, std::string_view sentence) {
  if (driver_.finished()) return;
  driver_.cut(reason);
  say_close(code, sentence);
}

void WebSocketConnection::bytes_came(ByteView bytes) {
  shared_.counters.bytes_received += bytes.size();
  heard_at_ = std::chrono::steady_clock::now();
  tracker_.feed(bytes);
  check_frames();
  if (std::exchange(begun_seen_, tracker_.begun()) == tracker_.begun()) return;
  begun_at_ = heard_at_;
  if (!tracker_.at_rest()) wind_heartbeat();
}

void WebSocketConnection::check_frames() {
  if (tracker_.most_frames() <= shared_.options.limits.message_frames_max) return;
  // We are inside a read of Beast's here, and shall not begin to close before that is done.
  asio::post(shared_.io.get_executor(), [this, alive = shared_from_this()] {
    cut_politely(Cut::too_many_frames, CloseCode::policy_violation,
                 "The message has too many fragments.");
  });
}

void WebSocketConnection::write_begins() { driver_.write_begins(); }

void WebSocketConnection::bytes_went(std::size_t count) {
  shared_.counters.bytes_sent += count;
  driver_.write_progressed();
}

// Beast has answered the peer's close, or has found a breach of the protocol and said so; now it
// waits for the peer's end of the connection, without any limit of its own.
void WebSocketConnection::teardown_begins() {
  driver_.finish(Departure::lost);
  await_end();
}

std::optional<Moment> WebSocketConnection::message_deadline() const {
  if (tracker_.at_rest() || !driver_.reading()) return std::nullopt;
  const TransportLimits& limits = shared_.options.limits;
  const auto bytes = static_cast<std::size_t>(
      std::min<std::uint64_t>(tracker_.message_bytes(), limits.message_bytes_max));
  const Milliseconds for_its_size(bytes * 1'000 / limits.message_bytes_per_second_min);
  return begun_at_ + limits.message_time_max + for_its_size;
}

std::optional<Moment> WebSocketConnection::silence_deadline() const {
  if (!driver_.reading()) return std::nullopt;
  return heard_at_ + shared_.options.limits.silence_max;
}

void WebSocketConnection::wind_heartbeat() {
  if (closing_) return;
  Moment due = pinged_at_ + shared_.options.limits.ping_interval;
  for (const auto& deadline : {message_deadline(), silence_deadline()}) {
    if (deadline) due = std::min(due, *deadline);
  }
  heartbeat_.set(due, weak_from_this());
}

void WebSocketConnection::heartbeat(Moment now) {
  if (driver_.finished()) return;
  const std::optional<Moment> message = message_deadline();
  const std::optional<Moment> silence = silence_deadline();
  if (message && now >= *message) {
    return cut_politely(Cut::slow_message, CloseCode::policy_violation,
                        "The message took too long.");
  }
  if (silence && now >= *silence) {
    driver_.cut(Cut::silent);
    return abort();
  }
  if (now >= pinged_at_ + shared_.options.limits.ping_interval) ping(now);
  wind_heartbeat();
}

void WebSocketConnection::ping(Moment now) {
  pinged_at_ = now;
  if (std::exchange(pinging_, true)) return;  // The last one is still waiting to be written.
  stream_.async_ping({}, [this, alive = shared_from_this()](const error_code& error) {
    pinging_ = false;
    // While input is held back there is no read that would notice a dead peer.
    if (error && error != asio::error::operation_aborted) abort();
  });
}

}  // namespace avow::server
