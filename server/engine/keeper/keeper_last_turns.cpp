#include <string>
#include <utility>

#include "avow/model/builder.hpp"
#include "server/engine/keeper/keeper.hpp"
#include "server/engine/keeper/keepers.hpp"
#include "server/engine/turn_journal.hpp"

// What a session wants to be done when it is lost. It is written down when it is asked for, and
// taken out in the turn that does it: so it is done once, whatever happens to the server. A restart
// loses all sessions; then it is done when the grace of its session is over, unless whoever knows
// its name has taken it over or made it impossible by then.

namespace avow::server {
namespace {

Value written_form(Milliseconds grace, ValueView request) {
  Builder builder;
  builder.begin_sequence().integer(static_cast<std::uint64_t>(grace.count()));
  builder.value(*request.element(0)).value(*request.element(1)).end();
  return builder.finish().value();
}

}  // namespace

void Keeper::promise(TurnRun& run, Level wanted) {
  if (all_.level_in(space_, wanted) == Level::durable) run.parts().journal.promise();
}

void Keeper::ask_last_turn(TurnRun& run, std::uint32_t place, ValueView request) {
  Result<CommitRequest> what = read_last_turn(request, all_.limits());
  if (!what) return refuse(run, place, what.error());
  if (const Result<void> good = check_last_turn(*what); !good) {
    return refuse(run, place, good.error());
  }
  LastTurn last{.what = std::move(what).value(),
                .written = written_form(run.by()->grace, request),
                .asked = place};
  if (kept_.bytes() + last.written.bytes().size() > all_.limits().space_durable_bytes_max) {
    return refuse(run, place, {"quota", "The space keeps too much already; drop some first."});
  }
  if (last.what.identity) withdraw_last_turn_named(run, *last.what.identity);
  const Level level = all_.level_in(space_, last.what.level);
  if (level == Level::durable) run.parts().journal.promise();
  const std::uint64_t id = all_.next_id();
  requests_[place].last_turn = id;
  add_last_turn(run, id, std::move(last));
  answer(run, place, done_answer(done_at(run, level)));
}

Result<void> Keeper::check_last_turn(const CommitRequest& what) const {
  AVOW_TRY_VOID(all_.check_writable());
  if (!what.identity) return {};
  const Outcome* const known = all_.outcomes().find(*what.identity);
  if (known == nullptr) {
    // What is still to come has not been forgotten.
    if (all_.last_turn_names().find(*what.identity)) return {};
    return check_remembered(*what.identity);
  }
  if (known->kind == StoredOutcome::Kind::impossible) {
    return Error{"impossible",
                 "Somebody asked for the outcome of the turn of this name, so it never will be "
                 "done; choose another turn id."};
  }
  return Error{"already-done", "The turn of this name has been done, at revision " +
                                   std::to_string(known->revision) + "; choose another turn id."};
}

void Keeper::add_last_turn(TurnRun& run, std::uint64_t id, LastTurn last) {
  if (last.what.identity) all_.last_turn_names().add(*last.what.identity, {this, id});
  kept_.add_last_turn(run, id, std::move(last));
  hold_itself();
}

LastTurn Keeper::remove_last_turn(TurnRun& run, std::uint64_t id) {
  LastTurn last = kept_.remove_last_turn(run, id);
  if (last.what.identity) all_.last_turn_names().remove(*last.what.identity);
  all_.deadlines().cancel(last.deadline);
  return last;
}

void Keeper::let_last_turn_go(TurnRun& run, std::uint64_t id, Cause cause) {
  LastTurn& last = kept_.last_turn(id);
  last.asked.reset();
  // The next start finds it, and gives its owner time to come back.
  if (cause == Cause::server_restart) return;
  const Level level = last.what.level;
  const Milliseconds delay = last.what.delay.value_or(Milliseconds{0});
  if (cause != Cause::session_lost) {
    (void)remove_last_turn(run, id);
    hold_itself();
  } else if (delay > Milliseconds{0}) {
    last.deadline = all_.deadlines().add(delay, {this, Deadlines::Due::Kind::last_turn, id});
    kept_.end_grace(run, id);
  } else {
    return all_.note_lost(*this, id);
  }
  promise(run, level);
}

void Keeper::withdraw_last_turn_named(TurnRun& run, const TurnIdentity& name) {
  const std::optional<LastTurnAt> at = all_.last_turn_names().find(name);
  if (at) at->keeper->withdraw_last_turn(run, at->id);
}

void Keeper::withdraw_last_turn(TurnRun& run, std::uint64_t id) {
  const LastTurn last = remove_last_turn(run, id);
  hold_itself();
  promise(run, last.what.level);
  if (!last.asked) return;
  Request& request = requests_[*last.asked];
  request.last_turn = 0;
  const std::vector<EchoId> before = std::exchange(request.answers, {});
  answer(run, *last.asked, record("withdrawn", space_.revision()));
  for (const EchoId echo : before) run.parts().echoes.retract(run, echo, Cause::superseded);
}

void Keeper::run_last_turn(TurnRun& run, std::uint64_t id) {
  const LastTurn last = remove_last_turn(run, id);
  promise(run, last.what.level);
  const bool is_known = last.what.identity && all_.outcomes().find(*last.what.identity) != nullptr;
  const Result<CommitPlan> made = plan(last.what, SessionId{}, InLine::no);
  // Where it cannot be done there is nobody to be told why.
  if (!is_known && made) apply(run, std::nullopt, SessionId{}, last.what, *made);
  hold_itself();
}

Result<void> Keeper::recover_last_turn(TurnRun& run, std::uint64_t id, Value written) {
  const ValueView view = written.view();
  const bool is_one = view.kind() == Kind::sequence && view.element_count() == 3;
  const std::optional<std::int64_t> grace = is_one ? view.element(0)->as_int64() : std::nullopt;
  if (!grace || *grace < 0) return bad_request("A last turn is [grace [operation …] {options}].");
  const Value request = record("last-turn", *view.element(1), *view.element(2));
  AVOW_TRY(CommitRequest what, read_last_turn(request, all_.limits()));
  LastTurn last{.what = std::move(what), .written = std::move(written), .asked = std::nullopt};
  const Milliseconds delay = last.what.delay.value_or(Milliseconds{0});
  last.deadline = all_.deadlines().add(Milliseconds{*grace} + delay,
                                       {this, Deadlines::Due::Kind::last_turn, id});
  add_last_turn(run, id, std::move(last));
  return {};
}

}  // namespace avow::server
