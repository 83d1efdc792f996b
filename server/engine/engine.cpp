#include "server/engine/engine.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <utility>

#include "avow/base/check.hpp"
#include "server/dataspace/turn_maker.hpp"
#include "server/engine/client_session.hpp"
#include "server/engine/echoes.hpp"
#include "server/engine/gatekeeper.hpp"
#include "server/engine/inbound_turn.hpp"
#include "server/engine/output_gate.hpp"
#include "server/engine/queries.hpp"
#include "server/engine/session_table.hpp"
#include "server/engine/space.hpp"
#include "server/engine/spaces.hpp"
#include "server/engine/subscriptions.hpp"
#include "server/engine/sync_reply.hpp"
#include "server/engine/turn_run.hpp"

namespace avow::server {
namespace {

constexpr std::size_t spare_writers_max = 4'096;

Error too_much_to_tell() {
  return {"limit", "One turn came to more than 2 GiB for this session; observe less at a time."};
}

}  // namespace

struct Engine::State {
  explicit State(EngineOptions with);

  template <class Work>
  void enter(Work&& work);

  // One turn: `apply` changes things, the rest of it is told.
  template <class Apply>
  void run_turn(std::uint32_t hops, bool step_by_step, const Apply& apply);
  void tell(TurnRun& run);
  void run_echoes();
  void sweep();
  void forget_left_topics();

  void submit(ClientSession& session, InboundTurn turn);
  void tell_receipt(ClientSession& session, Receipt receipt);
  void fail(ClientSession& session, const Error& why);
  void end(ClientSession& session, Cause cause);

  Reference& add_held(std::unique_ptr<Entity> entity);

