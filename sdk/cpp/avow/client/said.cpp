#include "avow/client/said.hpp"

namespace avow {

void Said::add(ByteView message) {
  ++count_;
  bytes_ += message.size();
  kept_.emplace_back(message.begin(), message.end());
}

Result<void> Said::acknowledge(std::uint64_t count) {
  if (count > count_) return Error{"bad-frame", "The server acknowledged what was never said."};
  while (!kept_.empty() && count_ - kept_.size() < count) {
    bytes_ -= kept_.front().size();
    kept_.pop_front();
  }
  return {};
}

}  // namespace avow
