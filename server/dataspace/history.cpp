#include "server/dataspace/history.hpp"

#include <algorithm>

#include "avow/base/check.hpp"

namespace avow::server {

SpaceHistory::KeptItem::KeptItem(const Item& item)
    : address_(reinterpret_cast<std::uintptr_t>(item.fact) &
               ((std::uint64_t{1} << address_bits) - 1)),
      cause_(static_cast<std::uint8_t>(item.cause)),
      came_(item.came ? 1 : 0) {
  AVOW_CHECK(fact() == item.fact);
}

StoredBytes* SpaceHistory::KeptItem::fact() const {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): it was one.
  return reinterpret_cast<StoredBytes*>(static_cast<std::uintptr_t>(address_));
}

// Bytes that live facts share are counted too: they are the history's alone once these are gone.
std::size_t SpaceHistory::size_of(const StoredBytes& fact) {
  return sizeof(KeptItem) + sizeof(StoredBytes) + fact.view().size();
}

SpaceHistory::~SpaceHistory() { begin_above(floor_); }

void SpaceHistory::add(const Item& item) {
  if (revision_ == 0) return;
  if (turns_.empty() || turns_.back().revision != revision_) turns_.push_back({revision_, 0});
  ++turns_.back().items;
  ByteStore::retain(item.fact);
  items_.emplace_back(item);
  const std::size_t size = size_of(*item.fact);
  used_ += size;
  budget_.bytes += size;
}

void SpaceHistory::trim() {
  while (!turns_.empty() && is_too_much()) forget_first_turn();
}

bool SpaceHistory::is_too_much() const {
  if (budget_.bytes > budget_.bytes_max) return true;
  // A pin below the floor has been lost, and holds nothing back.
  const auto pin = pins_.lower_bound(floor_);
  const bool is_pinned = pin != pins_.end() && *pin < turns_.front().revision;
  if (is_pinned) return used_ > limits_.pinned_bytes_max;
  return used_ > limits_.bytes_max || turns_.size() > limits_.turns_max;
}

void SpaceHistory::begin_above(std::uint64_t revision) {
  while (!turns_.empty()) forget_first_turn();
  floor_ = std::max(floor_, revision);
}

void SpaceHistory::forget_first_turn() {
  floor_ = turns_.front().revision;
  for (std::size_t left = turns_.front().items; left > 0; --left) {
    const std::size_t size = size_of(*items_.front().fact());
    used_ -= size;
    budget_.bytes -= size;
    bytes_.release(items_.front().fact());
    items_.pop_front();
  }
  turns_.pop_front();
  load_first_turn();
}

// What is forgotten next has not been looked at for long.
void SpaceHistory::load_first_turn() const {
  if (turns_.empty()) return;
  auto item = items_.begin();
  for (std::size_t left = turns_.front().items; left > 0; --left, ++item) item->fact()->prefetch();
}

std::size_t SpaceHistory::changes_above(std::uint64_t revision) const {
  std::size_t items = 0;
  for (auto turn = turns_.rbegin(); turn != turns_.rend() && turn->revision > revision; ++turn) {
    items += turn->items;
  }
  return items;
}

}  // namespace avow::server
