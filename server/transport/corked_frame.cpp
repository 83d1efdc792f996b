#include "server/transport/corked_frame.hpp"

namespace avow::server {

namespace {

/// Copying this much costs less than one more piece in a call of the kernel.
constexpr std::size_t copied_block_bytes_max = 2'048;
constexpr std::size_t kept_bytes_max = 1'024;

bool is_copied(const Block& block) { return block->size() <= copied_block_bytes_max; }

}  // namespace

void CorkedFrame::load(ByteView bytes) {
  clear();
  add(bytes);
}

void CorkedFrame::load(const OutgoingFrame& frame, ByteView head) {
  clear();
  if (head.empty() && frame.blocks.size() == 1) return add(*frame.blocks.front());
  std::size_t copied_bytes = head.size();
  for (const Block& block : frame.blocks) copied_bytes += is_copied(block) ? block->size() : 0;
  copied_.reserve(copied_bytes);  // Pieces point into it: it must not move any more.
  append(copied_, head);
  std::size_t copied_from = 0;
  const auto add_copied = [&] {
    add(ByteView(copied_).subspan(copied_from));
    copied_from = copied_.size();
  };
  for (const Block& block : frame.blocks) {
    if (is_copied(block)) {
      append(copied_, *block);
      continue;
    }
    add_copied();
    add(*block);
  }
  add_copied();
}

void CorkedFrame::consume(std::size_t count) {
  while (first_ < pieces_.size() && count >= pieces_[first_].size()) {
    count -= pieces_[first_++].size();
  }
  if (first_ < pieces_.size()) pieces_[first_] += count;
}

void CorkedFrame::clear() {
  pieces_.clear();
  first_ = 0;
  copied_.clear();
  if (copied_.capacity() > kept_bytes_max) copied_.shrink_to_fit();
}

void CorkedFrame::add(ByteView piece) {
  if (!piece.empty()) pieces_.emplace_back(piece.data(), piece.size());
}

}  // namespace avow::server
