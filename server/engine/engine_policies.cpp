#include <utility>
#include <vector>

#include "server/engine/engine_state.hpp"

// What an engine does for observers that are told less than everything, see
// subscriptions_policies.cpp.

namespace avow::server {

void Engine::State::tell_conflated() {
  TellingClock& clock = subscriptions.conflation_clock();
  clock.advance(now);
  if (!clock.is_due(now)) return;
  begin_root(nullptr);
  run_turn(0, false, [&](TurnRun& run) {
    subscriptions.tell_conflated(run, now, options.limits.catch_up_changes_max);
    run.settle();
  });
  run_rest();
}

// The client is not asked, so what it held up for them is taken back for it. (Where another session
// holds an interest up, it stays: it is told nothing.)
void Engine::State::end_closed() {
  while (const std::optional<Subscriptions::Closed> closed = subscriptions.take_closed()) {
    ClientSession* const session = sessions.find(closed->session);
    if (session == nullptr) continue;
    std::vector<HeldAssertion> all = session->held.take_all([&](const HeldAssertion& held) {
      return held.is_interest != 0 && Space::fact_of(held.token) == closed->fact &&
             session->export_of(held).reference->entity->as_space() == closed->space;
    });
    if (all.empty()) continue;
    begin_root(nullptr);
    run_turn(0, false, [&](TurnRun& run) {
      for (const HeldAssertion& held : all) {
        Export& at = session->export_of(held);
        AssertionExtras extras;
        session->let_go(held, extras);
        session->release(held, extras);
        at.reference->entity->retract(run, held.token, Cause::quota);
        session->membrane.unpin(at);
      }
      run.settle();
    });
    run_echoes();
  }
}

}  // namespace avow::server
