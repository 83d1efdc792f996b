#include "server/engine/engine.hpp"

#include <algorithm>
#include <utility>

#include "avow/base/check.hpp"
#include "server/engine/engine_state.hpp"

namespace avow::server {

Engine::State::State(EngineOptions with)
    : options(std::move(with)),
      spaces(options.hash_key, options.epoch, options.limits),
      references(options.hash_key),
      subscriptions(references, sessions, counters, options.limits.snapshot_part_bytes),
      echoes(references, counters, options.limits),
      keepers(spaces, references, sessions, numbers, options),
      gatekeeper_reference(add_held(
          std::make_unique<Gatekeeper>(options.server_key, spaces, references, subscriptions))),
      membranes{references,
                sessions,
                options.hash_key,
                add_held(std::make_unique<Nobody>()),
                options.limits.session_references_max,
                {}},
      parts{references, sessions, subscriptions, echoes,  counters, {}, {}, {}, {}, {},
            {},         {},       journal,       keepers, nullptr},
      inbound(references, options.limits, counters),
      queries(references, membranes.nobody, options.limits) {
  gatekeeper = static_cast<Gatekeeper*>(gatekeeper_reference.entity);
}

Reference& Engine::State::add_held(std::unique_ptr<Entity> entity) {
  Reference& reference = references.add(std::move(entity));
  references.retain(reference);
  return reference;
}

Engine::Engine(EngineOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Engine::~Engine() = default;

SessionId Engine::open_session(SessionPort& port) {
  const SessionId id = state_->sessions.next_id();
  auto session = std::make_unique<ClientSession>(id, port, state_->membranes);
  session->since_ms = state_->keepers.wall_ms();
  const std::int64_t oid = session->membrane.export_pinned(state_->gatekeeper_reference);
  AVOW_CHECK(oid == 0);
  state_->sessions.add(std::move(session));
  return id;
}

void Engine::set_grace(SessionId id, Milliseconds grace) {
  if (ClientSession* const session = state_->sessions.find(id)) session->grace = grace;
}

void Engine::close_session(SessionId id, Cause cause) {
  ClientSession* const session = state_->sessions.find(id);
  if (session == nullptr) return state_->gate.forget(id);
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
  state_->enter([this] { state_->greet_system(); });
  opened.space = space.id();
  opened.name = space.name();
  opened.epoch = epoch();
  opened.revision = space.revision();
  opened.seq = seq();
  return opened;
}

Result<std::int64_t> Engine::open_keeper(SessionId id, std::int64_t space_oid) {
  ClientSession* const session = state_->sessions.find(id);
  const Export* const known =
      session == nullptr ? nullptr : session->membrane.find_export(space_oid);
  Space* const space = known == nullptr ? nullptr : known->reference->entity->as_space();
  if (space == nullptr || !known->reference->is_plain()) {
    return Error{"unsupported",
                 "Only whoever may do everything in a space can reach its keeper this way; others "
                 "have to be given a reference to it."};
  }
  if (space->is_system()) {
    return Error{"unsupported",
                 "Nothing is kept in the space in which the server tells of itself."};
  }
  if (session->membrane.is_full()) {
    return Error{"quota", "The session holds too many references; release some first."};
  }
  return session->membrane.export_pinned(state_->keepers.of(*space));
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

// At once, since it changes nothing but what the turns to come tell.
void Engine::fall_behind(SessionId id) {
  ClientSession* const session = state_->sessions.find(id);
  if (session == nullptr || session->port == nullptr) return;
  AVOW_CHECK(session->port->tells_what_went());
  session->is_behind = true;
}

void Engine::has_room(SessionId id) {
  ClientSession* const session = state_->sessions.find(id);
  if (session == nullptr) return;
  session->is_behind = false;
  state_->let_catch_up(*session);
}

Result<void> Engine::grant(SessionId id, std::int64_t observer, const DeliveryCredit& more) {
  ClientSession* const session = state_->sessions.find(id);
  if (session == nullptr) return {};
  AVOW_TRY_VOID(state_->subscriptions.grant(*session, observer, more));
  state_->let_catch_up(*session);
  return {};
}

void Engine::query(SessionId id, Query query) {
  state_->enter([this, id, query = std::move(query)] {
    ClientSession* const session = state_->sessions.find(id);
    if (session == nullptr) return;
    state_->query(*session, query);
  });
}

void Engine::release_rows(SessionId id, Ticket ticket) {
  ClientSession* const session = state_->sessions.find(id);
  if (session == nullptr) return;
  state_->forget_queries(id, ticket);
  const auto rows = session->row_pins.find(static_cast<std::uint64_t>(ticket));
  if (rows == session->row_pins.end()) return;
  session->membrane.unpin(rows->second);
  session->row_pins.erase(rows);
  if (!state_->busy) state_->sweep();
}

void Engine::committed(std::uint64_t seq) { state_->committed(seq); }

Result<HistoryStart> Engine::recover(
    const std::function<void(std::uint64_t rows, std::uint64_t of)>& progress) {
  return state_->recover(progress);
}

void Engine::room(bool is_there) { state_->keepers.set_room(is_there); }

void Engine::reserved(std::uint64_t through) { state_->numbers.extend(through); }

void Engine::failed(const Error& why) {
  state_->enter([this, why] { state_->journal_failed(why); });
}

std::size_t Engine::held_bytes() const {
  const Journal* const journal = state_->options.journal;
  return state_->gate.held_bytes() + (journal == nullptr ? 0 : journal->waiting_bytes());
}

void Engine::pass_time(Moment now) {
  state_->enter([this, now] { state_->pass_time(now); });
}

void Engine::tick(Moment now) {
  state_->enter([this, now] { state_->tick(now); });
}

bool Engine::has_steps() const { return !state_->catching_up.empty() || !state_->indexing.empty(); }

std::optional<Moment> Engine::next_deadline() const { return has_steps() ? Moment{} : next_due(); }

std::optional<Moment> Engine::next_due() const {
  std::optional<Moment> first = state_->keepers.deadlines().next();
  for (const std::optional<Moment> other : {state_->subscriptions.progress_marks().next(),
                                            state_->subscriptions.conflation_clock().next()}) {
    if (other && (!first || *other < *first)) first = other;
  }
  return first;
}

std::uint64_t Engine::outcomes_known_above() const {
  return state_->keepers.outcomes().forgotten_through();
}

std::uint64_t Engine::epoch() const { return state_->options.epoch; }
std::uint64_t Engine::last_number() const {
  return std::max(state_->turns.seq(), state_->keepers.last_id());
}
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
                   facts.interest_count(), facts.topic_count(), facts.history().floor(),
                   facts.history().turns(), facts.history().bytes()});
  });
  return all;
}

}  // namespace avow::server
