#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "server/dataspace/turn_maker.hpp"
#include "server/engine/catch_up_line.hpp"
#include "server/engine/client_session.hpp"
#include "server/engine/echoes.hpp"
#include "server/engine/engine.hpp"
#include "server/engine/gatekeeper.hpp"
#include "server/engine/inbound_turn.hpp"
#include "server/engine/keeper/keeper.hpp"
#include "server/engine/keeper/keepers.hpp"
#include "server/engine/number_reserve.hpp"
#include "server/engine/output_gate.hpp"
#include "server/engine/queries.hpp"
#include "server/engine/query_line.hpp"
#include "server/engine/recovery.hpp"
#include "server/engine/session_table.hpp"
#include "server/engine/space.hpp"
#include "server/engine/spaces.hpp"
#include "server/engine/subscriptions.hpp"
#include "server/engine/sync_reply.hpp"
#include "server/engine/system_space.hpp"
#include "server/engine/turn_journal.hpp"
#include "server/engine/turn_run.hpp"

// The parts of an engine, and what happens to them. Only the engine's own sources include this.

namespace avow::server {

struct Engine::State {
  explicit State(EngineOptions with);

  // engine_turns.cpp: an input, and the turns that it leads to.
  template <class Work>
  void enter(Work&& work);
  // One turn: `apply` changes things, the rest of it is told.
  template <class Apply>
  void run_turn(std::uint32_t hops, bool step_by_step, const Apply& apply);
  // What the turns to come are due to: an input of this session, or (nothing) the clock.
  void begin_root(ClientSession* by);
  void tell(TurnRun& run);
  [[nodiscard]] std::uint64_t write_down(TurnRun& run);
  // What the turn led to inside the server, and then who waited for it.
  void run_rest();
  void run_echoes();
  void sweep();
  void forget_left_topics();

  // engine_sessions.cpp: what sessions do.
  void submit(ClientSession& session, InboundTurn turn);
  void tell_receipt(ClientSession& session, Receipt receipt);
  void fail(ClientSession& session, Error why);
  void end(ClientSession& session, Cause cause);

  // engine_queries.cpp: what they ask.
  void query(ClientSession& session, const Query& query);
  void answer(ClientSession& session, Ticket ticket, const Queries::Asked& asked);
  // How many queries of the session wait, for whatever it is.
  [[nodiscard]] std::size_t waits_of(const ClientSession& session) const;
  [[nodiscard]] QueryAnswer too_many_waits(const Query& query) const;
  // Those queries that waited until its observers had been told all, if they have.
  void answer_waits(ClientSession& session);
  // Of those that stand in line for the space: it is searched for the first one, and if all of that
  // is found, it is answered.
  void begin_search(Space& space);
  void answer_found(Space& space);
  void answer_first(SpaceId space);
  // Queries of the session, or only the one with the ticket, stand in line no longer.
  void forget_queries(SessionId session, std::optional<Ticket> ticket = std::nullopt);

  // engine_lasting.cpp: what the clock and the journal do.
  void pass_time(Moment time);
  void tick(Moment time);
  void run_due(const Deadlines::Due& due);
  void run_marks();
  void tell_progress();
  // The session stands in line if there is something that it could be told beside what changes.
  void let_catch_up(ClientSession& session);
  // One step for those that stand in line.
  void catch_up();
  // The space stands in another line, if it is being indexed; and one step for one of those in it.
  void let_index(const Space& space);
  void index_some();
  // Whether there is more to be done.
  bool index_some(SpaceId space);

  // What the system space is to tell, if it is there: at once if it has just begun.
  void tell_system();
  void greet_system();
  [[nodiscard]] Result<HistoryStart> recover(const Recovery::Progress& progress);
  void committed(std::uint64_t seq);
  void journal_failed(const Error& why);

  // engine_policies.cpp: observers that are told less than everything.
  void tell_conflated();
  // The interests of those that their policies have closed end.
  void end_closed();

  Reference& add_held(std::unique_ptr<Entity> entity);

  EngineOptions options;
  EngineCounters counters;
  TurnMaker turns;
  SessionTable sessions;
  Spaces spaces;
  ReferenceTable references;
  Subscriptions subscriptions;
  Echoes echoes;
  NumberReserve numbers;
  Keepers keepers;
  Gatekeeper* gatekeeper = nullptr;  // Owned by its reference.
  Reference& gatekeeper_reference;
  MembraneOwner membranes;
  TurnParts parts;
  InboundCheck inbound;
  Queries queries;
  TurnJournal journal;
  SystemSpace system;
  OutputGate gate{sessions};
  CatchUpLine catching_up{sessions};
  std::set<SpaceId> indexing;
  SpaceId indexed{};  // The last of them that had a step.
  QueryLine line;     // For spaces that are among them.
  bool has_failed = false;
  Moment now{};
  bool busy = false;
  std::deque<std::function<void()>> waiting;
};

// A port that is told something may call the engine back: that waits until the turn is over.
template <class Work>
void Engine::State::enter(Work&& work) {
  if (busy) {
    waiting.emplace_back(std::forward<Work>(work));
    return;
  }
  busy = true;
  work();
  sweep();
  while (!waiting.empty()) {
    const std::function<void()> next = std::move(waiting.front());
    waiting.pop_front();
    next();
    sweep();
  }
  busy = false;
}

template <class Apply>
void Engine::State::run_turn(std::uint32_t hops, bool step_by_step, const Apply& apply) {
  Turn turn = turns.next(hops, step_by_step);
  TurnRun run(parts, turn);
  apply(run);
  tell(run);
  ++counters.turns_applied;
}

}  // namespace avow::server
