#include <algorithm>
#include <array>
#include <functional>
#include <sys/epoll.h>
#include <unistd.h>
#include <vector>

#include "tests/bench/sockets/asker.hpp"
#include "tests/bench/sockets/workloads.hpp"
#include "tests/bench/support/stopwatch.hpp"

// durable and queue: many connections, each with one request on its way. One thread drives them
// all.

namespace avow::bench {
namespace {

class Askers {
 public:
  Askers(const std::string& server, std::uint16_t port, std::size_t count)
      : poller_(epoll_create1(EPOLL_CLOEXEC)), asked_at_(count) {
    for (std::size_t i = 0; i < count; ++i) {
      askers_.push_back(server == "redis" ? redis_asker(port) : native_asker(port));
      epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
      epoll_ctl(poller_, EPOLL_CTL_ADD, askers_[i]->socket().descriptor(), &event);
    }
  }
  Askers(const Askers&) = delete;
  Askers& operator=(const Askers&) = delete;
  ~Askers() { close(poller_); }

  /// Each asks again when it is answered, as long as `ask` does so and says true.
  void run(const std::function<bool(Asker&)>& ask) {
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

  void tell(LoadReport& report, double seconds) {
    std::sort(times_.begin(), times_.end());
    report.add("per_second", static_cast<double>(times_.size()) / seconds);
    report.add("p50_us", times_[times_.size() / 2] * 1e6);
    report.add("p99_us", times_[times_.size() * 99 / 100] * 1e6);
  }

 private:
  bool take(Asker& asker) {
    static std::vector<std::uint8_t> buffer(1 << 20);
    const ssize_t got = read(asker.socket().descriptor(), buffer.data(), buffer.size());
    if (got <= 0) fail("the server has closed a connection");
    return asker.take({buffer.data(), static_cast<std::size_t>(got)});
  }

  int poller_;
  std::vector<std::unique_ptr<Asker>> askers_;
  std::vector<double> asked_at_;
  std::vector<double> times_;
};

}  // namespace

void durable(std::uint16_t port, const Arguments& arguments, LoadReport& report) {
  const auto milliseconds = static_cast<double>(arguments.number("milliseconds", 3'000));
  Askers askers(arguments.text("server", ""), port, arguments.number("writers", 64));
  std::uint64_t written = 0;
  report.begin();
  const double begin = wall_seconds();
  const double end = begin + milliseconds / 1e3;
  askers.run([&](Asker& asker) {
    if (wall_seconds() >= end) return false;
    asker.write(written++);
    return true;
  });
  askers.tell(report, wall_seconds() - begin);
  report.end();
}

void fill(std::uint16_t port, const Arguments& arguments) {
  const std::size_t count = arguments.number("count", 1'000'000);
  if (arguments.text("server", "") == "redis") {
    redis_server(port)->hold_keys(count);
  } else {
    fill_native_entries(port, count);
  }
}

void queue(std::uint16_t port, const Arguments& arguments, LoadReport& report) {
  const std::size_t jobs = arguments.number("jobs", 100'000);
  const std::string server = arguments.text("server", "");
  server == "redis" ? fill_redis_queue(port, jobs) : fill_native_queue(port, jobs);
  Askers askers(server, port, arguments.number("workers", 8));
  std::size_t asked = 0;
  report.begin();
  const double begin = wall_seconds();
  askers.run([&](Asker& asker) {
    if (asked == jobs) return false;
    ++asked;
    asker.take_job();
    return true;
  });
  askers.tell(report, wall_seconds() - begin);
  report.end();
}

}  // namespace avow::bench
