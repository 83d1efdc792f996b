#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "server/store/stored.hpp"

// Last turns by the names that clients gave to them. A name is good in all spaces, as it is for
// commits: what has the same name is the same turn, so there is at most one last turn of a name.

namespace avow::server {

class Keeper;

/// Where a last turn is kept.
struct LastTurnAt {
  Keeper* keeper = nullptr;
  std::uint64_t id = 0;
};

class LastTurnNames {
 public:
  /// The name must be free.
  void add(const TurnIdentity& name, LastTurnAt at) { names_.emplace(key_of(name), at); }
  void remove(const TurnIdentity& name) { names_.erase(key_of(name)); }
  [[nodiscard]] std::optional<LastTurnAt> find(const TurnIdentity& name) const {
    const auto found = names_.find(key_of(name));
    if (found == names_.end()) return std::nullopt;
    return found->second;
  }

 private:
  using Key = std::pair<std::array<std::uint8_t, 16>, std::uint64_t>;
  static Key key_of(const TurnIdentity& name) { return {name.client, name.number}; }

  std::map<Key, LastTurnAt> names_;
};

}  // namespace avow::server
