#include <string>
#include <utility>

#include "server/engine/keeper/keeper.hpp"
#include "server/engine/keeper/keepers.hpp"
#include "server/engine/turn_journal.hpp"

// How a keeper does a commit.

namespace avow::server {

using OpKind = CommitOp::Kind;

void Keeper::ask_commit(TurnRun& run, std::uint32_t place, ValueView request) {
  CommitRequest unkept;
  const Result<const CommitRequest*> read = reader_.read(request, all_.limits(), unkept);
  if (!read) return refuse(run, place, read.error());
  const CommitRequest& commit = **read;
  const Result<void> done = try_commit(run, place, commit, InLine::no);
  if (done) return;
  const bool waits = may_pass(done.error()) && commit.timeout && commit.timeout->count() > 0;
  if (!waits) return refuse(run, place, done.error());
  stand_in_line(place, commit);
}

Result<void> Keeper::try_commit(TurnRun& run, std::uint32_t place, const CommitRequest& commit,
                                InLine in_line) {
  AVOW_TRY(const bool is_replayed, try_replay(run, place, commit));
  if (is_replayed) return {};
  AVOW_TRY_VOID(check_outcomes(commit));
  if (commit.is_lasting()) AVOW_TRY_VOID(all_.check_writable());
  AVOW_TRY(const CommitPlan made, plan(commit, requests_[place].by, in_line));
  apply(run, place, requests_[place].by, commit, made);
  return {};
}

Result<CommitPlan> Keeper::plan(const CommitRequest& commit, SessionId by, InLine in_line) {
  // An item that has just come is for those who stand in line for it, before all others.
  const auto may_take = [this, in_line](std::uint64_t item) {
    return in_line == InLine::yes || !fresh_.contains(item) || !is_wanted_by_line(item);
  };
  return CommitCheck(commit, space_, kept_, by, all_.limits(), may_take).run();
}

// ---- turn ids -------------------------------------------------------------------------------

Result<bool> Keeper::try_replay(TurnRun& run, std::uint32_t place, const CommitRequest& commit) {
  if (!commit.identity) return false;
  const Outcome* const known = all_.outcomes().find(*commit.identity);
  if (known == nullptr) {
    AVOW_TRY_VOID(check_remembered(*commit.identity));
    return false;
  }
  // A name is known in all spaces: it may have been another keeper that did the turn.
  if (run.parts().journal.records()) run.wait_for(known->seq);
  if (known->kind == StoredOutcome::Kind::impossible) {
    return Error{"impossible",
                 "Somebody asked for the outcome of this turn before it came, so it never will be "
                 "done; send it under another turn id."};
  }
  const SessionId by = requests_[place].by;
  for (const std::uint64_t id : items_taken(known->answer)) {
    const Items::Item* const item = kept_.items().find(id);
    // Back since its holder's session ended: the same turn has it again.
    if (item != nullptr && item->holder == SessionId{}) hold_item(run, id, by);
  }
  Unanswered replay;
  replay.kind = Unanswered::Kind::replay;
  replay.place = place;
  replay.identity = commit.identity;
  answer_later(run, std::move(replay));
  return true;
}

Result<void> Keeper::check_remembered(const TurnIdentity& identity) const {
  if (!all_.outcomes().may_be_forgotten(identity)) return {};
  return Error{"turn-id-too-old",
               "What came of turns of this client with such low numbers is forgotten; number new "
               "turns upwards."};
}

Result<void> Keeper::check_outcomes(const CommitRequest& commit) const {
  for (const CommitOp& op : commit.ops) {
    if (op.kind != OpKind::outcome || all_.outcomes().find(op.identity) != nullptr) continue;
    AVOW_TRY_VOID(check_remembered(op.identity));
    AVOW_TRY_VOID(all_.check_writable());  // That it never came is to be written down.
  }
  return {};
}

OpResult Keeper::apply_outcome(TurnRun& run, const TurnIdentity& identity) {
  using Kind = OpResult::Kind;
  if (const Outcome* const known = all_.outcomes().find(identity)) {
    if (run.parts().journal.records()) run.wait_for(known->seq);
    if (known->kind == StoredOutcome::Kind::impossible) return {Kind::impossible};
    return {Kind::committed, known->revision, known->seq};
  }
  const std::uint64_t seq = run.turn().seq();
  withdraw_last_turn_named(run, identity);
  all_.outcomes().add(identity, {StoredOutcome::Kind::impossible, seq, 0, all_.wall_ms()});
  run.parts().journal.add_outcome(
      {StoredOutcome::Kind::impossible, identity, seq, all_.wall_ms(), {}});
  // It may stand in line at another keeper.
  all_.for_each([](Keeper& keeper) { keeper.look_at_line(); });
  return {Kind::impossible};
}

// ---- doing ----------------------------------------------------------------------------------

void Keeper::apply(TurnRun& run, std::optional<std::uint32_t> place, SessionId by,
                   const CommitRequest& commit, const CommitPlan& made) {
  Unanswered done;
  done.kind = Unanswered::Kind::commit;
  done.place = place;
  done.identity = commit.identity;
  done.level = all_.level_in(space_, commit.level);
  std::vector<std::uint64_t> own_items;
  auto taken = made.taken.begin();
  for (const CommitOp& op : commit.ops) {
    if (op.kind == OpKind::take) {
      const std::uint64_t item = *taken++;
      const bool is_own = (item & CommitPlan::own_item) != 0;
      done.results.push_back(apply_take(
          run, is_own ? own_items[item & ~CommitPlan::own_item] : item, by, commit.consumes));
    } else {
      done.results.push_back(apply_op(run, op));
      if (op.kind == OpKind::item) own_items.push_back(done.results.back().number);
    }
  }
  if (done.level == Level::durable) {
    run.parts().journal.promise();
    run.wait_for(space_.written_seq());  // Of a fact that is there already, it is said too.
  }
  if (commit.identity) {
    withdraw_last_turn_named(run, *commit.identity);
    all_.outcomes().add(*commit.identity, {StoredOutcome::Kind::committed, run.turn().seq(),
                                           space_.revision(), all_.wall_ms()});
    look_at_line();  // The same turn may stand there a second time.
  }
  hold_itself();
  answer_later(run, std::move(done));
}

OpResult Keeper::apply_op(TurnRun& run, const CommitOp& op) {
  using Kind = OpResult::Kind;
  const auto flag = [](bool changed) {
    return OpResult{changed ? Kind::changed : Kind::unchanged};
  };
  switch (op.kind) {
    case OpKind::put:
      return flag(kept_.put(run, op.value));
    case OpKind::drop:
      return flag(kept_.drop(run, op.value));
    case OpKind::slot:
      return flag(kept_.set_slot(run, op.key, op.value));
    case OpKind::clear_slot:
      return flag(kept_.clear_slot(run, op.key));
    case OpKind::lease_to:
      return flag(kept_.attach(run, op.id, op.value));
    case OpKind::renew:
      renew(op.id);
      return flag(true);
    case OpKind::end:
      end_lease(run, op.id, Cause::retracted);
      return flag(true);
    case OpKind::item: {
      const std::uint64_t id = all_.next_id();
      kept_.add_item(run, id, op.value);
      item_came(id);
      return {Kind::item, id};
    }
    case OpKind::ack:
      consume(run, op.id);
      return flag(true);
    case OpKind::send:
      return {Kind::sent, space_.send(run, op.value)};
    case OpKind::outcome:
      return apply_outcome(run, op.identity);
    case OpKind::take:
      break;  // See apply_take.
  }
  return flag(false);
}

OpResult Keeper::apply_take(TurnRun& run, std::uint64_t item, SessionId by, bool consumes) {
  using Kind = OpResult::Kind;
  if (consumes) return {Kind::taken_for_good, item, 0, consume(run, item)};
  hold_item(run, item, by);
  return {Kind::taken, item, 0, kept_.items().find(item)->value};
}

Value Keeper::consume(TurnRun& run, std::uint64_t item) {
  count_held(kept_.items().find(item)->holder, -1);
  fresh_.erase(item);
  id_went(item);
  return kept_.remove_item(run, item);
}

void Keeper::hold_item(TurnRun& run, std::uint64_t item, SessionId by) {
  fresh_.erase(item);
  kept_.hold_item(run, item, by);
  count_held(by, 1);
}

void Keeper::return_items(TurnRun& run, SessionId session) {
  for (const std::uint64_t item : kept_.items().held_by(session)) {
    kept_.give_back_item(run, item);
    item_came(item);
  }
}

void Keeper::count_held(SessionId holder, int change) {
  ClientSession* const session = all_.sessions().find(holder);
  if (session != nullptr) session->items_held += static_cast<std::uint32_t>(change);
}

}  // namespace avow::server
