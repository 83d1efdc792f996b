#include <algorithm>
#include <utility>

#include "server/engine/engine_state.hpp"

// What an engine does for its sessions.

namespace avow::server {
namespace {

// Numbers that one input may use up at most, with all that it leads to inside the server.
constexpr std::uint64_t numbers_for_one_input = 1 << 20;

}  // namespace

void Engine::State::submit(ClientSession& session, InboundTurn turn) {
  if (!numbers.has(turns.seq(), numbers_for_one_input)) {
    return journal_failed({"journal-stuck", "The journal reserves no more numbers."});
  }
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
  begin_root(&session);
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
  run_rest();
}

void Engine::State::tell_receipt(ClientSession& session, Receipt receipt) {
  parts.content.begin(turns.seq());
  std::unique_ptr<OutboundTurnWriter> writer = parts.take_writer();
  writer->set_receipt(std::move(receipt));
  writer->finish(parts.content.content(), false);
  gate.pass(session, writer, session.durable_seq);
  parts.give_back(std::move(writer));
}

void Engine::State::fail(ClientSession& session, Error why) {
  ++counters.sessions_ended;
  gate.pass_end(session, std::move(why));
  end(session, Cause::session_lost);
}

void Engine::State::end(ClientSession& session, Cause cause) {
  // It is told nothing of its own end.
  const std::unique_ptr<ClientSession> ended = sessions.take(session.id);
  if (session.held.size() > 0 || session.items_held > 0) {
    begin_root(&session);
    run_turn(0, false, [&](TurnRun& run) {
      session.held.for_each_in_order([&](HeldAssertion& held) {
        session.release(held);
        session.export_of(held).reference->entity->retract(run, held.token, cause);
      });
      if (session.items_held > 0) {
        keepers.for_each([&](Keeper& keeper) { keeper.return_items(run, session.id); });
      }
      keepers.run_lost(run);
      run.settle();
    });
    run_rest();
  }
  session.membrane.clear();
  std::erase(membranes.dirty, &session);
}

void Engine::State::query(ClientSession& session, const Query& asked) {
  ++counters.queries;
  const Space* const space = queries.space_of(session, asked);
  const bool is_reached = space == nullptr || asked.told_through <= space->revision();
  const bool waits = asked.told_through > 0 && is_reached && session.is_owed();
  if (waits && session.waiting_queries.size() < options.limits.waits_max) {
    session.waiting_queries.push_back(asked);
    return;
  }
  const std::uint64_t cause =
      std::max(session.durable_seq, space == nullptr ? 0 : space->durable_seq());
  gate.pass(session, waits ? too_many_waits(asked) : queries.answer(session, asked, turns.seq()),
            cause);
  if (space != nullptr) let_index(*space);
}

QueryAnswer Engine::State::too_many_waits(const Query& asked) const {
  QueryAnswer answer;
  answer.ticket = asked.ticket;
  answer.seq = turns.seq();
  answer.error =
      Error{"limit", "The session waits for " + std::to_string(options.limits.waits_max) +
                         " revisions already; read what it is told first."};
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

}  // namespace avow::server
