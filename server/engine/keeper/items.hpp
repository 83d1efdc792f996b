#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/model/pattern.hpp"
#include "avow/model/value.hpp"
#include "server/base/hash.hpp"
#include "server/base/ids.hpp"

// The bag: values, each with a number of its own, the oldest first. An item is there for all, or
// held by the session that took it and hidden from everybody else.

namespace avow::server {

class Items {
 public:
  struct Item {
    Value value;
    SessionId holder{};  ///< Zero: it is there for all.
  };

  /// Numbers rise.
  void add(std::uint64_t id, Value value);
  /// An item that is there was taken by `holder`.
  void hold(std::uint64_t id, SessionId holder);
  /// An item that is held is there again, in its old place.
  void give_back(std::uint64_t id);
  /// Ends an item; its value.
  Value remove(std::uint64_t id);

  /// Valid until another is added.
  [[nodiscard]] const Item* find(std::uint64_t id) const;
  /// The items that a session holds, the oldest first.
  [[nodiscard]] std::vector<std::uint64_t> held_by(SessionId session) const;
  [[nodiscard]] std::size_t size() const { return items_.size(); }

  /// The oldest item that is there, matches, and which `may_be` taken. Cost: a match for each older
  /// one with the same label.
  template <class MayBe>
  [[nodiscard]] std::optional<std::uint64_t> first(const Pattern& pattern, MayBe&& may_be) const {
    const Numbers* const numbers = candidates(pattern);
    if (numbers == nullptr) return std::nullopt;
    for (const std::uint64_t id : *numbers) {
      if (may_be(id) && pattern.matches(items_.at(id).value)) return id;
    }
    return std::nullopt;
  }

 private:
  using Numbers = std::set<std::uint64_t>;

  [[nodiscard]] const Numbers* candidates(const Pattern& pattern) const;
  void show(std::uint64_t id, const Value& value);
  void hide(std::uint64_t id, const Value& value);

  struct NumberHash {
    using is_avalanching = void;
    std::size_t operator()(std::uint64_t id) const { return scatter(id); }
  };
  // A label is looked for without a copy of it.
  struct LabelLess {
    using is_transparent = void;
    bool operator()(ByteView a, ByteView b) const { return compare(a, b) < 0; }
  };

  boost::unordered_flat_map<std::uint64_t, Item, NumberHash> items_;  // Never walked over.
  // Those that are there: all, and by the labels of records; all else is under no label.
  Numbers there_;
  std::map<Bytes, Numbers, LabelLess> by_label_;
  std::map<SessionId, Numbers> held_;
};

}  // namespace avow::server
