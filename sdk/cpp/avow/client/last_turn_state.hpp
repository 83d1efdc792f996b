#pragma once

#include <functional>

#include "avow/client/core.hpp"
#include "avow/wire/keeper.hpp"

namespace avow {

/// A last turn, and how it is said again.
struct Core::LastTurnState {
  Value operations{};
  wire::keeper::CommitOptions what{};
  bool has_own_name = false;  ///< Ours: a fresh one each time that it is used up.
  ClientId request = 0;
  OnKept then{};  ///< Until it is kept for the first time.
  std::function<void()> on_done{};
  std::function<void(const Error&)> on_over{};
};

}  // namespace avow
