#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/wire/packet.hpp"
#include "server/base/hash.hpp"
#include "server/base/load_ahead.hpp"
#include "server/dataspace/table.hpp"
#include "server/engine/slab.hpp"

// A table whose keys are numbers that a client chose: oids and handles. They may be of any size,
// and nearly all fit into 64 bits. Most clients count, so sixteen neighbours stand in one block,
// and it is blocks that are looked for: a number needs not be kept, nor a slot in a hash table for
// each. (Where each block has one number only, that takes six times as much.) Most sessions have a
// few blocks, which are searched one by one; many are found by their hash, in steps whose memory
// can be called for before it is needed.

namespace avow::server {

/// `T` is default constructible and has a member `is_live`, which this table keeps.
template <class T>
class NumberMap {
 public:
  /// `key` is the secret of the process: nobody can make numbers collide.
  explicit NumberMap(const HashKey& key) : key_(key) {}

  /// Valid until it is erased.
  [[nodiscard]] T* find(const wire::Number& number) {
    if (const auto small = number.small()) return find_small(*small);
    const auto found = big_.find(bytes_of_big(number));
    return found == big_.end() ? nullptr : &found->second;
  }
  /// `number` is not in the table.
  T& add(const wire::Number& number, T value) {
    value.is_live = 1;
    if (const auto small = number.small()) return add_small(*small, std::move(value));
    return big_.emplace(bytes_of_big(number), std::move(value)).first->second;
  }
  /// Erases what is there, and returns it.
  std::optional<T> take(const wire::Number& number) {
    if (const auto small = number.small()) return take_small(*small);
    const auto found = big_.find(bytes_of_big(number));
    if (found == big_.end()) return std::nullopt;
    std::optional<T> taken = std::move(found->second);
    big_.erase(found);
    return taken;
  }

  /// Erases all that `is_it`, and returns them, in an order that depends on the numbers alone.
  template <class IsIt>
  [[nodiscard]] std::vector<T> take_all(const IsIt& is_it) {
    std::vector<std::int64_t> numbers;
    visit_small(blocks_, [&](std::int64_t number, const T& value) {
      if (is_it(value)) numbers.push_back(number);
    });
    std::sort(numbers.begin(), numbers.end());
    std::vector<T> taken;
    taken.reserve(numbers.size());
    for (const std::int64_t number : numbers) taken.push_back(*take_small(number));
    for (auto big = big_.begin(); big != big_.end();) {
      const auto at = big++;
      if (!is_it(at->second)) continue;
      taken.push_back(std::move(at->second));
      big_.erase(at);
    }
    return taken;
  }

  // What `find` and `add` will need is called for in two steps, each for many numbers.
  void prefetch_place(const wire::Number& number) const {
    if (table_ != nullptr && number.small()) table_->prefetch(hash_of(key_of(*number.small())));
  }
  void prefetch_found(const wire::Number& number) {
    if (table_ == nullptr || !number.small()) return;
    const std::uint32_t guess = table_->guess(hash_of(key_of(*number.small())));
    if (guess == 0) return;
    load_ahead(&blocks_[guess - 1]);
    load_ahead(&blocks_[guess - 1].value_of(*number.small()));
  }

  [[nodiscard]] std::size_t size() const { return small_count_ + big_.size(); }

  /// Visits all in an order that depends on the history alone.
  template <class Visit>
  void for_each(Visit&& visit) const {
    visit_small(blocks_, [&](std::int64_t, const T& value) { visit(value); });
    for (const auto& [number, value] : big_) visit(value);
  }
  /// Visits all in an order that depends on the numbers alone.
  template <class Visit>
  void for_each_in_order(Visit&& visit) {
    std::vector<std::pair<std::int64_t, T*>> sorted;
    sorted.reserve(small_count_);
    visit_small(blocks_,
                [&](std::int64_t number, T& value) { sorted.emplace_back(number, &value); });
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [number, value] : sorted) visit(*value);
    for (auto& [number, value] : big_) visit(value);
  }

 private:
  static constexpr unsigned block_bits = 4;
  static constexpr std::size_t block_length = std::size_t{1} << block_bits;
  // So many blocks are searched one by one.
  static constexpr std::uint32_t few = 8;

