#include "server/session/kept_output.hpp"

#include <string>
#include <utility>

namespace avow::server {
namespace {

Error never_told(std::uint64_t number, std::uint64_t told) {
  return {"bad-acknowledgement", "The server has told this session up to number " +
                                     std::to_string(told) + ", and not number " +
                                     std::to_string(number) + "."};
}

}  // namespace

bool KeptOutput::add(FrameType type, std::vector<std::vector<Block>> packets) {
  ++told_;
  const std::size_t size = size_of(packets);
  bytes_ += size;
  budget_.bytes += size;
  kept_.push_back({type, std::move(packets), size});
  bool is_whole = true;
  while (is_over_limit() && kept_.size() > 1) {
    forget_first();
    lost_through_ = told_ - kept_.size();
    is_whole = false;
  }
  return is_whole;
}

Result<void> KeptOutput::acknowledge(std::uint64_t number) {
  if (number > told_) return never_told(number, told_);
  while (!kept_.empty() && told_ - kept_.size() < number) forget_first();
  return {};
}

Result<void> KeptOutput::check_reach(std::uint64_t number) const {
  if (number > told_) return never_told(number, told_);
  if (number >= told_ - kept_.size()) return {};
  return Error{"session-gone", "What came after number " + std::to_string(number) +
                                   " was acknowledged or was too much, and is not kept any more."};
}

void KeptOutput::forget_first() {
  bytes_ -= kept_.front().size;
  budget_.bytes -= kept_.front().size;
  kept_.pop_front();
}

}  // namespace avow::server
