#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "avow/base/result.hpp"

namespace avow::cli::bench {

/// Sees that each of the numbers below `count` comes once, in any order.
class Roll {
 public:
  explicit Roll(std::uint64_t count) : is_here_(count) {}
  /// False if it is no number, was none of them, or came before.
  [[nodiscard]] bool enter(std::optional<std::uint64_t> number) {
    if (!number || *number >= is_here_.size() || is_here_[*number]) return false;
    is_here_[*number] = true;
    ++entered_;
    return true;
  }
  [[nodiscard]] std::uint64_t entered() const { return entered_; }
  [[nodiscard]] std::uint64_t missing() const { return is_here_.size() - entered_; }

 private:
  std::vector<bool> is_here_;
  std::uint64_t entered_ = 0;
};

/// What `enter` has refused.
[[nodiscard]] inline Error not_once(std::optional<std::uint64_t> number) {
  if (!number) return {"lost", "A fact came that nobody published."};
  return {"lost", "The fact number " + std::to_string(*number) + " came twice, or never was."};
}
[[nodiscard]] inline std::string missing_of(const Roll& roll) {
  return std::to_string(roll.missing()) + " facts are missing, and the server is silent.";
}

}  // namespace avow::cli::bench
