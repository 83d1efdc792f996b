#include "tests/bench/sockets/askers.hpp"

#include <array>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>

#include "tests/bench/support/stopwatch.hpp"

namespace avow::bench {

Askers::Askers(std::vector<std::unique_ptr<Asker>> askers)
    : poller_(epoll_create1(EPOLL_CLOEXEC)), askers_(std::move(askers)), asked_at_(askers_.size()) {
  for (std::size_t i = 0; i < askers_.size(); ++i) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    epoll_ctl(poller_, EPOLL_CTL_ADD, askers_[i]->socket().descriptor(), &event);
  }
}

Askers::~Askers() { close(poller_); }

void Askers::run(const std::function<bool(Asker&)>& ask) {
  std::size_t waiting = 0;
  const auto next = [&](std::size_t index) {
    asked_at_[index] = wall_seconds();
    if (ask(*askers_[index])) ++waiting;
  };
  for (std::size_t i = 0; i < askers_.size(); ++i) next(i);
  std::array<epoll_event, 256> events{};
  while (waiting > 0) {
    constexpr int patience_ms = 20'000;
    const int ready =
        epoll_wait(poller_, events.data(), static_cast<int>(events.size()), patience_ms);
    if (ready == 0) fail("answers are missing");
    for (int i = 0; i < ready; ++i) {
      const std::size_t index = events[static_cast<std::size_t>(i)].data.u64;
      if (!take(*askers_[index])) continue;
      times_.push_back(wall_seconds() - asked_at_[index]);
      --waiting;
      next(index);
    }
  }
}

bool Askers::take(Asker& asker) {
  static thread_local std::vector<std::uint8_t> buffer(1 << 20);
  const ssize_t got = read(asker.socket().descriptor(), buffer.data(), buffer.size());
  if (got <= 0) fail("the server has closed a connection");
  return asker.take({buffer.data(), static_cast<std::size_t>(got)});
}

}  // namespace avow::bench
