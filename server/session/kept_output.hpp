#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "avow/base/result.hpp"
#include "server/session/outbox.hpp"

// What a session has told its client and the client has not acknowledged yet: what would be lost
// with the connection, and is told again on the next one. Each thing that is told has a number, one
// more than the one before. The bytes are those that wait in outboxes, never copies.

namespace avow::server {

/// What all sessions of a server may keep together.
struct KeptBudget {
  std::size_t bytes_max = 256 << 20;
  std::size_t bytes = 0;
};

class KeptOutput {
 public:
  struct Told {
    FrameType type{};
    std::vector<std::vector<Block>> packets;
    std::size_t size = 0;
  };

  /// The first thing to be kept gets the number after `told`. The newest may be of any size; what
  /// is older goes when all together would be more than `bytes_max`, or than `budget` has, which
  /// must outlive this.
  KeptOutput(std::uint64_t told, std::size_t bytes_max, KeptBudget& budget)
      : told_(told), bytes_max_(bytes_max), budget_(budget) {}
  ~KeptOutput() { budget_.bytes -= bytes_; }
  KeptOutput(const KeptOutput&) = delete;
  KeptOutput& operator=(const KeptOutput&) = delete;

  /// Returns whether everything that is not acknowledged is still there.
  bool add(FrameType type, std::vector<std::vector<Block>> packets);
  /// The client has everything up to `number`. Errors: `bad-acknowledgement` if that was never
  /// told.
  [[nodiscard]] Result<void> acknowledge(std::uint64_t number);
  /// Whether all that follows `number` can be told again.
  /// Errors: `bad-acknowledgement`; `session-gone` if some of it is not there any more.
  [[nodiscard]] Result<void> check_reach(std::uint64_t number) const;

  /// Whether something after `number` went because it was too much: whoever has not got it can
  /// never be told.
  [[nodiscard]] bool has_lost_after(std::uint64_t number) const { return number < lost_through_; }

  /// The number of what was told last.
  [[nodiscard]] std::uint64_t told() const { return told_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// In order. The last one has the number `told`.
  [[nodiscard]] const std::deque<Told>& unacknowledged() const { return kept_; }

 private:
  [[nodiscard]] bool is_over_limit() const {
    return bytes_ > bytes_max_ || budget_.bytes > budget_.bytes_max;
  }
  void forget_first();

  std::uint64_t told_;
  std::uint64_t lost_through_ = 0;
  std::size_t bytes_max_;
  KeptBudget& budget_;
  std::size_t bytes_ = 0;
  std::deque<Told> kept_;
};

}  // namespace avow::server
