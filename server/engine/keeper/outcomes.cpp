#include "server/engine/keeper/outcomes.hpp"

#include <algorithm>
#include <utility>

#include "avow/base/check.hpp"

namespace avow::server {

const Outcome* Outcomes::find(const TurnIdentity& identity) const {
  const auto found = by_identity_.find(identity);
  return found == by_identity_.end() ? nullptr : &found->second;
}

bool Outcomes::may_be_forgotten(const TurnIdentity& identity) const {
  const auto client = by_client_.find(identity.client);
  return client != by_client_.end() && client->second.has_forgotten &&
         identity.number <= client->second.forgotten_max;
}

void Outcomes::add(const TurnIdentity& identity, Outcome outcome) {
  by_identity_.emplace(identity, std::move(outcome));
  in_order_.push_back(identity);
  OfClient& of = by_client_[identity.client];
  of.numbers.push_back(identity.number);
  if (of.numbers.size() > limits_.per_client_max) forget_oldest_of(identity.client, of);
}

void Outcomes::set_answer(const TurnIdentity& identity, Value answer, std::uint64_t revision) {
  const auto found = by_identity_.find(identity);
  AVOW_CHECK(found != by_identity_.end());
  found->second.answer = std::move(answer);
  found->second.revision = revision;
}

void Outcomes::forget_oldest_of(const Client& client, OfClient& of) {
  const std::uint64_t number = of.numbers.front();
  of.numbers.pop_front();
  of.forgotten_max = std::max(std::exchange(of.has_forgotten, true) ? of.forgotten_max : 0, number);
  forget({client, number});
}

void Outcomes::forget(const TurnIdentity& identity) {
  const auto found = by_identity_.find(identity);
  forgotten_through_ = std::max(forgotten_through_, found->second.seq);
  by_identity_.erase(found);
}

void Outcomes::forget_before(std::uint64_t wall_ms) {
  while (!in_order_.empty() && by_identity_.size() > limits_.kept_min) {
    const TurnIdentity oldest = in_order_.front();
    const Outcome* const known = find(oldest);
    if (known != nullptr && known->wall_ms >= wall_ms) return;
    in_order_.pop_front();
    if (known == nullptr) continue;
    const auto client = by_client_.find(oldest.client);
    // The oldest of all is the oldest of its client.
    forget_oldest_of(oldest.client, client->second);
    if (client->second.numbers.empty()) by_client_.erase(client);
  }
}

}  // namespace avow::server
