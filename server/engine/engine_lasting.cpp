#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "avow/base/check.hpp"
#include "server/engine/engine_state.hpp"

// What an engine does when time passes, and when its journal speaks.

namespace avow::server {

void Engine::State::pass_time(Moment time) {
  if (time < now || has_failed) return;
  now = time;
  keepers.advance(now);
  while (const std::optional<Deadlines::Due> due = keepers.deadlines().take_due()) run_due(*due);
  run_marks();
  tell_conflated();
  tell_progress();
  if (system.is_due(now)) tell_system();
}

void Engine::State::tick(Moment time) {
  pass_time(time);
  if (has_failed) return;
  catch_up();
  index_some();
}

// What has been told of a space stands before this in each session's order. Nothing is said where
// nothing has happened since.
void Engine::State::tell_progress() {
  std::map<SessionId, std::pair<std::unique_ptr<OutboundTurnWriter>, std::uint64_t>> told;
  for (ProgressMarks::Mark* const mark : subscriptions.progress_marks().take_due(now)) {
    const ClientSession* const session = subscriptions.session_of(*mark);
    if (session == nullptr || subscriptions.owes(*mark)) continue;
    if (mark->told == mark->space->revision()) continue;
    mark->told = mark->space->revision();
    auto& [writer, cause] = told[session->id];
    if (writer == nullptr) writer = parts.take_writer();
    writer->add_progress(subscriptions.progress_of(*mark));
    cause = std::max(cause, mark->space->durable_seq());
  }
  if (told.empty()) return;
  parts.content.begin(turns.seq());
  for (auto& [session, notices] : told) {
    auto& [writer, cause] = notices;
    writer->finish(parts.content.content(), false);
    gate.pass(*sessions.find(session), writer, cause);
    parts.give_back(std::move(writer));
  }
}

void Engine::State::let_catch_up(ClientSession& session) {
  const bool has_something = !session.late.empty() || subscriptions.has_part(session);
  if (!session.is_behind && has_something) catching_up.add(session);
}

// Whoever is not done stands in line again: so nobody waits for one that has missed very much, or
// has very much to be told.
void Engine::State::catch_up() {
  std::size_t changes_left = options.limits.catch_up_changes_max;
  while (changes_left > 0) {
    ClientSession* const session = catching_up.next();
    if (session == nullptr) return;
    if (session->is_behind || session->port == nullptr) continue;
    const bool is_late = !session->late.empty();
    if (!is_late && (!subscriptions.has_part(*session) || !session->port->has_room())) continue;
    begin_root(nullptr);
    run_turn(0, false, [&](TurnRun& run) {
      const std::size_t changes = is_late ? subscriptions.let_catch_up(run, *session, changes_left)
                                          : subscriptions.tell_part(run, *session);
      changes_left -= std::min(changes, changes_left);
      run.settle();
    });
    run_rest();
    if (!is_late) return;  // A part of a snapshot is a step by itself.
  }
}

void Engine::State::let_index(const Space& space) {
  if (space.dataspace().is_indexing()) indexing.insert(space.id());
}

void Engine::State::index_some() {
  if (indexing.empty()) return;
  const auto next = indexing.upper_bound(indexed);
  indexed = next != indexing.end() ? *next : *indexing.begin();
  if (!index_some(indexed)) indexing.erase(indexed);
}

// Whoever asks a space that is gone is told so.
bool Engine::State::index_some(SpaceId id) {
  if (Space* const space = spaces.find(id)) {
    begin_search(*space);
    space->index_some();
    answer_found(*space);
    return space->dataspace().is_indexing() || line.first(id) != nullptr;
  }
  if (line.first(id) != nullptr) answer_first(id);
  return line.first(id) != nullptr;
}

void Engine::State::tell_system() {
  Space* const space = spaces.system();
  if (space == nullptr) return;
  SystemSpace::View view;
  if (options.journal != nullptr) view.log = options.journal->span();
  if (space->is_asked_for_a_look()) view.seen = look(spaces, sessions, keepers);
  if (!system.is_news(*space, view)) return;
  begin_root(nullptr);
  run_turn(0, false, [&](TurnRun& run) {
    system.tell(run, *space, options.epoch, view);
    run.settle();
  });
  end_closed();
}

void Engine::State::greet_system() {
  const Space* const space = spaces.system();
  if (space != nullptr && !system.is_told_in(*space)) tell_system();
}

void Engine::State::run_due(const Deadlines::Due& due) {
  const bool is_request = due.kind == Deadlines::Due::Kind::request;
  const auto place = static_cast<std::uint32_t>(due.number);
  begin_root(is_request ? sessions.find(due.keeper->asker_of(place)) : nullptr);
  run_turn(0, false, [&](TurnRun& run) {
    switch (due.kind) {
      case Deadlines::Due::Kind::request:
        due.keeper->time_out(run, place);
        break;
      case Deadlines::Due::Kind::lease:
        due.keeper->expire(run, due.number);
        break;
      case Deadlines::Due::Kind::last_turn:
        due.keeper->run_last_turn(run, due.number);
        break;
    }
    run.settle();
  });
  run_rest();
}

// All that is to be written down again goes in one turn.
void Engine::State::run_marks() {
  std::optional<Deadlines::Due> due = keepers.marks().take_due();
  if (!due) return;
  begin_root(nullptr);
  run_turn(0, false, [&](TurnRun& run) {
    for (; due; due = keepers.marks().take_due()) due->keeper->mark(run, due->number);
    run.settle();
  });
}

Result<HistoryStart> Engine::State::recover(const Recovery::Progress& progress) {
  AVOW_CHECK(options.journal != nullptr && sessions.size() == 0);
  const auto run = [this](const std::function<void(TurnRun&)>& apply) {
    run_turn(0, false, [&](TurnRun& turn) {
      apply(turn);
      turn.settle();
    });
  };
  Recovery recovery(spaces, keepers, references, subscriptions, run, progress);
  AVOW_TRY(HistoryStart start, options.journal->recover(recovery));
  AVOW_TRY_VOID(recovery.finish());
  sweep();
  options.epoch = start.epoch;
  turns.go_on_above(start.above);
  spaces.go_on_above(start.above);
  keepers.go_on_above(start.above);
  numbers.begin(*options.journal, start.above, start.through);
  gate.note_committed(start.above);
  if (options.journal->keeps()) journal.begin(*options.journal);
  return start;
}

void Engine::State::committed(std::uint64_t seq) {
  // At once: a turn that is under way need not wait for what is committed.
  gate.note_committed(seq);
  if (gate.is_holding()) enter([this] { gate.release(); });
}

// Nobody may be told anything any more that is not committed, and so nobody is told anything.
void Engine::State::journal_failed(const Error& why) {
  if (std::exchange(has_failed, true)) return;
  journal.stop();
  keepers.stop();
  catching_up.clear();
  indexing.clear();
  const Error unknown{"outcome-unknown",
                      "What was not answered is done or not: the server could not write it down (" +
                          why.detail + ") and ends. Ask for its outcome by its turn id."};
  gate.fail(unknown);
  std::vector<SessionId> all;
  sessions.for_each([&](ClientSession& session) {
    all.push_back(session.id);
    if (SessionPort* const port = std::exchange(session.port, nullptr)) port->ended(unknown);
  });
  for (const SessionId id : all) {
    if (ClientSession* const there = sessions.find(id)) end(*there, Cause::session_lost);
  }
}

}  // namespace avow::server
