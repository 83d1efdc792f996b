#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "avow/base/result.hpp"
#include "server/base/ids.hpp"
#include "server/engine/keeper/commit_request.hpp"
#include "server/engine/keeper/kept.hpp"

// A commit is wholly checked before its first change. The check runs over the operations in order
// and minds what those before do (a lease that is ended, an item that is added or taken), so that
// what it has found possible is done without looking again.

namespace avow::server {

/// What of a commit depended on how things are.
struct CommitPlan {
  /// What each take takes, in order: the number of an item that is there; or, above `own_item`, the
  /// place among the items which the commit itself adds.
  std::vector<std::uint64_t> taken;
  static constexpr std::uint64_t own_item = std::uint64_t{1} << 63;
};

class CommitCheck {
 public:
  /// `by` is the session that commits; `may_take` says of an item whether it may be taken now.
  CommitCheck(const CommitRequest& request, const Space& space, Kept& kept, SessionId by,
              const EngineLimits& limits, std::function<bool(std::uint64_t)> may_take)
      : request_(request),
        space_(space),
        kept_(kept),
        by_(by),
        limits_(limits),
        may_take_(std::move(may_take)) {}

  /// Errors: `guard-failed` and `empty`, which may pass with time; `unknown-lease`, `unknown-item`,
  /// `quota`.
  [[nodiscard]] Result<CommitPlan> run();

 private:
  [[nodiscard]] Result<void> check_guards() const;
  [[nodiscard]] Result<void> check_op(const CommitOp& op);
  [[nodiscard]] Result<void> check_lease(std::uint64_t id) const;
  [[nodiscard]] Result<void> check_ack(std::uint64_t id);
  void grow(std::size_t bytes) { growth_ += bytes; }
  void check_take(const Pattern& pattern);
  [[nodiscard]] std::optional<std::uint64_t> find_own_item(const Pattern& pattern);

  struct OwnItem {
    const Value* value = nullptr;
    bool is_taken = false;
  };

  const CommitRequest& request_;
  const Space& space_;
  Kept& kept_;
  SessionId by_;
  const EngineLimits& limits_;
  std::function<bool(std::uint64_t)> may_take_;

  CommitPlan plan_;
  std::set<std::uint64_t> ended_leases_;
  std::set<std::uint64_t> gone_items_;  // Taken or acknowledged before.
  std::vector<OwnItem> own_items_;
  std::size_t growth_ = 0;
  bool is_empty_ = false;  // A take found nothing.
};

/// Whether what was refused with this code may be possible later.
[[nodiscard]] inline bool may_pass(const Error& error) {
  return error.code == "guard-failed" || error.code == "empty";
}

}  // namespace avow::server