  EngineOptions options;
  EngineCounters counters;
  TurnMaker turns;
  SessionTable sessions;
  Spaces spaces;
  ReferenceTable references;
  Subscriptions subscriptions;
  Echoes echoes;
  Gatekeeper* gatekeeper = nullptr;  // Owned by its reference.
  Reference& gatekeeper_reference;
  MembraneOwner membranes;
  TurnParts parts;
  InboundCheck inbound;
  Queries queries;
  OutputGate gate;
  Moment now{};
  bool busy = false;
  std::deque<std::function<void()>> waiting;
};

Engine::State::State(EngineOptions with)
    : options(std::move(with)),
      spaces(options.hash_key, options.limits),
      references(options.hash_key),
      subscriptions(references, sessions, counters),
      echoes(references, counters, options.limits),
      gatekeeper_reference(add_held(
          std::make_unique<Gatekeeper>(options.server_key, spaces, references, subscriptions))),
      membranes{references,
                sessions,
                options.hash_key,
                add_held(std::make_unique<Nobody>()),
                options.limits.session_references_max,
                {}},
      parts{references, echoes, counters, {}, {}, {}, {}, {}, {}},
      inbound(references, options.limits, counters),
      queries(references, membranes.nobody, options.limits) {
  gatekeeper = static_cast<Gatekeeper*>(gatekeeper_reference.entity);
}

Reference& Engine::State::add_held(std::unique_ptr<Entity> entity) {
  Reference& reference = references.add(std::move(entity));
  references.retain(reference);
  return reference;
}

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

// ---- turns ----------------------------------------------------------------------------------

template <class Apply>
void Engine::State::run_turn(std::uint32_t hops, bool step_by_step, const Apply& apply) {
  Turn turn = turns.next(hops, step_by_step);
  TurnRun run(parts, turn);
  apply(run);
  tell(run);
  ++counters.turns_applied;
}

void Engine::State::tell(TurnRun& run) {
  for (Space* const space : run.spaces()) space->end_turn();
  forget_left_topics();
  echoes.end_turn(run.hops());
  for (ClientSession* const session : run.sessions()) {
    std::unique_ptr<OutboundTurnWriter> writer = std::move(session->writer);
    if (parts.content.is_full()) {
      waiting.emplace_back([this, id = session->id] {
        if (ClientSession* const there = sessions.find(id)) fail(*there, too_much_to_tell());
      });
    } else {
      gate.pass(*session, writer->finish(parts.content.content(), run.turn().step_by_step()));
    }
    writer->clear();
    if (parts.spare_writers.size() < spare_writers_max) {
      parts.spare_writers.push_back(std::move(writer));
    }
  }
}

void Engine::State::forget_left_topics() {
  for (const auto& [session, topic] : parts.left_topics) {
    const auto use = session->topics.find(topic);
    if (use != session->topics.end() && use->second.observers == 0) session->topics.erase(use);
  }
  parts.left_topics.clear();
}

void Engine::State::run_echoes() {
  while (std::optional<Echoes::Queued> queued = echoes.next()) {
    run_turn(queued->hops, queued->step_by_step, [&](TurnRun& run) {
      echoes.run(run, *queued);
      run.settle();
    });
  }
}

void Engine::State::sweep() {
  while (!membranes.dirty.empty()) {
    ClientSession& session = *membranes.dirty.back();
    membranes.dirty.pop_back();
    session.membrane.sweep();
  }
  references.sweep();
}

// ---- sessions -------------------------------------------------------------------------------

void Engine::State::submit(ClientSession& session, InboundTurn turn) {
  std::optional<InboundCheck::Refusal> refusal = inbound.check(session, turn.events);
  if (refusal) {
    ++counters.turns_refused;
    if (refusal->ends_session) return fail(session, refusal->error);
    return tell_receipt(session, {turn.ticket, turns.seq(), {}, 0, std::move(refusal->error)});
  }
  if (inbound.empty()) {
    if (turn.wants_receipt) tell_receipt(session, {turn.ticket, turns.seq(), {}, 0, {}});
    return;
  }
  echoes.begin_root();
  run_turn(0, inbound.step_by_step(), [&](TurnRun& run) {
    inbound.apply(run);
    run.settle();
    if (!turn.wants_receipt) return;
    const std::span<const SpaceRevision> touched = parts.content.content()->spaces();
    run.touch(session).set_receipt({turn.ticket,
                                    run.turn().seq(),
                                    {touched.begin(), touched.end()},
                                    run.messages_reached(),
                                    std::nullopt});
  });
  run_echoes();
}

void Engine::State::tell_receipt(ClientSession& session, Receipt receipt) {
  parts.content.begin(turns.seq());
  OutboundTurnWriter writer;
  writer.set_receipt(std::move(receipt));
  gate.pass(session, writer.finish(parts.content.content(), false));
}

void Engine::State::fail(ClientSession& session, const Error& why) {
  ++counters.sessions_ended;
  gate.pass_end(session, why);
  end(session, Cause::session_lost);
}

void Engine::State::end(ClientSession& session, Cause cause) {
  // It is told nothing of its own end.
  const std::unique_ptr<ClientSession> ended = sessions.take(session.id);
  if (session.held.size() > 0) {
    echoes.begin_root();
    run_turn(0, false, [&](TurnRun& run) {
      session.held.for_each_in_order([&](HeldAssertion& held) {
        held.at->reference->entity->retract(run, held.token, cause);
        if (held.extras != HeldAssertion::no_extras) {
          references.release_all(session.extras[held.extras].body);
        }
      });
      run.settle();
    });
    run_echoes();
  }
  session.membrane.clear();
  std::erase(membranes.dirty, &session);
}

// ---- the engine's face ----------------------------------------------------------------------

Engine::Engine(EngineOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Engine::~Engine() = default;

SessionId Engine::open_session(SessionPort& port) {
  const SessionId id = state_->sessions.next_id();
  auto session = std::make_unique<ClientSession>(id, port, state_->membranes);
  const std::int64_t oid = session->membrane.export_pinned(state_->gatekeeper_reference);
  AVOW_CHECK(oid == 0);
  state_->sessions.add(std::move(session));
  return id;
}

void Engine::close_session(SessionId id, Cause cause) {
  ClientSession* const session = state_->sessions.find(id);
  if (session == nullptr) return;
  session->port = nullptr;
  state_->enter([this, id, cause] {
    if (ClientSession* const there = state_->sessions.find(id)) state_->end(*there, cause);
  });
}

void Engine::submit(SessionId id, InboundTurn turn) {
  state_->enter([this, id, turn = std::move(turn)]() mutable {
    if (ClientSession* const there = state_->sessions.find(id))
      state_->submit(*there, std::move(turn));
  });
}

Result<OpenedSpace> Engine::open_space(SessionId id, ValueView sturdy_reference) {
  ClientSession* const session = state_->sessions.find(id);
  if (session == nullptr || contains_embedded(sturdy_reference.bytes())) {
    return Error{"invalid", "A sturdy reference holds no live ones."};
  }
  if (session->membrane.is_full()) {
    return Error{"quota", "The session holds too many references; release some first."};
  }
  AVOW_TRY(Reference* const reference, state_->gatekeeper->resolve(sturdy_reference));
  const Space& space = *reference->entity->as_space();
  OpenedSpace opened;
  opened.oid = session->membrane.export_pinned(*reference);
  opened.space = space.id();
  opened.name = space.name();
  opened.epoch = epoch();
  opened.revision = space.revision();
  opened.seq = seq();
  return opened;
}

void Engine::release_reference(SessionId id, std::int64_t oid) {
  ClientSession* const session = state_->sessions.find(id);
  Export* const known = session == nullptr ? nullptr : session->membrane.find_export(oid);
  if (known == nullptr) return;
  session->membrane.unpin(*known);
  if (!state_->busy) state_->sweep();
}

bool Engine::is_exported(SessionId id, const wire::Number& oid) const {
  ClientSession* const session = state_->sessions.find(id);
  return session != nullptr && session->membrane.find_export(oid) != nullptr;
}

void Engine::query(SessionId id, Query query) {
  state_->enter([this, id, query = std::move(query)] {
    ClientSession* const session = state_->sessions.find(id);
    if (session == nullptr) return;
    ++state_->counters.queries;
    state_->gate.pass(*session, state_->queries.answer(*session, query, seq()));
  });
}

void Engine::release_rows(SessionId id, Ticket ticket) {
  ClientSession* const session = state_->sessions.find(id);
  if (session == nullptr) return;
  const auto rows = session->row_pins.find(static_cast<std::uint64_t>(ticket));
  if (rows == session->row_pins.end()) return;
  session->membrane.unpin(rows->second);
  session->row_pins.erase(rows);
  if (!state_->busy) state_->sweep();
}

void Engine::tick(Moment now) { state_->now = std::max(state_->now, now); }

std::uint64_t Engine::epoch() const { return state_->options.epoch; }
std::uint64_t Engine::seq() const { return state_->turns.seq(); }
const EngineLimits& Engine::limits() const { return state_->options.limits; }
const EngineCounters& Engine::counters() const { return state_->counters; }
std::size_t Engine::session_count() const { return state_->sessions.size(); }

std::size_t Engine::reference_count() const { return state_->references.size(); }

std::optional<std::string> Engine::space_name(SpaceId id) const {
  const Space* const space = state_->spaces.find(id);
  if (space == nullptr) return std::nullopt;
  return space->name();
}

std::vector<SpaceStatus> Engine::spaces() const {
  std::vector<SpaceStatus> all;
  state_->spaces.for_each([&](const Space& space) {
    const Dataspace& facts = space.dataspace();
    all.push_back({space.id(), space.name(), space.revision(), facts.fact_count(),
                   facts.interest_count(), facts.topic_count()});
  });
  return all;
}

}  // namespace avow::server
