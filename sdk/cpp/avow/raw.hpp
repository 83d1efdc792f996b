#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

// A bare WebSocket to a server, for tools that show what travels: text goes out and comes in as it
// is, nothing is understood and nothing is tried again.

namespace avow {

class RawLink {
 public:
  /// Opens `url` (`ws://HOST:PORT`) with one subprotocol, such as `avow.json.v1` ("": none), on the
  /// executor of the calling coroutine. Throws `Failure`: `no-server`, `refused`, `bad-options`.
  [[nodiscard]] static boost::asio::awaitable<RawLink> open(std::string url,
                                                            std::string subprotocol);
  RawLink(RawLink&&) noexcept;
  /// Cuts the connection, unless it was closed before.
  ~RawLink();

  /// Sends one text frame. Does not wait; frames go in order.
  void send(std::string text);
  /// The next frame, or nothing once the other side has closed. One call at a time.
  [[nodiscard]] boost::asio::awaitable<std::optional<std::string>> receive();
  /// Says good-bye once all frames have been sent, and waits for the answer, at most two seconds.
  [[nodiscard]] boost::asio::awaitable<void> close();

 private:
  struct State;
  explicit RawLink(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace avow
