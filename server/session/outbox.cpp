#include "server/session/outbox.hpp"

#include <algorithm>
#include <utility>

namespace avow::server {

namespace {

// A piece of what is copied grows to this size; two make a usual write.
constexpr std::size_t copied_piece_bytes = 32 << 10;

}  // namespace

std::size_t size_of(const std::vector<Block>& packet) {
  std::size_t size = 0;
  for (const Block& block : packet) size += block->size();
  return size;
}

std::size_t size_of(const std::vector<std::vector<Block>>& packets) {
  std::size_t size = 0;
  for (const std::vector<Block>& packet : packets) size += size_of(packet);
  return size;
}

bool Outbox::push(FrameType type, std::vector<Block> packet) {
  if (!has_room(size_of(packet))) return false;
  ++group_;
  append(type, std::move(packet));
  return true;
}

bool Outbox::push_copy(FrameType type, ByteView packet) {
  if (!has_room(packet.size())) return false;
  push_copy_again(type, packet);
  return true;
}

void Outbox::push_copy_again(FrameType type, ByteView packet) {
  ++group_;
  if (framing_ != Framing::merged) {
    return append(type, {std::make_shared<const Bytes>(packet.begin(), packet.end())});
  }
  copy(packet);
  enqueue({type, {}, packet.size(), group_});
}

bool Outbox::push_group(FrameType type, std::vector<std::vector<Block>> packets) {
  if (!has_room(size_of(packets))) return false;
  push_again(type, std::move(packets));
  return true;
}

void Outbox::push_again(FrameType type, std::vector<std::vector<Block>> packets) {
  ++group_;
  for (std::vector<Block>& packet : packets) append(type, std::move(packet));
}

void Outbox::drop_waiting() {
  packets_.clear();
  copied_.clear();
  copied_begin_ = 0;
  uncount(std::exchange(waiting_bytes_, 0));
}

std::optional<OutgoingFrame> Outbox::take(std::size_t bytes_max) {
  if (packets_.empty()) return std::nullopt;
  OutgoingFrame frame;
  frame.type = packets_.front().type;
  std::size_t copied = 0;  // Of what is taken, and not yet in the frame.
  do {
    Packet& packet = packets_.front();
    frame.size += packet.size;
    if (packet.blocks.empty()) {
      copied += packet.size;
    } else {
      take_copied(std::exchange(copied, 0), frame.blocks);
    }
    for (Block& block : packet.blocks) frame.blocks.push_back(std::move(block));
    taken_group_ = packet.group;
    packets_.pop_front();
  } while (framing_ == Framing::merged && !packets_.empty() &&
           frame.size + packets_.front().size <= bytes_max);
  take_copied(copied, frame.blocks);
  uncount(taken_bytes_);  // Mostly that has been said already.
  waiting_bytes_ -= frame.size;
  taken_bytes_ = frame.size;
  return frame;
}

void Outbox::written() { uncount(std::exchange(taken_bytes_, 0)); }

// The limit is about what piles up behind a group of packets, which may itself be of any size: the
// one that is being written, or else the first that waits.
bool Outbox::has_room(std::size_t size) const {
  if (is_idle()) return true;
  const std::size_t bytes_max =
      budget_ == nullptr ? waiting_bytes_max_ : std::min(waiting_bytes_max_, budget_->share());
  return waiting_bytes_ + size <= bytes_max || bytes_behind_first() + size <= bytes_max;
}

bool Outbox::is_crowded(std::size_t bytes_max) const {
  if (budget_ != nullptr) bytes_max = std::min(bytes_max, budget_->share());
  return waiting_bytes_ > bytes_max && bytes_behind_first() > bytes_max;
}

std::size_t Outbox::bytes_behind_first() const {
  if (packets_.empty()) return 0;
  const std::uint64_t ahead = taken_bytes_ != 0 ? taken_group_ : packets_.front().group;
  return waiting_bytes_ - bytes_of_group(ahead);
}

void Outbox::count(std::size_t bytes) {
  if (budget_ != nullptr) budget_->bytes += bytes;
}

void Outbox::uncount(std::size_t bytes) {
  if (budget_ != nullptr) budget_->bytes -= bytes;
}

// Only looked for at the front, where it is if there is something left of it.
std::size_t Outbox::bytes_of_group(std::uint64_t group) const {
  std::size_t size = 0;
  for (const Packet& packet : packets_) {
    if (packet.group != group) break;
    size += packet.size;
  }
  return size;
}

void Outbox::append(FrameType type, std::vector<Block> packet) {
  const std::size_t size = size_of(packet);
  if (framing_ == Framing::merged && size <= copied_packet_bytes_max) {
    for (const Block& block : packet) copy(*block);
    packet.clear();
  }
  enqueue({type, std::move(packet), size, group_});
}

void Outbox::enqueue(Packet packet) {
  waiting_bytes_ += packet.size;
  count(packet.size);
  packets_.push_back(std::move(packet));
}

void Outbox::copy(ByteView bytes) {
  if (copied_.empty() || copied_.back().size() + bytes.size() > copied_piece_bytes) {
    copied_.emplace_back();
  }
  avow::append(copied_.back(), bytes);
}

// A piece that is taken whole is not copied again.
void Outbox::take_copied(std::size_t size, std::vector<Block>& to) {
  while (size > 0) {
    Bytes& first = copied_.front();
    const std::size_t taken = std::min(size, first.size() - copied_begin_);
    const bool is_rest = copied_begin_ + taken == first.size();
    if (copied_begin_ == 0 && is_rest) {
      to.push_back(std::make_shared<const Bytes>(std::move(first)));
    } else {
      const auto begin = first.begin() + static_cast<std::ptrdiff_t>(copied_begin_);
      to.push_back(
          std::make_shared<const Bytes>(begin, begin + static_cast<std::ptrdiff_t>(taken)));
    }
    size -= taken;
    copied_begin_ = is_rest ? 0 : copied_begin_ + taken;
    if (is_rest) copied_.erase(copied_.begin());
  }
}

}  // namespace avow::server
