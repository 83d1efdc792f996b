#pragma once

#include <algorithm>
#include <cstddef>

// What all outboxes of a server may hold together. Each of them may have as much as is still free,
// and so leaves as much to all others: the fullest ones reach their limit first, and none of them
// has to be looked for. (Known from the buffers of switches as dynamic thresholds: Choudhury and
// Hahne, IEEE/ACM Transactions on Networking 6(2), 1998.) A little each may always have, so that
// those who read are not harmed by those who do not.
//
// Bytes that several outboxes share count in each of them: so this is more than the memory that
// they take, never less.

namespace avow::server {

struct OutboxBudget {
  static constexpr std::size_t assured_bytes = 64 << 10;

  std::size_t bytes_max = 256 << 20;
  /// In all of them, what is being written included.
  std::size_t bytes = 0;

  [[nodiscard]] bool has_room(std::size_t more) const { return bytes + more <= bytes_max; }
  /// What may wait in one of them.
  [[nodiscard]] std::size_t share() const {
    return std::max(assured_bytes, bytes_max - std::min(bytes, bytes_max));
  }
};

}  // namespace avow::server
