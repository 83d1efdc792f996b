#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "avow/base/bytes.hpp"
#include "avow/base/clock.hpp"
#include "avow/base/result.hpp"
#include "avow/client/url.hpp"

// What a client needs of the world: a thread to run on, time, chance and connections. Programs have
// Asio behind it, tests a fake.

namespace avow {

/// Who hears of a connection. Always called on the host's thread, never from inside a call to the
/// transport or the host, and not at all once the transport is destroyed (which it may be in any of
/// these calls).
class TransportEvents {
 public:
  virtual void connected() = 0;
  virtual void received(ByteView frame) = 0;
  /// What was sent has been handed to the network: more may be sent.
  virtual void writable() = 0;
  /// The connection is gone, or never came to be. Nothing follows.
  virtual void gone(Error why) = 0;

 protected:
  ~TransportEvents() = default;
};

/// A WebSocket connection, or the attempt to have one. Its destruction cuts it.
class Transport {
 public:
  virtual ~Transport() = default;
  /// One at a time: the next one after `writable`.
  virtual void send(Bytes frame) = 0;
  /// Says good-bye, once what is being sent has been. `gone` follows.
  virtual void close() = 0;
};

/// Cancels what was to be done when it is destroyed.
class Timer {
 public:
  virtual ~Timer() = default;
};

class Host {
 public:
  virtual ~Host() = default;
  /// Runs `job` soon on the host's thread, in the order of the calls. From any thread.
  virtual void post(std::function<void()> job) = 0;
  /// Whether the caller is on a thread of which the host knows that it is its own.
  [[nodiscard]] virtual bool is_own_thread() const = 0;

  // The rest is only used on the host's thread.

  [[nodiscard]] virtual std::unique_ptr<Timer> after(Milliseconds wait,
                                                     std::function<void()> job) = 0;
  [[nodiscard]] virtual Moment now() const = 0;
  [[nodiscard]] virtual std::uint64_t random() = 0;
  /// `events` must outlive what is returned.
  [[nodiscard]] virtual std::unique_ptr<Transport> connect(const Url& url,
                                                           TransportEvents& events) = 0;
};

}  // namespace avow
