#include "tests/bench/sockets/counter.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/support/stopwatch.hpp"

namespace avow::bench {

std::uint64_t ByteCount::take(ByteView bytes) {
  switch (counting_) {
    case Counting::all:
      return bytes.size();
    case Counting::letters:
      return static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), 'x'));
    case Counting::lines:
      return static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
    case Counting::websocket_payloads:
      return take_payloads(bytes);
    case Counting::packet_events:
      return events_.take(bytes);
    case Counting::native_events:
      break;
  }
  std::uint64_t counted = 0;
  messages_.take(bytes, [&](const wire::native::ServerMessage& message) {
    const auto* const batch = std::get_if<wire::native::Batch>(&message);
    if (batch != nullptr) counted += batch->events.size();
  });
  return counted;
}

std::uint64_t ByteCount::take_payloads(ByteView bytes) {
  std::uint64_t counted = 0;
  while (!bytes.empty()) {
    if (payload_left_ > 0) {
      const std::size_t payload =
          static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, bytes.size()));
      if (!is_control_) counted += payload;
      payload_left_ -= payload;
      bytes = bytes.subspan(payload);
      continue;
    }
    // A server's head: two bytes, then 0, 2 or 8 bytes of length; no mask.
    head_.push_back(bytes[0]);
    bytes = bytes.subspan(1);
    if (head_.size() < 2) continue;
    const std::size_t extra = head_[1] < 126 ? 0 : (head_[1] == 126 ? 2 : 8);
    if (head_.size() < 2 + extra) continue;
    is_control_ = (head_[0] & 8U) != 0;  // A ping.
    payload_left_ = extra == 0 ? head_[1] : 0;
    for (std::size_t i = 0; i < extra; ++i) payload_left_ = payload_left_ << 8 | head_[2 + i];
    head_.clear();
  }
  return counted;
}

Counter::Counter(const std::vector<Socket>& sockets, Counting counting)
    : thread_([this, &sockets, counting] { run(sockets, counting); }) {}

Counter::~Counter() {
  over_ = true;
  thread_.join();
}

void Counter::run(const std::vector<Socket>& sockets, Counting counting) {
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  std::vector<ByteCount> counts;
  for (std::size_t i = 0; i < sockets.size(); ++i) counts.emplace_back(counting);
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    epoll_ctl(poller, EPOLL_CTL_ADD, sockets[i].descriptor(), &event);
  }
  std::vector<std::uint8_t> buffer(1 << 20);
  std::array<epoll_event, 256> events{};
  while (!over_) {
    const int ready = epoll_wait(poller, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < ready; ++i) {
      const std::size_t index = events[static_cast<std::size_t>(i)].data.u64;
      const ssize_t got =
          recv(sockets[index].descriptor(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got == 0) fail("the server has closed a subscriber");
      if (got < 0) continue;
      const auto counted = counts[index].take({buffer.data(), static_cast<std::size_t>(got)});
      if (counted == 0) continue;
      total_ += counted;
      total_.notify_one();
    }
  }
  close(poller);
}

void Counter::wait_for(std::uint64_t bytes) const {
  constexpr double patience = 20;
  double heard_at = wall_seconds();
  for (std::uint64_t seen = total(); seen < bytes;) {
    total_.wait(seen);
    const std::uint64_t now = total();
    if (now == seen && wall_seconds() - heard_at > patience) fail("deliveries are missing");
    if (now != seen) heard_at = wall_seconds();
    seen = now;
  }
}

}  // namespace avow::bench