  // All numbers with the same bits but for the last ones.
  struct Block {
    std::int64_t key = 0;    // Those bits.
    std::uint32_t live = 0;  // How many there are.
    std::array<T, block_length> values{};

    [[nodiscard]] T& value_of(std::int64_t number) { return values[place_of(number)]; }
    [[nodiscard]] static std::size_t place_of(std::int64_t number) {
      return static_cast<std::uint64_t>(number) & (block_length - 1);
    }
  };

  [[nodiscard]] static std::int64_t key_of(std::int64_t number) { return number >> block_bits; }
  static Bytes bytes_of_big(const wire::Number& number) {
    const Value value = number.to_value();
    return Bytes(value.bytes().begin(), value.bytes().end());
  }
  [[nodiscard]] std::uint64_t hash_of(std::int64_t key) const {
    return scatter(scatter(static_cast<std::uint64_t>(key) ^ key_.k0) + key_.k1);
  }

  template <class Blocks, class Visit>
  static void visit_small(Blocks& blocks, const Visit& visit) {
    for (std::uint32_t place = 0; place < blocks.places_end(); ++place) {
      auto& block = blocks[place];
      for (std::size_t i = 0; i < block_length; ++i) {
        if (block.values[i].is_live == 0) continue;
        visit(block.key * static_cast<std::int64_t>(block_length) + static_cast<std::int64_t>(i),
              block.values[i]);
      }
    }
  }

  // One more than the place of the block, or 0. Neighbours tend to come together.
  [[nodiscard]] std::uint32_t search(std::int64_t key) {
    const auto is_it = [&](std::uint32_t candidate) {
      const Block& block = blocks_[candidate - 1];
      return block.key == key && block.live != 0;
    };
    if (last_found_ != 0 && is_it(last_found_)) return last_found_;
    const std::uint32_t found =
        table_ != nullptr ? table_->find(hash_of(key), is_it) : search_few(is_it);
    if (found != 0) last_found_ = found;
    return found;
  }
  template <class IsIt>
  [[nodiscard]] std::uint32_t search_few(const IsIt& is_it) const {
    for (std::uint32_t candidate = 1; candidate <= blocks_.places_end(); ++candidate) {
      if (is_it(candidate)) return candidate;
    }
    return 0;
  }
  [[nodiscard]] T* find_small(std::int64_t number) {
    const std::uint32_t found = search(key_of(number));
    if (found == 0) return nullptr;
    T& value = blocks_[found - 1].value_of(number);
    return value.is_live != 0 ? &value : nullptr;
  }
  T& add_small(std::int64_t number, T value) {
    std::uint32_t found = search(key_of(number));
    if (found == 0) found = add_block(key_of(number));
    Block& block = blocks_[found - 1];
    ++block.live;
    ++small_count_;
    return block.value_of(number) = std::move(value);
  }
  std::uint32_t add_block(std::int64_t key) {
    Block block;
    block.key = key;
    const std::uint32_t place = blocks_.add(std::move(block));
    if (table_ != nullptr) {
      table_->insert(hash_of(key), place + 1);
    } else if (place == few) {
      begin_table();
    }
    return last_found_ = place + 1;
  }
  // All blocks there are have something, but for the one that is being added.
  void begin_table() {
    table_ = std::make_unique<Table>();
    for (std::uint32_t place = 0; place < blocks_.places_end(); ++place) {
      table_->insert(hash_of(blocks_[place].key), place + 1);
    }
  }
  std::optional<T> take_small(std::int64_t number) {
    std::optional<T> taken;
    const std::uint32_t found = search(key_of(number));
    if (found == 0) return taken;
    Block& block = blocks_[found - 1];
    T& value = block.value_of(number);
    if (value.is_live == 0) return taken;
    taken.emplace(std::exchange(value, T()));
    --small_count_;
    if (--block.live == 0) {
      if (table_ != nullptr) table_->erase(hash_of(block.key), found);
      (void)blocks_.take(found - 1);
      last_found_ = 0;
    }
    return taken;
  }

  HashKey key_;
  Slab<Block, 1> blocks_;
  std::uint32_t last_found_ = 0;
  std::size_t small_count_ = 0;
  std::unique_ptr<Table> table_;
  std::map<Bytes, T, BytesLess> big_;
};

}  // namespace avow::server
