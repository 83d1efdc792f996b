#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "avow/client/space.hpp"
#include "avow/model/value.hpp"

// What one subscription has been told. It outlives the connection: when the server tells a new
// snapshot (after a reconnection, or because it could not tell every change), only what truly
// differs from what had been told becomes a change.

namespace avow {

/// One thing that a subscription's holder learns: `captures` came, or went.
struct ViewChange {
  bool appears = false;
  Value captures;
};

class View {
 public:
  using Normalise = std::function<std::optional<Value>(ValueView captures)>;

  explicit View(Normalise normalise = {}) : normalise_(std::move(normalise)) {}

  /// A snapshot is about to be told. All that was told before stands until it is complete.
  void begin_snapshot();
  /// Captures are there, under a handle that their removal will name.
  [[nodiscard]] std::optional<ViewChange> add(std::uint64_t handle, const Value& captures);
  [[nodiscard]] std::optional<ViewChange> remove(std::uint64_t handle);
  /// On a new connection only what has changed is about to be told. What was told before stands;
  /// the handles of it are not known any more, so removals name the captures.
  void go_on() { by_handle_.clear(); }
  [[nodiscard]] std::optional<ViewChange> remove(std::uint64_t handle, const Value& captures);
  /// The snapshot is complete: what was told before and is not in it is gone, in byte order.
  [[nodiscard]] std::vector<ViewChange> end_snapshot();
  /// The captures in the form in which they are told; nothing if they are not wanted at all.
  [[nodiscard]] std::optional<Value> normalised(const Value& captures) const;

  [[nodiscard]] std::size_t size() const { return told_.size(); }

 private:
  struct ByBytes {
    bool operator()(const Value& a, const Value& b) const {
      return compare(a.bytes(), b.bytes()) < 0;
    }
  };
  // How many handles stand for what was told. None: it was told before the snapshot that is being
  // told now, which has not named it yet.
  using Told = std::map<Value, std::uint32_t, ByBytes>;

  Normalise normalise_;
  Told told_;
  std::unordered_map<std::uint64_t, Told::iterator> by_handle_;
};

}  // namespace avow
