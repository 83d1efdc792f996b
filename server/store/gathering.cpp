#include "server/store/gathering.hpp"

#include <algorithm>

namespace avow::server {

void Gathering::committed(std::size_t turns, std::size_t waiting, const CommitTime& time) {
  expected_ = turns + waiting;
  step_ = std::min(time.all / 4, step_max);
  flush_ = time.flush;
}

std::size_t Gathering::wanted(std::size_t waiting) {
  if (waiting >= expected_) return waiting;
  if (to_skip_ > 0) {
    --to_skip_;
    return waiting;
  }
  began_with_ = waiting;
  return expected_;
}

void Gathering::ended(std::size_t waiting, Duration waited) {
  const std::size_t missed = expected_ - began_with_;
  const std::size_t came = waiting - began_with_;
  if (2 * came >= missed && waited <= flush_) {
    skipped_next_ = 1;
    return;
  }
  to_skip_ = skipped_next_;
  skipped_next_ = std::min(2 * skipped_next_, skipped_max);
}

}  // namespace avow::server
