#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "avow/base/clock.hpp"
#include "server/transport/asio_types.hpp"

// A timer for deadlines that mostly move into the future before they are reached. Moving one later
// costs nothing: the timer rings at the old time, sees that it is early, and is wound again.

namespace avow::server {

class Alarm {
 public:
  /// `ring` is called at about the time that was set, with the time it is then.
  Alarm(Executor executor, std::function<void(Moment)> ring)
      : timer_(executor), ring_(std::move(ring)) {}
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  /// Rings at `when`, or not at all; in the place of what was set before. `owner` holds the alarm:
  /// nothing rings once it is gone.
  void set(std::optional<Moment> when, const std::weak_ptr<void>& owner);
  /// Does not ring, until it is set again. Costs nothing: the timer may still run for no one.
  void unset() { due_.reset(); }
  /// Does not ring any more.
  void stop();

 private:
  void wind(const std::weak_ptr<void>& owner);
  void rung(const std::weak_ptr<void>& owner);

  Timer timer_;
  std::function<void(Moment)> ring_;
  std::optional<Moment> due_;
  std::optional<Moment> wound_for_;
};

}  // namespace avow::server
