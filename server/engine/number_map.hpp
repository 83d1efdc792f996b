#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/wire/packet.hpp"
#include "server/base/hash.hpp"
#include "server/dataspace/table.hpp"
#include "server/engine/slab.hpp"

// A table whose keys are numbers that a client chose: oids and handles. They may be of any size,
// and nearly all fit into 64 bits. Most sessions have a few, which are searched one by one; many
// are found by their hash, in steps whose memory can be called for before it is needed.

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
    for (std::uint32_t place = 0; place < entries_.places_end(); ++place) {
      const Entry& entry = entries_[place];
      if (entry.value.is_live != 0 && is_it(entry.value)) numbers.push_back(entry.number);
    }
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
    if (table_ != nullptr && number.small()) table_->prefetch(hash_of(*number.small()));
  }
  void prefetch_found(const wire::Number& number) {
    if (table_ == nullptr || !number.small()) return;
    const std::uint32_t guess = table_->guess(hash_of(*number.small()));
    if (guess != 0) __builtin_prefetch(&entries_[guess - 1]);
  }

  [[nodiscard]] std::size_t size() const { return entries_.size() + big_.size(); }

  /// Visits all in an order that depends on the history alone.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::uint32_t place = 0; place < entries_.places_end(); ++place) {
      const T& value = entries_[place].value;
      if (value.is_live != 0) visit(value);
    }
    for (const auto& [number, value] : big_) visit(value);
  }
  /// Visits all in an order that depends on the numbers alone.
  template <class Visit>
  void for_each_in_order(Visit&& visit) {
    std::vector<std::pair<std::int64_t, T*>> sorted;
    sorted.reserve(entries_.size());
    for (std::uint32_t place = 0; place < entries_.places_end(); ++place) {
      Entry& entry = entries_[place];
      if (entry.value.is_live != 0) sorted.emplace_back(entry.number, &entry.value);
    }
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [number, value] : sorted) visit(*value);
    for (auto& [number, value] : big_) visit(value);
  }

 private:
  // So many are searched one by one.
  static constexpr std::uint32_t few = 8;

  struct Entry {
    std::int64_t number = 0;
    T value;
  };

  static Bytes bytes_of_big(const wire::Number& number) {
    const Value value = number.to_value();
    return Bytes(value.bytes().begin(), value.bytes().end());
  }
  [[nodiscard]] std::uint64_t hash_of(std::int64_t number) const {
    return scatter(scatter(static_cast<std::uint64_t>(number) ^ key_.k0) + key_.k1);
  }

  // One more than the place of the entry, or 0.
  [[nodiscard]] std::uint32_t search(std::int64_t number) {
    const auto is_it = [&](std::uint32_t candidate) {
      const Entry& entry = entries_[candidate - 1];
      return entry.number == number && entry.value.is_live != 0;
    };
    if (table_ != nullptr) return table_->find(hash_of(number), is_it);
    for (std::uint32_t candidate = 1; candidate <= entries_.places_end(); ++candidate) {
      if (is_it(candidate)) return candidate;
    }
    return 0;
  }
  [[nodiscard]] T* find_small(std::int64_t number) {
    const std::uint32_t found = search(number);
    return found == 0 ? nullptr : &entries_[found - 1].value;
  }
  T& add_small(std::int64_t number, T value) {
    const std::uint32_t place = entries_.add({number, std::move(value)});
    if (table_ != nullptr) {
      table_->insert(hash_of(number), place + 1);
    } else if (place == few) {
      begin_table();
    }
    return entries_[place].value;
  }
  void begin_table() {
    table_memory_ = std::make_unique<Regions>();
    table_ = std::make_unique<Table>(*table_memory_);
    for (std::uint32_t place = 0; place < entries_.places_end(); ++place) {
      const Entry& entry = entries_[place];
      if (entry.value.is_live != 0) table_->insert(hash_of(entry.number), place + 1);
    }
  }
  std::optional<T> take_small(std::int64_t number) {
    const std::uint32_t found = search(number);
    if (found == 0) return std::nullopt;
    if (table_ != nullptr) table_->erase(hash_of(number), found);
    return entries_.take(found - 1).value;
  }

  HashKey key_;
  Slab<Entry> entries_;
  std::unique_ptr<Regions> table_memory_;
  std::unique_ptr<Table> table_;
  std::map<Bytes, T, BytesLess> big_;
};

}  // namespace avow::server
