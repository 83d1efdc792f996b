#include "avow/client/websocket.hpp"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <chrono>
#include <optional>
#include <utility>

// The only file of the SDK that includes Boost.Beast, which takes as long to compile as all others
// together. Every operation keeps the socket alive by a shared pointer, and asks whether anybody
// still listens before it tells.

namespace avow {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t message_bytes_max = 256 << 20;
// Nothing heard for half of this: a ping goes out. Nothing for all of it: the link is dead.
constexpr std::chrono::seconds idle_max{45};
constexpr std::chrono::seconds handshake_max{10};

class Socket : public std::enable_shared_from_this<Socket> {
 public:
  Socket(const asio::any_io_executor& executor, Url url, std::string subprotocol, FrameKind kind,
         TransportEvents& events)
      : url_(std::move(url)),
        subprotocol_(std::move(subprotocol)),
        kind_(kind),
        events_(&events),
        resolver_(executor),
        stream_(executor) {}

  void open() {
    error_code no_address;
    const auto address = asio::ip::make_address(url_.host, no_address);
    if (!no_address) {
      const auto port = static_cast<std::uint16_t>(std::stoul(url_.port));
      beast::get_lowest_layer(stream_).async_connect(
          tcp::endpoint(address, port),
          [self = shared_from_this()](error_code error) { self->on_connect(error); });
      return;
    }
    resolver_.async_resolve(
        url_.host, url_.port,
        [self = shared_from_this()](error_code error, const tcp::resolver::results_type& found) {
          self->on_resolve(error, found);
        });
  }

  void send(Bytes frame) {
    outgoing_ = std::move(frame);
    is_writing_ = true;
    stream_.async_write(
        asio::buffer(outgoing_),
        [self = shared_from_this()](error_code error, std::size_t) { self->on_write(error); });
  }

  void close() {
    is_closing_ = true;
    if (!is_writing_) say_goodbye();
  }

  // Nobody listens any more.
  void cut() {
    events_ = nullptr;
    resolver_.cancel();
    beast::get_lowest_layer(stream_).close();
  }

 private:
  void on_resolve(error_code error, const tcp::resolver::results_type& found) {
    if (error) return gone(error);
    if (events_ == nullptr) return;
    beast::get_lowest_layer(stream_).async_connect(
        found, [self = shared_from_this()](error_code failed, const tcp::endpoint&) {
          self->on_connect(failed);
        });
  }

  void on_connect(error_code error) {
    if (error) return gone(error);
    if (events_ == nullptr) return;
    is_connected_ = true;
    error_code ignored;
    beast::get_lowest_layer(stream_).socket().set_option(tcp::no_delay(true), ignored);
    configure();
    stream_.async_handshake(
        answer_, url_.authority(), url_.path,
        [self = shared_from_this()](error_code failed) { self->on_handshake(failed); });
  }

  void configure() {
    stream_.set_option(websocket::stream_base::timeout{
        .handshake_timeout = handshake_max, .idle_timeout = idle_max, .keep_alive_pings = true});
    stream_.set_option(websocket::stream_base::decorator(
        [subprotocol = subprotocol_](websocket::request_type& request) {
          request.set(beast::http::field::user_agent, "avow-cpp");
          if (!subprotocol.empty()) {
            request.set(beast::http::field::sec_websocket_protocol, subprotocol);
          }
        }));
    stream_.read_message_max(message_bytes_max);
    stream_.binary(kind_ == FrameKind::binary);
    stream_.auto_fragment(false);
    stream_.write_buffer_bytes(64 << 10);
  }

  void on_handshake(error_code error) {
    if (error == websocket::error::upgrade_declined) return declined();
    if (error) return gone(error);
    if (events_ == nullptr) return;
    if (answer_[beast::http::field::sec_websocket_protocol] != subprotocol_) {
      return tell_gone(
          {"no-server", "What answers at " + name() + " does not speak " + subprotocol_ + "."});
    }
    is_up_ = true;
    events_->connected();
    read();
  }

