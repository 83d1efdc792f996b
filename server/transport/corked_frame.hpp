#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <span>
#include <vector>

#include "server/session/outbox.hpp"

// A frame as the few large pieces that a socket takes in one call. An outbound frame may consist of
// thousands of small blocks, and the kernel takes a few dozen pieces at a time: small blocks are
// copied together, large ones stay where they are. Each is let go as soon as it is out: all at
// once, those of a large snapshot would take longer than anybody may be kept waiting.

namespace avow::server {

class CorkedFrame {
 public:
  /// Takes up a frame; `head` is copied and goes before it.
  void load(OutgoingFrame frame, ByteView head = {});
  /// Takes up bytes that stay where they are.
  void load(ByteView bytes);
  /// What is still to be written.
  [[nodiscard]] std::span<const boost::asio::const_buffer> rest() const {
    return std::span(pieces_).subspan(first_);
  }
  /// The first `count` bytes of the rest are out.
  void consume(std::size_t count);
  /// Forgets the frame, and gives memory back that an idle connection should not keep.
  void clear();

 private:
  void add(ByteView piece);
  void let_go(const boost::asio::const_buffer& piece);

  std::vector<boost::asio::const_buffer> pieces_;
  std::size_t first_ = 0;
  Bytes run_;                  // If it is large.
  std::vector<Block> blocks_;  // The large ones, in the order of their pieces.
  std::size_t first_block_ = 0;
  Bytes copied_;
};

/// Writes as much as the socket, which never blocks, takes at once. What is wrong with it is seen
/// when the rest is written.
template <class Socket>
std::size_t write_at_once(Socket& socket, CorkedFrame& frame) {
  boost::system::error_code error;
  const auto rest = frame.rest();
  // For one piece there is a cheaper call of the kernel than for several.
  const std::size_t count =
      rest.size() == 1 ? socket.write_some(rest.front(), error) : socket.write_some(rest, error);
  if (error) return 0;
  frame.consume(count);
  return count;
}

}  // namespace avow::server
