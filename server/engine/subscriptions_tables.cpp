#include "avow/base/check.hpp"
#include "server/engine/subscriptions.hpp"

// There are very many subscriptions. What they share, and what few of them have, they name by its
// place in a table, which takes half of what an address does.

namespace avow::server {

std::uint32_t Subscriptions::place_of(Space& space) {
  const auto [known, is_new] = places_of_spaces_.try_emplace(&space);
  if (is_new) known->second = spaces_.add({&space, 0});
  ++spaces_[known->second].observers;
  return known->second;
}

HandleMap& Subscriptions::handles_of(Subscription& subscription) {
  if (subscription.handles == 0) subscription.handles = handle_maps_.add(HandleMap()) + 1;
  return handle_maps_[subscription.handles - 1];
}

void Subscriptions::forget_handles(Subscription& subscription) {
  if (subscription.handles == 0) return;
  (void)handle_maps_.take(subscription.handles - 1);
  subscription.handles = 0;
}

void Subscriptions::let_go(std::uint32_t place) {
  set_needs(place, false);
  Subscription ended = subscriptions_.take(place);
  forget_handles(ended);
  references_.release(observer_of(ended));
  if (--spaces_[ended.space].observers == 0) {
    places_of_spaces_.erase(spaces_.take(ended.space).space);
  }
}

}  // namespace avow::server
