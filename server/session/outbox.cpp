#include "server/session/outbox.hpp"

#include <algorithm>
#include <utility>

namespace avow::server {
namespace {

// In few steps: whoever tells a thousand clients finds none of their runs in the cache.
void grow(Bytes& run, std::size_t size, std::size_t size_max) {
  constexpr std::size_t growth = 8;
  if (run.capacity() < size) run.reserve(std::min(size_max, growth * size));
}

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

Bytes OutgoingFrame::bytes() const {
  Bytes all;
  all.reserve(size);
  avow::append(all, run);
  for (const Block& block : blocks) avow::append(all, *block);
  return all;
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
  avow::append(run_for(type, packet.size()), packet);
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
  parts_.clear();
  waiting_packets_ = 0;
  uncount(std::exchange(waiting_bytes_, 0));
}

std::optional<OutgoingFrame> Outbox::take(std::size_t bytes_max) {
  if (parts_.empty()) return std::nullopt;
  OutgoingFrame frame;
  frame.type = parts_.front().type;
  frame.run = std::move(parts_.front().run);
  do {
    Part& part = parts_.front();
    frame.size += part.size;
    if (!part.run.empty()) {
      frame.blocks.push_back(std::make_shared<const Bytes>(std::move(part.run)));
    }
    for (Block& block : part.blocks) frame.blocks.push_back(std::move(block));
    taken_group_ = part.last_group;
    waiting_packets_ -= part.packets;
    parts_.pop_front();
  } while (framing_ == Framing::merged && !parts_.empty() &&
           frame.size + parts_.front().size <= bytes_max);
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
  if (parts_.empty()) return 0;
  const std::uint64_t ahead = taken_bytes_ != 0 ? taken_group_ : parts_.front().first_group;
  return waiting_bytes_ - bytes_of_group(ahead);
}

void Outbox::note_waiting(std::size_t bytes) {
  ++waiting_packets_;
  waiting_bytes_ += bytes;
  if (budget_ != nullptr) budget_->bytes += bytes;
}

void Outbox::uncount(std::size_t bytes) {
  if (budget_ != nullptr) budget_->bytes -= bytes;
}

// Only looked for at the front, where it is if there is something left of it.
std::size_t Outbox::bytes_of_group(std::uint64_t group) const {
  std::size_t size = 0;
  for (const Part& part : parts_) {
    if (part.first_group != group) break;
    size += part.first_group_size;
    if (part.last_group != group) break;
  }
  return size;
}

void Outbox::append(FrameType type, std::vector<Block> packet) {
  const std::size_t size = size_of(packet);
  if (framing_ != Framing::merged || size >= shared_packet_bytes_min) {
    return enqueue(type, std::move(packet), size);
  }
  Bytes& run = run_for(type, size);
  for (const Block& block : packet) avow::append(run, *block);
}

void Outbox::enqueue(FrameType type, std::vector<Block> blocks, std::size_t size) {
  note_waiting(size);
  parts_.push_back({.type = type,
                    .blocks = std::move(blocks),
                    .run = {},
                    .size = size,
                    .packets = 1,
                    .first_group = group_,
                    .first_group_size = size,
                    .last_group = group_});
}

Bytes& Outbox::run_for(FrameType type, std::size_t size) {
  const bool goes_on = !parts_.empty() && parts_.back().type == type &&
                       !parts_.back().run.empty() && parts_.back().size + size <= run_bytes_max_;
  if (!goes_on) {
    enqueue(type, {}, size);
    return parts_.back().run;
  }
  Part& part = parts_.back();
  if (part.first_group == group_) part.first_group_size += size;
  part.last_group = group_;
  part.size += size;
  ++part.packets;
  note_waiting(size);
  grow(part.run, part.size, run_bytes_max_);
  return part.run;
}

}  // namespace avow::server
