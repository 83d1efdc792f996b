#include "server/engine/keeper/commit_plan.hpp"

#include <string>
#include <utility>

namespace avow::server {
namespace {

using OpKind = CommitOp::Kind;

Error guard_failed(const char* option, std::size_t index, const char* what) {
  return {"guard-failed", "Pattern " + std::to_string(index) + " of `" + option + "` " + what +
                              ", so nothing was done."};
}

}  // namespace

Result<CommitPlan> CommitCheck::run() {
  AVOW_TRY_VOID(check_guards());
  // What cannot be is said before what only is not yet: nobody waits in vain.
  for (const CommitOp& op : request_.ops) AVOW_TRY_VOID(check_op(op));
  if (growth_ > 0 && kept_.bytes() + growth_ > limits_.space_durable_bytes_max) {
    return Error{"quota", "The space would keep more than " +
                              std::to_string(limits_.space_durable_bytes_max) +
                              " bytes; drop some first."};
  }
  if (is_empty_) return Error{"empty", "No item is there that matches, so nothing was taken."};
  return std::move(plan_);
}

Result<void> CommitCheck::check_guards() const {
  const Dataspace& facts = space_.dataspace();
  for (std::size_t i = 0; i < request_.require.size(); ++i) {
    if (!facts.has_match(request_.require[i])) {
      return guard_failed("require", i, "matches no fact");
    }
  }
  for (std::size_t i = 0; i < request_.absent.size(); ++i) {
    if (facts.has_match(request_.absent[i])) return guard_failed("absent", i, "matches a fact");
  }
  return {};
}

Result<void> CommitCheck::check_op(const CommitOp& op) {
  switch (op.kind) {
    case OpKind::put:
      if (!kept_.has(op.value)) grow(op.value.bytes().size());
      return {};
    case OpKind::slot:
      grow(op.key.bytes().size() + op.value.bytes().size());
      return {};
    case OpKind::lease_to:
      grow(op.value.bytes().size());
      return check_lease(op.id);
    case OpKind::renew:
      return check_lease(op.id);
    case OpKind::end:
      AVOW_TRY_VOID(check_lease(op.id));
      ended_leases_.insert(op.id);
      return {};
    case OpKind::item:
      grow(op.value.bytes().size());
      own_items_.push_back({&op.value});
      return {};
    case OpKind::take:
      check_take(op.pattern);
      return {};
    case OpKind::ack:
      return check_ack(op.id);
    case OpKind::drop:
    case OpKind::clear_slot:
    case OpKind::send:
    case OpKind::outcome:
      break;
  }
  return {};
}

Result<void> CommitCheck::check_lease(std::uint64_t id) const {
  if (kept_.find_lease(id) != nullptr && !ended_leases_.contains(id)) return {};
  return Error{"unknown-lease",
               "There is no lease " + std::to_string(id) + ": it has ended, or never was."};
}

Result<void> CommitCheck::check_ack(std::uint64_t id) {
  const Items::Item* const item = kept_.items().find(id);
  const bool is_held = item != nullptr && item->holder == by_;
  if (is_held && gone_items_.insert(id).second) return {};
  return Error{"unknown-item", "This session does not hold the item " + std::to_string(id) +
                                   ": take it first, and acknowledge it once."};
}

void CommitCheck::check_take(const Pattern& pattern) {
  const auto may_be = [&](std::uint64_t id) { return !gone_items_.contains(id) && may_take_(id); };
  if (const std::optional<std::uint64_t> id = kept_.items().first(pattern, may_be)) {
    gone_items_.insert(*id);
    plan_.taken.push_back(*id);
  } else if (const std::optional<std::uint64_t> own = find_own_item(pattern)) {
    plan_.taken.push_back(*own | CommitPlan::own_item);
  } else {
    is_empty_ = true;
  }
}

std::optional<std::uint64_t> CommitCheck::find_own_item(const Pattern& pattern) {
  for (std::size_t i = 0; i < own_items_.size(); ++i) {
    if (own_items_[i].is_taken || !pattern.matches(*own_items_[i].value)) continue;
    own_items_[i].is_taken = true;
    return i;
  }
  return std::nullopt;
}

}  // namespace avow::server
