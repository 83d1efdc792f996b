#include "server/transport/corked_frame.hpp"

#include <utility>

namespace avow::server {

namespace {

/// Copying this much costs less than one more piece in a call of the kernel.
constexpr std::size_t copied_block_bytes_max = 2'048;
constexpr std::size_t kept_bytes_max = 1'024;

bool is_copied(const Bytes& piece) { return piece.size() <= copied_block_bytes_max; }

}  // namespace

void CorkedFrame::load(ByteView bytes) {
  clear();
  add(bytes);
}

void CorkedFrame::load(OutgoingFrame frame, ByteView head) {
  clear();
  run_ = std::move(frame.run);
  blocks_ = std::move(frame.blocks);
  if (head.empty() && blocks_.empty()) return add(run_);
  if (head.empty() && run_.empty() && blocks_.size() == 1) return add(*blocks_.front());
  std::size_t copied_bytes = head.size() + (is_copied(run_) ? run_.size() : 0);
  for (const Block& block : blocks_) copied_bytes += is_copied(*block) ? block->size() : 0;
  copied_.reserve(copied_bytes);  // Pieces point into it: it must not move any more.
  append(copied_, head);
  std::size_t copied_from = 0;
  const auto add_copied = [&] {
    add(ByteView(copied_).subspan(copied_from));
    copied_from = copied_.size();
  };
  const auto take_up = [&](const Bytes& bytes) {
    if (is_copied(bytes)) return append(copied_, bytes);
    add_copied();
    add(bytes);
  };
  take_up(run_);
  for (const Block& block : blocks_) take_up(*block);
  add_copied();
  if (is_copied(run_)) run_ = {};
  std::erase_if(blocks_, [](const Block& block) { return is_copied(*block); });
}

void CorkedFrame::consume(std::size_t count) {
  while (first_ < pieces_.size() && count >= pieces_[first_].size()) {
    count -= pieces_[first_].size();
    let_go(pieces_[first_++]);
  }
  if (first_ < pieces_.size()) pieces_[first_] += count;
}

void CorkedFrame::clear() {
  pieces_.clear();
  first_ = 0;
  run_ = {};
  blocks_ = {};
  first_block_ = 0;
  copied_.clear();
  if (copied_.capacity() > kept_bytes_max) copied_.shrink_to_fit();
}

// Of a block that was written in several calls the piece is what was left.
void CorkedFrame::let_go(const boost::asio::const_buffer& piece) {
  if (first_block_ == blocks_.size()) return;
  const auto* const end = static_cast<const std::uint8_t*>(piece.data()) + piece.size();
  Block& block = blocks_[first_block_];
  if (end != block->data() + block->size()) return;
  block.reset();
  ++first_block_;
}

void CorkedFrame::add(ByteView piece) {
  if (!piece.empty()) pieces_.emplace_back(piece.data(), piece.size());
}

}  // namespace avow::server
