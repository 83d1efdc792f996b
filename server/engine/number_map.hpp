#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/base/hash.hpp"
#include "avow/wire/packet.hpp"

// A table whose keys are numbers that a client chose: oids and handles. They may be of any size,
// and nearly all fit into 64 bits.

namespace avow::server {

/// Hashes numbers that clients choose, with the secret of the process: nobody can make them
/// collide.
struct ChosenNumberHash {
  using is_avalanching = void;
  HashKey key;
  std::size_t operator()(std::int64_t number) const {
    return scatter(scatter(static_cast<std::uint64_t>(number) ^ key.k0) + key.k1);
  }
};

template <class T>
class NumberMap {
 public:
  explicit NumberMap(const HashKey& key) : small_(0, ChosenNumberHash{key}) {}

  /// Valid until the next change.
  [[nodiscard]] T* find(const wire::Number& number) {
    if (const auto small = number.small()) {
      const auto found = small_.find(*small);
      return found == small_.end() ? nullptr : &found->second;
    }
    const auto found = big_.find(bytes_of_big(number));
    return found == big_.end() ? nullptr : &found->second;
  }
  /// The place of `number`, and whether it is new.
  std::pair<T*, bool> emplace(const wire::Number& number, T value) {
    if (const auto small = number.small()) {
      const auto [place, added] = small_.try_emplace(*small, std::move(value));
      return {&place->second, added};
    }
    const auto [place, added] = big_.try_emplace(bytes_of_big(number), std::move(value));
    return {&place->second, added};
  }
  void erase(const wire::Number& number) {
    if (const auto small = number.small()) {
      small_.erase(*small);
    } else {
      big_.erase(bytes_of_big(number));
    }
  }
  [[nodiscard]] std::size_t size() const { return small_.size() + big_.size(); }

  /// Visits all in an order that depends on the numbers alone.
  template <class Visit>
  void for_each_in_order(Visit&& visit) {
    std::vector<std::pair<std::int64_t, T*>> sorted;
    sorted.reserve(small_.size());
    for (auto& [number, value] : small_) sorted.emplace_back(number, &value);
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [number, value] : sorted) visit(*value);
    for (auto& [number, value] : big_) visit(value);
  }

 private:
  static Bytes bytes_of_big(const wire::Number& number) {
    const Value value = number.to_value();
    return Bytes(value.bytes().begin(), value.bytes().end());
  }

  boost::unordered_flat_map<std::int64_t, T, ChosenNumberHash> small_;
  std::map<Bytes, T, BytesLess> big_;
};

}  // namespace avow::server
