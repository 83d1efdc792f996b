#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "server/transport/shared.hpp"

// Reads all that has come on a socket, up to what the shared buffer holds. An idle connection keeps
// a few bytes for it alone: Asio reads into those as soon as something is there, which spares the
// call that a mere wait would cost each time (epoll_ctl), and what is small is complete with them:
// a commit of one fact takes some 350 bytes.

namespace avow::server {

class BurstReader {
 public:
  /// Both must outlive it.
  BurstReader(Shared& shared, Socket& socket) : shared_(shared), socket_(socket) {}

  /// `then(error, bytes)` is called once: with what has come, which stays where it is until the
  /// loop goes on, or with an error. It keeps the connection alive.
  template <class Then>
  void read(Then then) {
    if (failure_) return fail(std::move(then));
    socket_.async_read_some(
        asio::buffer(first_),
        [this, then = std::move(then)](const error_code& error, std::size_t count) mutable {
          if (error) return then(error, std::span<std::uint8_t>{});
          then(error_code{}, std::span(shared_.scratch).first(take(count)));
        });
  }

 private:
  template <class Then>
  void fail(Then then) {
    asio::post(socket_.get_executor(), [error = *failure_, then = std::move(then)]() mutable {
      then(error, std::span<std::uint8_t>{});
    });
  }

  // What lies in `first_`, and all that came behind it; how much that is.
  std::size_t take(std::size_t count) {
    std::copy_n(first_.begin(), count, shared_.scratch.begin());
    if (count < first_.size()) return count;
    error_code error;
    const std::size_t more = socket_.read_some(asio::buffer(shared_.scratch) + count, error);
    if (error && error != asio::error::would_block) failure_ = error;
    return count + more;
  }

  Shared& shared_;
  Socket& socket_;
  std::optional<error_code> failure_;  // Came behind bytes, and is told after them.
  std::array<std::uint8_t, 512> first_;
};

}  // namespace avow::server
