#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <mutex>
#include <optional>

#include "avow/base/result.hpp"
#include "avow/client/core.hpp"
#include "avow/client/failure.hpp"

// The bridge from a callback to a coroutine: something arrives, perhaps before it is awaited.

namespace avow {

/// Wakes one waiting coroutine. May be awaited before or after `arrive`, once.
class Wakening {
 public:
  /// From any thread.
  void arrive();
  /// Throws boost::system::system_error (operation_aborted) when the coroutine is cancelled.
  [[nodiscard]] static boost::asio::awaitable<void> wait(std::shared_ptr<Wakening> wakening);

 private:
  struct Alarm;
  std::mutex mutex_;  // Guards what follows.
  bool arrived_ = false;
  std::shared_ptr<Alarm> alarm_;
};

/// A result on its way. Kept by shared pointers: by whoever waits and by whoever brings it.
template <class T>
class Arrival {
 public:
  explicit Arrival(std::weak_ptr<Core> core) : core_(std::move(core)) {}
  Arrival(const Arrival&) = delete;
  Arrival& operator=(const Arrival&) = delete;
  ~Arrival() {
    // An error that nobody took is still to be heard, but for the end that the program itself made.
    if (!result_ || result_->has_value() || result_->error().code == "closed") return;
    if (const auto core = core_.lock()) core->report(result_->error());
  }

  void bring(Result<T> result) {
    result_ = std::move(result);
    wakening_->arrive();
  }
  /// The value, or the error thrown as `Failure`.
  [[nodiscard]] static boost::asio::awaitable<T> wait(std::shared_ptr<Arrival> arrival) {
    co_await Wakening::wait(arrival->wakening_);
    Result<T> result = *std::exchange(arrival->result_, std::nullopt);
    co_return value_or_throw(std::move(result));
  }

 private:
  const std::weak_ptr<Core> core_;
  std::optional<Result<T>> result_;  // Set before the wakening, read after it.
  std::shared_ptr<Wakening> wakening_ = std::make_shared<Wakening>();
};

}  // namespace avow
