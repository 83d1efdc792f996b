#pragma once

#include <cstdint>
#include <optional>

#include "avow/base/result.hpp"
#include "avow/model/delivery_policy.hpp"

// What an observer may still be told. A turn is told it whole or not at all: as long as anything is
// left of each kind, one more is told, of whatever size. What that takes too much is owed, and
// taken from what is granted next.

namespace avow::server {

class GrantedCredit {
 public:
  explicit GrantedCredit(const DeliveryCredit& begin);

  /// Adds to what is left, of each kind that has a limit. Errors: `limit`, if that would be more
  /// than `credit_max`; then nothing is added.
  [[nodiscard]] Result<void> add(const DeliveryCredit& more);
  /// Whether the turn with that number may tell anything: one that has begun to may go on.
  [[nodiscard]] bool covers(std::uint64_t seq) const { return seq == telling_ || is_left(); }
  [[nodiscard]] bool is_left() const;
  /// That turn, which is covered, tells so much more.
  void take(std::uint64_t seq, std::size_t bytes);

 private:
  std::optional<std::int64_t> turns_;
  std::optional<std::int64_t> bytes_;
  std::uint64_t telling_ = 0;  // The last turn that told anything.
};

}  // namespace avow::server
