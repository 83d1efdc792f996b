#include "server/transport/alarm.hpp"

namespace avow::server {

void Alarm::set(std::optional<Moment> when, const std::weak_ptr<void>& owner) {
  due_ = when;
  if (due_ && (!wound_for_ || *due_ < *wound_for_)) wind(owner);
}

void Alarm::stop() {
  due_.reset();
  wound_for_.reset();
  timer_.cancel();
}

void Alarm::wind(const std::weak_ptr<void>& owner) {
  wound_for_ = due_;
  timer_.expires_at(*due_);  // Cancels the wait for the later time.
  timer_.async_wait([this, owner](const error_code& error) {
    const std::shared_ptr<void> alive = owner.lock();
    if (!error && alive) rung(owner);
  });
}

void Alarm::rung(const std::weak_ptr<void>& owner) {
  wound_for_.reset();
  if (!due_) return;
  const Moment now = std::chrono::steady_clock::now();
  if (now < *due_) return wind(owner);
  due_.reset();
  ring_(now);
}

}  // namespace avow::server
