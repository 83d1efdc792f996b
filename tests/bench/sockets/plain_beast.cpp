#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <cstdio>
#include <deque>
#include <memory>
#include <set>
#include <string>

// A hub as one writes it from Beast's own examples: every message of a publisher is written to
// every subscriber by async_write, one after another. What a WebSocket server costs that does
// nothing else.
//
//   plain_beast       prints its port, and serves until it is killed

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using Message = std::shared_ptr<const std::string>;

class Session;
using Subscribers = std::set<Session*>;

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(asio::ip::tcp::socket socket, Subscribers& subscribers)
      : stream_(std::move(socket)), subscribers_(subscribers) {}
  ~Session() { subscribers_.erase(this); }

  void start() {
    beast::http::async_read(stream_.next_layer(), buffer_, request_,
                            [self = shared_from_this()](error_code error, std::size_t) {
                              if (!error) self->accept();
                            });
  }

 private:
  void accept() {
    stream_.binary(true);
    stream_.async_accept(request_, [self = shared_from_this()](error_code error) {
      if (error) return;
      beast::get_lowest_layer(self->stream_).set_option(asio::ip::tcp::no_delay(true));
      if (self->request_.target() == "/subscribe") self->subscribers_.insert(self.get());
      self->buffer_.clear();
      self->read();
    });
  }
  void read() {
    stream_.async_read(buffer_, [self = shared_from_this()](error_code error, std::size_t) {
      if (error) {
        self->subscribers_.erase(self.get());
        return;
      }
      const auto message =
          std::make_shared<const std::string>(beast::buffers_to_string(self->buffer_.data()));
      self->buffer_.clear();
      for (Session* const each : self->subscribers_) each->send(message);
      self->read();
    });
  }
  void send(const Message& message) {
    waiting_.push_back(message);
    if (waiting_.size() == 1) write();
  }
  void write() {
    stream_.async_write(asio::buffer(*waiting_.front()),
                        [self = shared_from_this()](error_code error, std::size_t) {
                          if (error) return;
                          self->waiting_.pop_front();
                          if (!self->waiting_.empty()) self->write();
                        });
  }

  beast::websocket::stream<asio::ip::tcp::socket> stream_;
  beast::flat_buffer buffer_;
  beast::http::request<beast::http::string_body> request_;
  Subscribers& subscribers_;
  std::deque<Message> waiting_;
};

void accept(asio::ip::tcp::acceptor& acceptor, Subscribers& subscribers) {
  acceptor.async_accept([&](error_code error, asio::ip::tcp::socket socket) {
    if (!error) std::make_shared<Session>(std::move(socket), subscribers)->start();
    accept(acceptor, subscribers);
  });
}

}  // namespace

int main() {
  asio::io_context io(1);
  Subscribers subscribers;
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), 0});
  std::printf("%u\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  accept(acceptor, subscribers);
  io.run();
}