  void declined() {
    // One of ours says why in a line; others may send whole pages.
    constexpr std::size_t why_bytes_max = 300;
    std::string why = answer_.body().substr(0, why_bytes_max);
    why.resize(std::min(why.size(), why.find_first_of("\r\n")));
    tell_gone({"no-server", "The server at " + name() + " refuses the connection (" +
                                std::to_string(answer_.result_int()) + "): " + why});
  }

  void read() {
    if (events_ == nullptr) return;
    stream_.async_read(buffer_, [self = shared_from_this()](error_code error, std::size_t) {
      self->on_read(error);
    });
  }

  void on_read(error_code error) {
    if (error) return gone(error);
    if (events_ == nullptr) return;
    const auto data = buffer_.cdata();
    events_->received({static_cast<const std::uint8_t*>(data.data()), data.size()});
    buffer_.consume(buffer_.size());
    read();
  }

  void on_write(error_code error) {
    is_writing_ = false;
    outgoing_.clear();
    if (error) return gone(error);
    if (is_closing_) return say_goodbye();
    if (events_ != nullptr) events_->writable();
  }

  void say_goodbye() {
    stream_.async_close(websocket::close_code::normal, [self = shared_from_this()](error_code) {
      self->gone(websocket::error::closed);
    });
  }

  void gone(error_code error) {
    if (is_closing_) return tell_gone({"closed", "The connection was closed."});
    if (!is_up_) return tell_gone({"no-server", why_not_up(error.message())});
    std::string why = error.message();
    if (error == websocket::error::closed && !stream_.reason().reason.empty()) {
      why = stream_.reason().reason.c_str();
    }
    tell_gone({"link-lost", "The link to " + name() + " is lost: " + why});
  }

  // Who accepts connections and is no WebSocket server is told from nobody.
  [[nodiscard]] std::string why_not_up(const std::string& why) const {
    if (!is_connected_) return "Nobody answers at " + name() + ": " + why + ".";
    return "What listens at " + name() + " does not answer as a WebSocket server: " + why + ".";
  }

  void tell_gone(Error why) {
    if (events_ == nullptr) return;
    std::exchange(events_, nullptr)->gone(std::move(why));
  }

  [[nodiscard]] std::string name() const { return "ws://" + url_.authority(); }

  const Url url_;
  const std::string subprotocol_;
  const FrameKind kind_;
  TransportEvents* events_;  // Nothing once it has heard of the end, or listens no more.
  tcp::resolver resolver_;
  websocket::stream<beast::tcp_stream> stream_;
  websocket::response_type answer_;
  beast::flat_buffer buffer_;
  Bytes outgoing_;
  bool is_connected_ = false;
  bool is_up_ = false;
  bool is_writing_ = false;
  bool is_closing_ = false;
};

// What the client holds. The socket lives on until its last operation has ended; it is not owned
// here, so that an io_context may go before the client does.
class WebSocket : public Transport {
 public:
  explicit WebSocket(std::weak_ptr<Socket> socket) : socket_(std::move(socket)) {}
  ~WebSocket() override {
    if (const auto socket = socket_.lock()) socket->cut();
  }
  void send(Bytes frame) override {
    if (const auto socket = socket_.lock()) socket->send(std::move(frame));
  }
  void close() override {
    if (const auto socket = socket_.lock()) socket->close();
  }

 private:
  std::weak_ptr<Socket> socket_;
};

}  // namespace

std::unique_ptr<Transport> open_websocket(const asio::any_io_executor& executor, const Url& url,
                                          const std::string& subprotocol, FrameKind kind,
                                          TransportEvents& events) {
  const auto socket = std::make_shared<Socket>(executor, url, subprotocol, kind, events);
  socket->open();
  return std::make_unique<WebSocket>(socket);
}

}  // namespace avow
