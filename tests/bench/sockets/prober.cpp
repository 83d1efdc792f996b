#include "tests/bench/sockets/prober.hpp"

#include <utility>

#include "tests/bench/sockets/workloads.hpp"
#include "tests/bench/support/stopwatch.hpp"

namespace avow::bench {
namespace {

// One message is on its way at a time, so they are further apart than any should take.
constexpr double interval_seconds = 10e-3;

}  // namespace

Prober::Prober(Server& server)
    : counting_(server.exact_counting()),
      subscriber_(server.subscriber()),
      publisher_(server.publisher()) {
  thread_ = std::thread([this, &server] { run(server); });
  // What is measured beside it begins when it runs.
  has_begun_.wait(false);
}

Prober::~Prober() {
  if (thread_.joinable()) (void)end();
}

std::vector<double> Prober::end() {
  is_over_ = true;
  thread_.join();
  return std::move(times_);
}

void Prober::run(Server& server) {
  Bytes bytes;
  server.append_burst(bytes, 1);
  const std::uint64_t size = counted_for(counting_, publisher_, bytes, subscriber_);
  has_begun_ = true;
  has_begun_.notify_one();
  ByteCount count(counting_);
  const double begin = wall_seconds();
  for (double due = begin; !is_over_; due += interval_seconds) {
    wait_until(due);
    bytes.clear();
    server.append_burst(bytes, 1);
    publisher_.send(bytes);
    for (std::uint64_t counted = 0; counted < size;) counted += count.take(subscriber_.receive());
    times_.push_back(wall_seconds() - due);
    publisher_.discard();
  }
}

// Nothing is on its way to the subscriber, so that waiting for it is waiting for the time.
void Prober::wait_until(double due) {
  while (wall_seconds() < due) {
    if (!subscriber_.receive_within(1).empty()) fail("more was delivered than was published");
  }
}

}  // namespace avow::bench
