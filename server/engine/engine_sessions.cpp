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
  forget_queries(session.id);
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

}  // namespace avow::server
