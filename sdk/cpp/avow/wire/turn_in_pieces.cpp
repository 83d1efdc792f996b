#include "avow/wire/turn_in_pieces.hpp"

#include <optional>
#include <utility>

#include "avow/base/result.hpp"

namespace avow::wire {
namespace {

// Around an entry the turn is open.
ValueLimits entry_limits(const PacketLimits& limits) {
  ValueLimits entry = whole_packet_limits(limits);
  --entry.depth_max;
  return entry;
}

}  // namespace

TurnInPieces::TurnInPieces(TurnPrefix read, const PacketLimits& limits)
    : limits_(limits), read_(std::move(read)), scanner_(entry_limits(limits), limits.bytes_max) {}

TurnInPieces::Step TurnInPieces::read(ByteView piece) {
  consumed_ = 0;
  if (entry_.empty()) return read_whole_entries(piece);
  const Result<std::optional<std::size_t>> end = scanner_.feed(piece);
  if (!end.has_value()) return Step::other;
  consumed_ = end->value_or(piece.size());
  append(entry_, piece.first(consumed_));
  if (!end->has_value()) return Step::cut;
  return read_entry() ? read_whole_entries(piece.subspan(consumed_)) : Step::other;
}

// The one that was cut, and is whole now.
bool TurnInPieces::read_entry() {
  const std::size_t end = read_.consumed + entry_.size();
  const bool is_turn_over = read_plain_turn_on(read_, entry_, limits_);
  entry_.clear();
  return !is_turn_over && read_.consumed == end;
}

TurnInPieces::Step TurnInPieces::read_whole_entries(ByteView rest) {
  const std::size_t begin = read_.consumed;
  const bool is_turn_over = read_plain_turn_on(read_, rest, limits_);
  const std::size_t size = read_.consumed - begin;
  consumed_ += size;
  if (!is_turn_over) return begin_entry(rest.subspan(size));
  return read_.consumed <= limits_.bytes_max ? Step::whole : Step::other;
}

// What could not be read is cut off, if no end of it is found.
TurnInPieces::Step TurnInPieces::begin_entry(ByteView beginning) {
  if (read_.consumed > limits_.bytes_max) return Step::other;
  scanner_ = PreservesScanner(entry_limits(limits_), limits_.bytes_max - read_.consumed);
  const Result<std::optional<std::size_t>> end = scanner_.feed(beginning);
  if (!end.has_value() || end->has_value()) return Step::other;
  entry_.assign(beginning.begin(), beginning.end());
  return Step::cut;
}

}  // namespace avow::wire
