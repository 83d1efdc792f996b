#include <algorithm>
#include <string>
#include <utility>

#include "server/engine/engine_state.hpp"

// How an engine answers queries: at once, or when those of them that wait need not wait any longer.
// Whatever a query waited for, its answer is of one moment, that at which it is given; what comes
// behind it meanwhile does not wait for it.

namespace avow::server {

void Engine::State::query(ClientSession& session, const Query& query) {
  ++counters.queries;
  const Queries::Asked asked = queries.read(session, query);
  const bool waits_to_be_told = !asked.error && query.told_through > 0 && session.is_owed();
  const bool waits = waits_to_be_told || queries.takes_long(asked);
  if (waits && waits_of(session) >= options.limits.waits_max) {
    gate.pass(session, too_many_waits(query), session.durable_seq);
  } else if (waits_to_be_told) {
    session.waiting_queries.push_back(query);
  } else if (waits) {
    line.add(asked.space->id(), {session.id, query});
    indexing.insert(asked.space->id());
  } else {
    answer(session, query.ticket, asked);
  }
  if (asked.space != nullptr) let_index(*asked.space);
}

std::size_t Engine::State::waits_of(const ClientSession& session) const {
  return session.waiting_queries.size() + line.count(session.id);
}

// What the answer tells of waits until that is durable, if it has to be.
void Engine::State::answer(ClientSession& session, Ticket ticket, const Queries::Asked& asked) {
  const std::uint64_t cause =
      std::max(session.durable_seq, asked.space == nullptr ? 0 : asked.space->durable_seq());
  gate.pass(session, queries.answer(session, ticket, asked, turns.seq()), cause);
}

QueryAnswer Engine::State::too_many_waits(const Query& query) const {
  QueryAnswer answer;
  answer.ticket = query.ticket;
  answer.seq = turns.seq();
  answer.error =
      Error{"limit", "The session waits for the answers to " +
                         std::to_string(options.limits.waits_max) + " queries; read them first."};
  return answer;
}

// The turn in progress, if there is one, comes first.
void Engine::State::answer_waits(ClientSession& session) {
  if (session.waiting_queries.empty() || session.is_owed()) return;
  waiting.emplace_back([this, id = session.id] {
    ClientSession* const there = sessions.find(id);
    if (there == nullptr) return;
    for (const Query& asked : std::exchange(there->waiting_queries, {})) query(*there, asked);
  });
}

// It is read anew, since its target may have been released since it was asked.
void Engine::State::begin_search(Space& space) {
  const QueryLine::Waiting* const first = line.first(space.id());
  if (first == nullptr || space.dataspace().is_searching()) return;
  space.begin_search(queries.read(*sessions.find(first->session), first->query).interests);
}

void Engine::State::answer_found(Space& space) {
  if (!space.dataspace().has_found()) return;
  answer_first(space.id());
  space.end_search();
}

void Engine::State::answer_first(SpaceId space) {
  const QueryLine::Waiting first = line.take_first(space);
  ClientSession& session = *sessions.find(first.session);
  answer(session, first.query.ticket, queries.read(session, first.query));
}

void Engine::State::forget_queries(SessionId session, std::optional<Ticket> ticket) {
  for (const SpaceId id : line.forget(session, ticket)) {
    if (Space* const space = spaces.find(id)) space->end_search();
  }
}

}  // namespace avow::server
