#include "avow/client/asio_host.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "avow/base/check.hpp"
#include "avow/client/websocket.hpp"
#include "avow/wire/native.hpp"

namespace avow {
namespace {

namespace asio = boost::asio;

// The timer belongs to the operation that waits on it, so it goes with the context at the latest.
struct Waiting {
  asio::steady_timer timer;
  std::function<void()> job;
};

class AsioTimer : public Timer {
 public:
  explicit AsioTimer(std::weak_ptr<Waiting> waiting) : waiting_(std::move(waiting)) {}
  ~AsioTimer() override {
    const auto waiting = waiting_.lock();
    if (waiting == nullptr) return;
    waiting->job = nullptr;
    waiting->timer.cancel();
  }

 private:
  std::weak_ptr<Waiting> waiting_;
};

}  // namespace

void AsioHost::post(std::function<void()> job) {
  AVOW_CHECK(executor_ != nullptr);
  asio::post(executor_, std::move(job));
}

std::unique_ptr<Timer> AsioHost::after(Milliseconds wait, std::function<void()> job) {
  const auto waiting = std::make_shared<Waiting>(
      Waiting{.timer = asio::steady_timer(executor_, wait), .job = std::move(job)});
  waiting->timer.async_wait([waiting](boost::system::error_code) {
    // Moved out: the job may destroy the timer that it came from.
    const std::function<void()> due = std::exchange(waiting->job, nullptr);
    if (due) due();
  });
  return std::make_unique<AsioTimer>(waiting);
}

std::uint64_t AsioHost::random() {
  return (std::uint64_t{random_()} << 32) | std::uint64_t{random_()};
}

std::unique_ptr<Transport> AsioHost::connect(const Url& url, TransportEvents& events) {
  return open_websocket(executor_, url, std::string(wire::native::subprotocol), FrameKind::binary,
                        events);
}

}  // namespace avow
