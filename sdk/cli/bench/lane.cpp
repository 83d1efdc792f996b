#include "cli/bench/lane.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <optional>
#include <unistd.h>
#include <utility>

#include "avow/client/asio_host.hpp"

// The only file of the benchmarks that includes Asio.

namespace avow::cli::bench {
namespace {

namespace asio = boost::asio;

// How long one wait lasts before interrupts and patience are looked at.
constexpr Milliseconds tick{100};
// Who has pressed Ctrl-C does not want to wait for what may never come.
constexpr Milliseconds patience_interrupted{1'000};

sigset_t ending_signals() {
  sigset_t signals{};
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

}  // namespace

struct Lane::Parts {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> keep_alive{context.get_executor()};
  AsioHost host{context.get_executor()};
  asio::steady_timer alarm{context};
  std::optional<Error> failure;
  bool ticked = false;  // The last step has found nothing to do for a whole tick.
  const bool is_terminal = isatty(STDERR_FILENO) != 0;
  std::uint64_t shown_at = 0;
};

Lane::Lane(Milliseconds patience) : parts_(std::make_unique<Parts>()), patience_(patience) {
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

Lane::~Lane() = default;

Host& Lane::host() { return parts_->host; }

void Lane::fail(Error why) {
  if (!parts_->failure) parts_->failure = std::move(why);
}

Result<void> Lane::step() {
  if (parts_->failure) return *parts_->failure;
  parts_->ticked = parts_->context.run_one_for(tick) == 0;
  if (parts_->failure) return *parts_->failure;
  return {};
}

void Lane::wake_at(std::uint64_t time_ns) {
  parts_->alarm.expires_at(
      std::chrono::steady_clock::time_point(std::chrono::nanoseconds(time_ns)));
  parts_->alarm.async_wait([](const boost::system::error_code&) {});
}

Result<void> Lane::until(const std::function<bool()>& done,
                         const std::function<std::string()>& missing) {
  std::uint64_t heard_before = heard_;
  Milliseconds silence{0};
  while (!done()) {
    AVOW_TRY_VOID(step());
    if (!parts_->ticked) continue;
    silence = heard_ == heard_before ? silence + tick : Milliseconds{0};
    heard_before = heard_;
    if (interrupted() != 0 && silence >= patience_interrupted) {
      return Error{"interrupted", "Interrupted while the server was silent: " + missing()};
    }
    if (silence >= patience_) return Error{"silence", missing()};
  }
  return {};
}

int Lane::interrupted() {
  sigset_t pending{};
  sigpending(&pending);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (sigismember(&pending, signal) == 1) return signal;
  }
  return 0;
}

void Lane::show(const std::string& workload, std::uint64_t count) {
  constexpr std::uint64_t every_ns = 200'000'000;
  if (!parts_->is_terminal || now_ns() - parts_->shown_at < every_ns) return;
  parts_->shown_at = now_ns();
  std::fprintf(stderr, "\r\033[K%s %llu …", workload.c_str(),
               static_cast<unsigned long long>(count));
}

void Lane::show_nothing() {
  if (std::exchange(parts_->shown_at, 0) != 0) std::fputs("\r\033[K", stderr);
}

double processor_seconds() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

std::uint64_t now_ns() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

}  // namespace avow::cli::bench
