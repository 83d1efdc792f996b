#pragma once

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <utility>

#include "avow/base/bytes.hpp"
#include "server/transport/asio_types.hpp"

// A socket that tells what passes through it. It stands between Beast and the socket, because Beast
// tells too little: not when a message begins, not that a pong finds no reader, and not that it has
// begun to close. Only the one file that includes Beast includes this one.

namespace avow::server {

/// Is told what passes. It outlives the stream.
class StreamWatcher {
 public:
  virtual void bytes_came(ByteView bytes) = 0;
  virtual void write_begins() = 0;
  virtual void bytes_went(std::size_t count) = 0;
  virtual void teardown_begins() = 0;

 protected:
  ~StreamWatcher() = default;
};

/// Meets Beast's requirements for an AsyncStream. Whoever starts an operation keeps the stream
/// alive until that has completed.
class WatchedStream {
 public:
  using executor_type = Executor;
  using next_layer_type = Socket;

  explicit WatchedStream(Socket socket) : socket_(std::move(socket)) {}

  [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }
  [[nodiscard]] Socket& next_layer() { return socket_; }
  [[nodiscard]] const Socket& next_layer() const { return socket_; }

  void watch(StreamWatcher& watcher) { watcher_ = &watcher; }
  /// Bytes that were read too early and are to come again, before all others.
  void put_back(Bytes bytes) { put_back_ = std::move(bytes); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return asio::async_compose<Token, void(error_code, std::size_t)>(
        ReadOperation<Buffers>{*this, buffers}, token, socket_);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return asio::async_compose<Token, void(error_code, std::size_t)>(
        WriteOperation<Buffers>{*this, buffers}, token, socket_);
  }

  void teardown_begins() {
    if (watcher_ != nullptr) watcher_->teardown_begins();
  }

 private:
  template <class Buffers>
  struct ReadOperation {
    WatchedStream& stream;
    Buffers buffers;
    bool started = false;

    template <class Self>
    void operator()(Self& self, error_code error = {}, std::size_t count = 0) {
      if (!std::exchange(started, true)) return begin(self);
      stream.came(buffers, count);
      self.complete(error, count);
    }

    template <class Self>
    void begin(Self& self) {
      WatchedStream& on = stream;
      const Buffers into = buffers;  // `self` is moved below, and this with it.
      if (on.put_back_.empty()) return on.socket_.async_read_some(into, std::move(self));
      const std::size_t count = asio::buffer_copy(into, asio::buffer(on.put_back_));
      on.put_back_.erase(on.put_back_.begin(),
                         on.put_back_.begin() + static_cast<std::ptrdiff_t>(count));
      asio::post(on.socket_.get_executor(),
                 boost::beast::bind_front_handler(std::move(self), error_code{}, count));
    }
  };

  template <class Buffers>
  struct WriteOperation {
    WatchedStream& stream;
    Buffers buffers;
    bool started = false;

    template <class Self>
    void operator()(Self& self, error_code error = {}, std::size_t count = 0) {
      if (!std::exchange(started, true)) return begin(self);
      if (stream.watcher_ != nullptr) stream.watcher_->bytes_went(count);
      self.complete(error, count);
    }

    template <class Self>
    void begin(Self& self) {
      WatchedStream& on = stream;
      const Buffers from = buffers;  // As above.
      if (on.watcher_ != nullptr) on.watcher_->write_begins();
      on.socket_.async_write_some(from, std::move(self));
    }
  };

  /// Shows the watcher the first `count` bytes in `buffers`.
  template <class Buffers>
  void came(const Buffers& buffers, std::size_t count) {
    if (watcher_ == nullptr) return;
    const auto end = asio::buffer_sequence_end(buffers);
    for (auto at = asio::buffer_sequence_begin(buffers); at != end && count > 0; ++at) {
      const asio::mutable_buffer buffer = *at;
      const std::size_t filled = std::min(count, buffer.size());
      watcher_->bytes_came({static_cast<const std::uint8_t*>(buffer.data()), filled});
      count -= filled;
    }
  }

  Socket socket_;
  StreamWatcher* watcher_ = nullptr;
  Bytes put_back_;
};

// Beast finds these two by the type of the stream.

inline void teardown(boost::beast::role_type role, WatchedStream& stream, error_code& error) {
  stream.teardown_begins();
  boost::beast::websocket::teardown(role, stream.next_layer(), error);
}

template <class Handler>
void async_teardown(boost::beast::role_type role, WatchedStream& stream, Handler&& handler) {
  stream.teardown_begins();
  boost::beast::websocket::async_teardown(role, stream.next_layer(),
                                          std::forward<Handler>(handler));
}

}  // namespace avow::server
