#include <algorithm>
#include <utility>

#include "server/engine/engine_state.hpp"

// How an engine runs a turn and tells what it came to.

namespace avow::server {
namespace {

Error too_much_to_tell() {
  return {"limit", "One turn came to more than 2 GiB for this session; observe less at a time."};
}

}  // namespace

void Engine::State::begin_root(ClientSession* by) {
  parts.by = by;
  echoes.begin_root();
}

// Hands the durable part of the turn to the journal; the last durable turn that could be betrayed
// by telling of this one.
std::uint64_t Engine::State::write_down(TurnRun& run) {
  const std::uint64_t seq = run.turn().seq();
  numbers.use(seq);
  const bool promised = journal.end_turn(seq);
  if (promised && parts.by != nullptr) parts.by->durable_seq = seq;
  std::uint64_t cause = run.waits_for();
  if (parts.by != nullptr) cause = std::max(cause, parts.by->durable_seq);
  for (Space* const space : run.spaces()) {
    if (promised) space->note_durable(seq);
    cause = std::max(cause, space->durable_seq());
  }
  return cause;
}

void Engine::State::tell(TurnRun& run) {
  const std::uint64_t cause = write_down(run);
  for (Space* const space : run.spaces()) {
    space->end_turn();
    let_index(*space);
    if (Keeper* const keeper = space->keeper()) keeper->space_changed();
  }
  forget_left_topics();
  echoes.end_turn(run.hops());
  for (ClientSession* const session : run.sessions()) {
    std::unique_ptr<OutboundTurnWriter> writer = std::move(session->writer);
    if (parts.content.is_full()) {
      waiting.emplace_back([this, id = session->id] {
        if (ClientSession* const there = sessions.find(id)) fail(*there, too_much_to_tell());
      });
    } else {
      writer->set_parts_follow(session->snapshots != nullptr);
      writer->finish(parts.content.content(), run.turn().step_by_step());
      gate.pass(*session, writer, cause);
    }
    parts.give_back(std::move(writer));
    let_catch_up(*session);
    answer_waits(*session);
  }
}

void Engine::State::forget_left_topics() {
  for (const auto& [session, topic] : parts.left_topics) {
    const TopicUse* const use = session->topics.find(topic);
    if (use != nullptr && use->observers == 0) session->topics.erase(topic);
  }
  parts.left_topics.clear();
}

void Engine::State::run_rest() {
  run_echoes();
  end_closed();
  while (const std::optional<Keepers::Ready> ready = keepers.next_ready()) {
    begin_root(sessions.find(ready->keeper->asker_of(ready->place)));
    run_turn(0, false, [&](TurnRun& run) {
      ready->keeper->serve(run, ready->place);
      run.settle();
    });
    run_echoes();
  }
  parts.by = nullptr;
  greet_system();
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

}  // namespace avow::server
