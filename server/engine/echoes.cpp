#include "server/engine/echoes.hpp"

#include <utility>

#include "server/engine/client_entity.hpp"

namespace avow::server {
namespace {

void message_now(TurnRun& run, Admitted&& message) {
  message.target().message(run, std::move(message));
}

}  // namespace

bool Echoes::may_queue(const TurnRun& run) {
  if (run.hops() < limits_.hops_max && events_left_ > 0) {
    --events_left_;
    return true;
  }
  ++counters_.echoes_dropped;
  return false;
}

EchoId Echoes::publish(TurnRun& run, Reference& at, Value body) {
  const EchoId echo{++last_echo_};
  const bool to_client = at.entity->as_client() != nullptr;
  if (!to_client && !may_queue(run)) return echo;
  references_.retain(at);
  references_.retain_all(body);
  Said said{&at, nullptr, {}, std::move(body)};
  if (!to_client) queuing_.push_back({Queued::Kind::publish, Cause::none, nullptr, echo, {}});
  const bool stopped = to_client && !publish_now(run, said);
  said_.emplace(static_cast<std::uint64_t>(echo), std::move(said));
  if (stopped) forget(echo);
  return echo;
}

bool Echoes::publish_now(TurnRun& run, Said& said) {
  std::optional<Admitted> admitted = admit(references_, *said.at, said.body);
  if (!admitted) return false;
  if (!admitted->target().check(*admitted)) {
    ++counters_.echoes_dropped;
    return false;
  }
  // The caveats may have put other references into it.
  references_.retain_all(admitted->body());
  references_.release_all(said.body);
  said.body = admitted->body();
  said.target = &admitted->target();
  said.token = said.target->publish(run, *admitted);
  return true;
}

void Echoes::retract(TurnRun& run, EchoId echo, Cause cause) {
  const auto found = said_.find(static_cast<std::uint64_t>(echo));
  if (found == said_.end()) return;
  const Said& said = found->second;
  if (said.at->entity->as_client() == nullptr) {
    queuing_.push_back({Queued::Kind::retract, cause, nullptr, echo, {}});
    return;
  }
  said.target->retract(run, said.token, cause);
  forget(echo);
}

void Echoes::forget(EchoId echo) {
  const auto found = said_.find(static_cast<std::uint64_t>(echo));
  references_.release_all(found->second.body);
  references_.release(*found->second.at);
  said_.erase(found);
}

void Echoes::send(TurnRun& run, Reference& to, Value body) {
  if (to.entity->as_client() != nullptr) {
    std::optional<Admitted> admitted = admit(references_, to, std::move(body));
    if (admitted) message_now(run, *std::move(admitted));
    return;
  }
  if (!may_queue(run)) return;
  references_.retain(to);
  references_.retain_all(body);
  step_by_step_ = step_by_step_ || body.holds_references();
  queuing_.push_back({Queued::Kind::message, Cause::none, &to, {}, std::move(body)});
}

void Echoes::end_turn(std::uint32_t hops) {
  if (queuing_.empty()) return;
  queue_.push_back(
      {hops + 1, events_left_, std::exchange(step_by_step_, false), std::exchange(queuing_, {})});
}

std::optional<Echoes::Queued> Echoes::next() {
  if (queue_.empty()) return std::nullopt;
  std::optional<Queued> first(std::move(queue_.front()));
  queue_.pop_front();
  events_left_ = first->events_left;
  return first;
}

void Echoes::run(TurnRun& run, Queued& queued) {
  for (Queued::Event& event : queued.events) {
    if (event.kind == Queued::Kind::publish) {
      run_publish(run, event.echo);
    } else if (event.kind == Queued::Kind::retract) {
      run_retract(run, event);
    } else {
      run_message(run, event);
    }
    run.settle_step();
  }
}

void Echoes::run_publish(TurnRun& run, EchoId echo) {
  // Out of the table meanwhile: what it sets off may put others into it.
  const auto found = said_.find(static_cast<std::uint64_t>(echo));
  Said said = std::move(found->second);
  const bool stopped = !publish_now(run, said);
  said_.at(static_cast<std::uint64_t>(echo)) = std::move(said);
  if (stopped) forget(echo);
}

void Echoes::run_retract(TurnRun& run, const Queued::Event& event) {
  const auto found = said_.find(static_cast<std::uint64_t>(event.echo));
  if (found == said_.end()) return;  // It was stopped.
  const Said& said = found->second;
  said.target->retract(run, said.token, event.cause);
  forget(event.echo);
}

void Echoes::run_message(TurnRun& run, const Queued::Event& event) {
  std::optional<Admitted> admitted = admit(references_, *event.at, event.body);
  if (admitted) message_now(run, *std::move(admitted));
  references_.release_all(event.body);
  references_.release(*event.at);
}

}  // namespace avow::server
