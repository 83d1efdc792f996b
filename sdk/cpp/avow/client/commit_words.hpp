#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "avow/client/commit.hpp"
#include "avow/client/held_item.hpp"
#include "avow/wire/keeper.hpp"

namespace avow {

/// What a commit says to the keeper. Apart from it, so that users need no headers of the wire.
struct Commit::Words {
  wire::keeper::Operations operations{};
  wire::keeper::CommitOptions options{};
  std::vector<std::shared_ptr<HeldItem>> acknowledged{};
  /// It changes nothing that the end of the session would not undo.
  bool only_takes = true;
  std::optional<Error> error{};  ///< The first thing that is wrong with it.

  /// For an operation that lasts.
  [[nodiscard]] wire::keeper::Operations& lasting() {
    only_takes = false;
    return operations;
  }
  void note(const Error& wrong) {
    if (!error) error = wrong;
  }
  void add_pattern(std::vector<Value>& to, const Query& query);
};

}  // namespace avow
