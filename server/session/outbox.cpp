#include "server/session/outbox.hpp"

#include <utility>

namespace avow::server {

bool Outbox::push(FrameType type, std::vector<Block> packet) {
  std::size_t size = 0;
  for (const Block& block : packet) size += block->size();
  // A packet of any size may wait alone: the limit is about what piles up behind it.
  const bool alone = packets_.empty() && taken_bytes_ == 0;
  const bool behind_one = packets_.empty() && taken_bytes_ != 0 && size <= waiting_bytes_max_;
  if (!alone && !behind_one) {
    const std::size_t first = taken_bytes_ != 0 || packets_.empty() ? 0 : packets_.front().size;
    if (waiting_bytes_ - first + size > waiting_bytes_max_) return false;
  }
  waiting_bytes_ += size;
  packets_.push_back({type, std::move(packet), size});
  return true;
}

std::optional<OutgoingFrame> Outbox::take(std::size_t bytes_max) {
  if (packets_.empty()) return std::nullopt;
  OutgoingFrame frame;
  frame.type = packets_.front().type;
  do {
    Packet& packet = packets_.front();
    frame.size += packet.size;
    for (Block& block : packet.blocks) frame.blocks.push_back(std::move(block));
    packets_.pop_front();
  } while (framing_ == Framing::merged && !packets_.empty() &&
           frame.size + packets_.front().size <= bytes_max);
  waiting_bytes_ -= frame.size;
  taken_bytes_ = frame.size;
  return frame;
}

void Outbox::written() { taken_bytes_ = 0; }

}  // namespace avow::server
