#include "server/session/held_turn.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace avow::server {
namespace {

// Of what is no change of a topic nothing is known.
bool may_name_references(const OutboundTurn& turn, const OutboundEvent& retract) {
  if (retract.change == OutboundEvent::none) return true;
  return turn.content().changes()[retract.change].change.holds_references;
}

std::vector<Block> blocks_of(std::vector<Bytes> parts) {
  std::vector<Block> blocks;
  blocks.reserve(parts.size());
  for (Bytes& part : parts) blocks.push_back(std::make_shared<const Bytes>(std::move(part)));
  return blocks;
}

}  // namespace

bool HeldTurn::add(const OutboundTurn& turn) {
  const bool is_part = !std::exchange(has_begun_, true) || turn.is_part();
  const Size before = bytes_;
  for (const OutboundEvent& event : turn.events()) add_event(turn, event);
  add_turn(said_, {std::exchange(messages_, {})});
  add_turn(answered_, {std::exchange(answers_, {})});
  if (is_part) return true;
  beside_parts_.all += bytes_.all - before.all;
  beside_parts_.appearances += bytes_.appearances - before.appearances;
  return false;
}

void HeldTurn::add_packet(Bytes packet) {
  bytes_.all += packet.size();
  beside_parts_.all += packet.size();
  answered_.push_back({std::make_shared<const Bytes>(std::move(packet))});
}

void HeldTurn::add_event(const OutboundTurn& turn, const OutboundEvent& event) {
  switch (event.kind) {
    case OutboundKind::publish:
      return add_appearance(turn, event);
    case OutboundKind::message:
      return add_message(turn, event);
    case OutboundKind::retract:
      return add_disappearance(turn, event);
    case OutboundKind::sync:
      return append(syncs_, turn, event);
    case OutboundKind::synced:
      return append(answers_, turn, event);
  }
}

void HeldTurn::append(Bytes& to, const OutboundTurn& turn, const OutboundEvent& event) {
  const std::size_t before = to.size();
  append_event(to, form_, turn, event);
  bytes_.all += to.size() - before;
}

void HeldTurn::add_appearance(const OutboundTurn& turn, const OutboundEvent& event) {
  if (appearances_.empty() || appearances_.back().bytes.size() >= chunk_bytes) {
    appearances_.emplace_back().bytes.reserve(chunk_bytes);
  }
  Chunk& chunk = appearances_.back();
  const std::size_t before = chunk.bytes.size();
  append(chunk.bytes, turn, event);
  bytes_.appearances += chunk.bytes.size() - before;
  chunk.first = std::min(chunk.first, event.handle);
  chunk.last = std::max(chunk.last, event.handle);
  chunk.told.push_back(
      {.handle = event.handle, .end = static_cast<std::uint32_t>(chunk.bytes.size())});
}

void HeldTurn::add_disappearance(const OutboundTurn& turn, const OutboundEvent& event) {
  const bool is_late = message_names_references_ && may_name_references(turn, event);
  const auto [told, chunk] = find(event.handle);
  if (told != nullptr) told->is_over = true;
  if (told == nullptr || is_late) {
    return append(is_late ? late_disappearances_ : disappearances_, turn, event);
  }
  told->is_told = false;
  chunk->is_whole = false;
}

// What goes at once mostly came together.
std::pair<HeldTurn::Told*, HeldTurn::Chunk*> HeldTurn::find(std::uint64_t handle) {
  for (std::size_t i = 0; i < appearances_.size(); ++i) {
    const std::size_t place = (last_found_ + i) % appearances_.size();
    Chunk& chunk = appearances_[place];
    Told* const told = find_in(chunk, handle);
    if (told == nullptr) continue;
    last_found_ = place;
    return {told, &chunk};
  }
  return {nullptr, nullptr};
}

HeldTurn::Told* HeldTurn::find_in(Chunk& chunk, std::uint64_t handle) {
  if (handle < chunk.first || handle > chunk.last) return nullptr;
  const auto told = std::ranges::find_if(
      chunk.told, [handle](const Told& one) { return one.handle == handle && !one.is_over; });
  return told == chunk.told.end() ? nullptr : &*told;
}

void HeldTurn::add_message(const OutboundTurn& turn, const OutboundEvent& event) {
  const bool is_own = event.body != OutboundEvent::none;
  message_names_references_ =
      message_names_references_ || (is_own && contains_embedded(turn.body(event).bytes()));
  append(messages_, turn, event);
}

std::vector<Block> HeldTurn::take_appearances() {
  std::vector<Bytes> taken = take_chunks();
  if (taken.empty()) return {};
  if (!std::exchange(is_open_, true)) append_turn_begin(*taken.emplace(taken.begin()), form_);
  return blocks_of(std::move(taken));
}

// Of which something is left to be told.
std::vector<Bytes> HeldTurn::take_chunks() {
  bytes_.all -= std::exchange(bytes_.appearances, 0);
  beside_parts_.all -= std::exchange(beside_parts_.appearances, 0);
  std::vector<Bytes> taken;
  for (Chunk& chunk : std::exchange(appearances_, {})) {
    Bytes bytes = chunk.is_whole ? std::move(chunk.bytes) : without_gone(chunk);
    if (!bytes.empty()) taken.push_back(std::move(bytes));
  }
  return taken;
}

std::vector<std::vector<Block>> HeldTurn::finish() {
  std::vector<Bytes> state = take_chunks();
  if (!disappearances_.empty()) state.push_back(std::move(disappearances_));
  std::vector<std::vector<Block>> packets;
  if (is_open_) {
    append_turn_end(state.emplace_back(), form_);
    packets.push_back(blocks_of(std::move(state)));
  } else {
    add_turn(packets, std::move(state));
  }
  std::ranges::move(said_, std::back_inserter(packets));
  add_turn(packets, {std::move(late_disappearances_), std::move(syncs_)});
  std::ranges::move(answered_, std::back_inserter(packets));
  return packets;
}

Bytes HeldTurn::without_gone(const Chunk& chunk) {
  Bytes left;
  std::size_t begin = 0;
  for (const Told& told : chunk.told) {
    if (told.is_told) avow::append(left, ByteView(chunk.bytes).subspan(begin, told.end - begin));
    begin = told.end;
  }
  return left;
}

void HeldTurn::add_turn(std::vector<std::vector<Block>>& packets, std::vector<Bytes> events) const {
  std::erase_if(events, [](const Bytes& bytes) { return bytes.empty(); });
  if (events.empty()) return;
  append_turn_begin(*events.emplace(events.begin()), form_);
  append_turn_end(events.emplace_back(), form_);
  packets.push_back(blocks_of(std::move(events)));
}

}  // namespace avow::server
