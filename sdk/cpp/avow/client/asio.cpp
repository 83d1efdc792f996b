#include "avow/asio.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "avow/client/arrival.hpp"
#include "avow/client/asio_host.hpp"
#include "avow/client/core.hpp"

namespace avow {

namespace asio = boost::asio;
using boost::system::error_code;

// The timer never expires by itself. It belongs to the waiting coroutine and to the job that wakes
// it, both of which go with their context.
struct Wakening::Alarm {
  asio::steady_timer timer;
};

void Wakening::arrive() {
  const std::lock_guard guard(mutex_);
  arrived_ = true;
  const std::shared_ptr<Alarm> alarm = std::exchange(alarm_, nullptr);
  if (alarm == nullptr) return;
  // Expired, not cancelled: whoever begins to wait only now is woken too.
  asio::post(alarm->timer.get_executor(),
             [alarm] { alarm->timer.expires_at(asio::steady_timer::time_point::min()); });
}

task<void> Wakening::wait(std::shared_ptr<Wakening> wakening) {
  const auto executor = co_await asio::this_coro::executor;
  const auto alarm = std::make_shared<Alarm>(
      Alarm{asio::steady_timer(executor, asio::steady_timer::time_point::max())});
  bool arrived = false;
  {
    const std::lock_guard guard(wakening->mutex_);
    arrived = wakening->arrived_;
    if (!arrived) wakening->alarm_ = alarm;
  }
  if (arrived) co_return;
  error_code ignored;
  co_await alarm->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  {
    const std::lock_guard guard(wakening->mutex_);
    arrived = wakening->arrived_;
    wakening->alarm_ = nullptr;
  }
  if (!arrived) throw boost::system::system_error(asio::error::operation_aborted);
}

task<Receipt> AwaitablePublication::accepted() {
  auto arrival = std::make_shared<Arrival<Receipt>>(std::weak_ptr<Core>());
  Publication::accepted([arrival](const Result<Receipt>& outcome) { arrival->bring(outcome); });
  return Arrival<Receipt>::wait(arrival);
}

task<Receipt> Dataspace::sent(Value message) {
  auto arrival = std::make_shared<Arrival<Receipt>>(core());
  Space::send(std::move(message),
              [arrival](const Result<Receipt>& outcome) { arrival->bring(outcome); });
  return Arrival<Receipt>::wait(arrival);
}

task<Receipt> Dataspace::turn(const std::function<void(Turn&)>& edit) {
  auto arrival = std::make_shared<Arrival<Receipt>>(core());
  Space::turn(edit, [arrival](const Result<Receipt>& outcome) { arrival->bring(outcome); });
  return Arrival<Receipt>::wait(arrival);
}

task<Committed> Dataspace::commit(Commit commit) {
  auto arrival = std::make_shared<Arrival<Committed>>(core());
  Space::commit(std::move(commit),
                [arrival](Result<Committed> outcome) { arrival->bring(std::move(outcome)); });
  return Arrival<Committed>::wait(arrival);
}

task<std::optional<AwaitableItem>> Dataspace::take(Query query, Milliseconds wait) {
  using Arrived = Arrival<std::optional<AwaitableItem>>;
  auto arrival = std::make_shared<Arrived>(core());
  Space::take(query, wait, [arrival](Result<std::optional<Item>> item) {
    if (!item.has_value()) return arrival->bring(std::move(item).error());
    std::optional<AwaitableItem> taken;
    if (item->has_value()) taken.emplace(**std::move(item));
    arrival->bring(std::move(taken));
  });
  return Arrived::wait(arrival);
}

task<void> AwaitableItem::ack() const {
  auto arrival = std::make_shared<Arrival<void>>(core());
  Item::ack([arrival](const Result<void>& outcome) { arrival->bring(outcome); });
  return Arrival<void>::wait(arrival);
}

task<Lease> Dataspace::lease(Milliseconds ttl, OnExpired expired) {
  // Shared: a lease can only be moved, and what brings it is copied.
  auto arrival = std::make_shared<Arrival<Lease>>(core());
  Space::lease(
      ttl, [arrival](Result<Lease> lease) { arrival->bring(std::move(lease)); },
      std::move(expired));
  return Arrival<Lease>::wait(arrival);
}

task<LastTurn> Dataspace::last_turn_kept(Commit commit, LastTurnOptions options) {
  auto arrival = std::make_shared<Arrival<void>>(core());
  LastTurn last = Space::last_turn(std::move(commit), std::move(options),
                                   [arrival](const Result<void>& kept) { arrival->bring(kept); });
  co_await Arrival<void>::wait(arrival);
  co_return std::move(last);
}

task<Rows> Dataspace::query(Query query) {
  auto arrival = std::make_shared<Arrival<Rows>>(core());
  Space::query(std::move(query), [arrival](Result<Rows> rows) { arrival->bring(std::move(rows)); });
  return Arrival<Rows>::wait(arrival);
}

task<std::uint64_t> Dataspace::sync() {
  auto arrival = std::make_shared<Arrival<std::uint64_t>>(core());
  Space::sync([arrival](const Result<std::uint64_t>& revision) { arrival->bring(revision); });
  return Arrival<std::uint64_t>::wait(arrival);
}

task<std::uint64_t> Dataspace::synced(const Subscription& subscription) {
  auto arrival = std::make_shared<Arrival<std::uint64_t>>(core());
  subscription.synced(
      [arrival](const Result<std::uint64_t>& revision) { arrival->bring(revision); });
  return Arrival<std::uint64_t>::wait(arrival);
}

task<void> Dataspace::close() {
  auto arrival = std::make_shared<Arrival<void>>(core());
  Client::close([arrival] { arrival->bring({}); });
  return Arrival<void>::wait(arrival);
}

task<Dataspace> connect(Options options) {
  const auto executor = co_await asio::this_coro::executor;
  auto host = std::make_unique<AsioHost>(asio::make_strand(executor));
  // Closes itself if this coroutine is cancelled or the attempt fails.
  Dataspace space(std::make_shared<Core>(std::move(options), std::move(host)));
  co_await space.opened();
  co_return std::move(space);
}

task<void> Dataspace::opened() {
  auto arrival = std::make_shared<Arrival<void>>(core());
  core()->start([arrival](const Result<void>& outcome) { arrival->bring(outcome); });
  return Arrival<void>::wait(arrival);
}

}  // namespace avow
