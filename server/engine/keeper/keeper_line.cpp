#include <algorithm>
#include <string>
#include <utility>

#include "server/engine/keeper/keeper.hpp"
#include "server/engine/keeper/keepers.hpp"

// Who waits at a keeper: commits stand in line, by arrival. Whoever came first goes first, if it
// can; who cannot go yet is passed by. One in line could not go when the line was looked at last,
// so only what is different since then is a reason to look again: an item that came, for those with
// a take that it matches; a change in the space, for those with guards; the end of an item or lease
// that they name, for those who now wait in vain.

namespace avow::server {

using OpKind = CommitOp::Kind;

void Keeper::stand_in_line(std::uint32_t place, CommitRequest commit) {
  Request& request = requests_[place];
  request.deadline =
      all_.deadlines().add(*commit.timeout, {this, Deadlines::Due::Kind::request, place});
  if (has_guards(commit)) ++guards_waiting_;
  request.commit = std::make_unique<CommitRequest>(std::move(commit));
  request.arrival = ++last_arrival_;
  request.since_ms = all_.wall_ms();
  line_.emplace(request.arrival, place);
}

std::unique_ptr<CommitRequest> Keeper::leave_line(Request& request) {
  std::unique_ptr<CommitRequest> commit = std::move(request.commit);
  if (commit == nullptr) return nullptr;
  if (has_guards(*commit)) --guards_waiting_;
  line_.erase(request.arrival);
  all_.deadlines().cancel(request.deadline);
  return commit;
}

bool Keeper::has_guards(const CommitRequest& commit) {
  return !commit.require.empty() || !commit.absent.empty();
}

bool Keeper::wants(const CommitRequest& commit, std::uint64_t item) const {
  const Value& value = kept_.items().find(item)->value;
  return std::any_of(commit.ops.begin(), commit.ops.end(), [&](const CommitOp& op) {
    return op.kind == OpKind::take && op.pattern.matches(value);
  });
}

bool Keeper::is_wanted_by_line(std::uint64_t item) const {
  return std::any_of(line_.begin(), line_.end(), [&](const auto& in_line) {
    return wants(*requests_[in_line.second].commit, item);
  });
}

bool Keeper::may_be_ready(const CommitRequest& commit) const {
  if (facts_changed_ && has_guards(commit)) return true;
  const bool waits_in_vain =
      !gone_.empty() && std::any_of(commit.ops.begin(), commit.ops.end(),
                                    [&](const CommitOp& op) { return gone_.contains(op.id); });
  if (waits_in_vain) return true;
  return std::any_of(fresh_.begin(), fresh_.end(),
                     [&](std::uint64_t item) { return wants(commit, item); });
}

void Keeper::item_came(std::uint64_t item) {
  if (line_.empty()) return;
  fresh_.insert(item);
  all_.note_work(*this);
}

void Keeper::id_went(std::uint64_t id) {
  if (line_.empty()) return;
  gone_.insert(id);
  all_.note_work(*this);
}

void Keeper::look_at_line() {
  if (!line_.empty()) all_.note_work(*this);
}

void Keeper::space_changed() {
  if (guards_waiting_ == 0) return;
  facts_changed_ = true;
  all_.note_work(*this);
}

std::optional<std::uint32_t> Keeper::next_ready() {
  for (const auto& [arrival, place] : line_) {
    const CommitRequest& commit = *requests_[place].commit;
    if (commit.identity && all_.outcomes().find(*commit.identity) != nullptr) return place;
    if (!may_be_ready(commit)) continue;
    const Result<CommitPlan> made = plan(commit, requests_[place].by, InLine::yes);
    if (made || !may_pass(made.error())) return place;
  }
  fresh_.clear();
  gone_.clear();
  facts_changed_ = false;
  return std::nullopt;
}

void Keeper::serve(TurnRun& run, std::uint32_t place) {
  const std::unique_ptr<CommitRequest> commit = leave_line(requests_[place]);
  run.wait_for(space_.durable_seq());
  const Result<void> done = try_commit(run, place, *commit, InLine::yes);
  if (!done) refuse(run, place, done.error());
}

void Keeper::time_out(TurnRun& run, std::uint32_t place) {
  const std::unique_ptr<CommitRequest> commit = leave_line(requests_[place]);
  run.wait_for(space_.durable_seq());
  Error why{"empty", "The time is over."};
  const Result<CommitPlan> made = plan(*commit, requests_[place].by, InLine::yes);
  if (!made) why = made.error();
  why.detail += " It waited " + std::to_string(commit->timeout->count()) + " ms.";
  refuse(run, place, why);
}

}  // namespace avow::server
