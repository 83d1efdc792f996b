#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "avow/base/clock.hpp"
#include "avow/base/result.hpp"

// What is to be done when this program is lost: a commit that the server keeps, and does in the
// turn in which what the program held goes.
//
//   avow::LastTurn gone = space.last_turn(avow::Commit().put(Status{"ann", "gone"}));

namespace avow {

class Core;

struct LastTurnOptions {
  /// How long after the loss it is done; a client that is back by then is not lost. At most 24
  /// hours.
  Milliseconds delay{0};
  /// It has been done, since the server took this client for lost: the link was down for longer
  /// than the session's grace and `delay`. The last turn stands again when this is called, unless
  /// the program gave it a turn id, which can be used once.
  std::function<void()> on_done{};
  /// It does not stand any more, and has not been done: somebody with the same turn id has taken it
  /// over or made it impossible, or the server will not take it again (`why`).
  std::function<void(const Error& why)> on_over{};
};

/// A last turn: stands for as long as this lives, over lost links and restarts of the server, and
/// is forgotten in good order with it. Movable; to be used from one thread at a time. It may
/// outlive the client; then its end does nothing.
class [[nodiscard]] LastTurn {
 public:
  LastTurn() = default;
  LastTurn(std::weak_ptr<Core> core, std::uint64_t id) : core_(std::move(core)), id_(id) {}
  LastTurn(LastTurn&& other) noexcept
      : core_(std::move(other.core_)), id_(std::exchange(other.id_, 0)) {}
  LastTurn& operator=(LastTurn&& other) noexcept {
    LastTurn moved(std::move(other));
    std::swap(core_, moved.core_);
    std::swap(id_, moved.id_);
    return *this;
  }
  ~LastTurn() { forget(); }

  /// Takes it back: it is not done whatever happens. Does not wait.
  void forget() noexcept;
  /// Lets it stand until the client ends: closed in good order, the client forgets it.
  void hold() && noexcept { id_ = 0; }

  [[nodiscard]] explicit operator bool() const { return id_ != 0; }

 private:
  std::weak_ptr<Core> core_;  // The client owns it.
  std::uint64_t id_ = 0;
};
/// Called once: when the server keeps the last turn, or refuses it. It stands again by itself after
/// every reconnection.
using OnKept = std::function<void(const Result<void>&)>;

}  // namespace avow
