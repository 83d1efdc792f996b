#include <algorithm>
#include <utility>

#include "avow/client/interest.hpp"
#include "avow/client/relay.hpp"

// How subscriptions outlive the loss of a session: from where they go on, and what has become of
// what is missing then.

namespace avow {

// How a subscription asks to be told in this session, and what its view is to expect.
DeliveryOptions Relay::go_on(Subscribed& subscribed) {
  subscribed.is_current = false;
  // Counts have no history to go on from, and who is told the latest only is told it all.
  const Query& query = subscribed.query;
  const bool begins_anew = query.counts || query.others || query.conflation.is_wanted();
  if (!subscribed.told_through || begins_anew) {
    subscribed.view.begin_snapshot();
    return {};
  }
  subscribed.view.go_on();
  return {.resume = subscribed.told_through};
}

// The session is over: turns came in order, so who was told all of one knows all up to the last.
// But one that pauses may have missed some of them: what counts is what it was told itself.
void Relay::note_told_through() {
  for (auto& [id, subscribed] : subscriptions_) {
    if (!std::exchange(subscribed.is_current, false)) continue;
    const bool pauses = subscribed.query.policy == SlowPolicy::pause;
    subscribed.told_through = ResumePoint{pauses ? subscribed.told_at : revision_, epoch_, true};
  }
}

void Relay::tell_missing(ClientId id, Subscribed& subscribed, Notices& told) {
  for (ViewChange& gone : subscribed.view.end_snapshot()) {
    Change change = change_of(subscribed.query, Change::Kind::remove, gone.captures);
    change.cause = subscribed.missing_because;
    change.revision = revision_;
    told.push_back({Notice::Told{id, std::move(change)}});
  }
}

bool Relay::awaits_owners() const {
  return std::any_of(subscriptions_.begin(), subscriptions_.end(),
                     [](const auto& each) { return each.second.awaits_owners; });
}

// Who is not told all just now is told once it is.
Notices Relay::stop_awaiting_owners() {
  Notices told;
  for (auto& [id, subscribed] : subscriptions_) {
    if (!std::exchange(subscribed.awaits_owners, false)) continue;
    if (subscribed.is_current) tell_missing(id, subscribed, told);
  }
  return told;
}

}  // namespace avow
