#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "avow/client/change.hpp"

// What a program holds on to: its publications, its subscriptions. Their end is the end of what
// they stand for. They may outlive the client; then their end does nothing.

namespace avow {

class Core;
class Listening;

/// A fact that is held up in the space for as long as this lives, over lost links too: after each
/// reconnection it is published anew. Movable; to be used from one thread at a time.
class [[nodiscard]] Publication {
 public:
  Publication() = default;
  Publication(std::weak_ptr<Core> core, std::uint64_t id) : core_(std::move(core)), id_(id) {}
  Publication(Publication&& other) noexcept
      : core_(std::move(other.core_)), id_(std::exchange(other.id_, 0)) {}
  Publication& operator=(Publication&& other) noexcept {
    Publication moved(std::move(other));
    std::swap(core_, moved.core_);
    std::swap(id_, moved.id_);
    return *this;
  }
  ~Publication() { retract(); }

  /// Takes the fact back. Does not wait.
  void retract() noexcept;
  /// Lets the fact stand until the client ends.
  void hold() && noexcept { id_ = 0; }
  /// Calls `then` once, with the receipt when the server has taken the fact for the first time,
  /// or with its refusal.
  void accepted(OnReceipt then) const;

  [[nodiscard]] explicit operator bool() const { return id_ != 0; }
  /// Names it among all that its client publishes; 0 for one that stands for nothing.
  [[nodiscard]] std::uint64_t id() const { return id_; }

 private:
  std::weak_ptr<Core> core_;  // The client owns it.
  std::uint64_t id_ = 0;
};

/// Callbacks that are told something for as long as this lives. Once `stop` (or the destructor) has
/// returned, they are called no more. A callback that runs at that very moment on another thread is
/// waited for: do not hold a lock that it takes. Within the callback itself it does not wait.
class [[nodiscard]] Subscription {
 public:
  Subscription() = default;
  explicit Subscription(std::shared_ptr<Listening> listening) : listening_(std::move(listening)) {}
  Subscription(Subscription&&) noexcept = default;
  Subscription& operator=(Subscription&& other) noexcept {
    Subscription moved(std::move(other));
    std::swap(listening_, moved.listening_);
    return *this;
  }
  ~Subscription() { stop(); }

  void stop() noexcept;
  /// Lets it go on until the client ends.
  void hold() && noexcept { listening_.reset(); }
  /// Whether all that was there at first has been told. Never goes back to false.
  [[nodiscard]] bool is_synced() const;
  /// Calls `then` once: with the revision as of which all is told, or with the refusal.
  void synced(std::function<void(const Result<std::uint64_t>&)> then) const;

  [[nodiscard]] explicit operator bool() const { return listening_ != nullptr; }

 private:
  std::shared_ptr<Listening> listening_;
};

}  // namespace avow
