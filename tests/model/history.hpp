#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "avow/model/value.hpp"
#include "server/base/cause.hpp"

// Random histories of a dataspace, and how a failing one is made small.

namespace avow::test {

struct Act {
  enum class Kind : std::uint8_t { publish, retract, send };
  Kind kind{};
  Value value;  ///< Of a retraction: the fact that loses one support; nothing happens without one.
  server::Cause cause = server::Cause::none;
};

struct HistoryTurn {
  bool step_by_step = false;
  std::vector<Act> acts;
  std::vector<Value> queries;  ///< Asked afterwards: `Observe` values.
};

using History = std::vector<HistoryTurn>;

[[nodiscard]] History random_history(std::uint64_t seed, std::size_t turns);
/// One line for each act.
[[nodiscard]] std::string to_text(const History& history);
/// A smaller history of which `fails` still holds: no turn, act or query can be left out of it.
[[nodiscard]] History shrink(History history, const std::function<bool(const History&)>& fails);

}  // namespace avow::test
