#include <algorithm>
#include <utility>

#include "server/engine/space.hpp"
#include "server/engine/subscriptions.hpp"
#include "server/engine/turn_run.hpp"

// Observers that asked to be told less than everything: with a credit, or only the latest. What
// becomes of one that misses something is its policy, see subscriptions_late.cpp.

namespace avow::server {

void Subscriptions::take_terms(std::uint32_t place, TopicId topic,
                               const DeliveryOptions& delivery) {
  Subscription& subscription = subscriptions_[place];
  if (!subscription.is_direct) return;
  subscription.policy = delivery.policy.value_or(SlowPolicy::resync);
  if (!delivery.credit && !delivery.conflation.is_wanted()) return;
  Terms& terms = terms_[place];
  if (delivery.credit) {
    subscription.is_metered = true;
    terms.credit.emplace(*delivery.credit);
    ClientSession* const session = sessions_.find(subscription.session);
    const std::optional<std::int64_t> entity = oid_of(subscription).small();
    const bool is_named = session != nullptr && entity;
    if (is_named) session->metered.emplace(*entity, place);
  }
  if (delivery.conflation.is_wanted()) {
    subscription.conflates = true;
    subscription.is_beginning = true;
    terms.conflater.emplace(delivery.conflation.key);
    terms.topic = topic;
    clock_.add(place, Milliseconds(delivery.conflation.every_ms));
    beginning_.push_back(place);
  }
  note_needs(place);
}

// What one that conflates is told of its end is told now, or never.
void Subscriptions::forget_terms(TurnRun& run, std::uint32_t place) {
  const Subscription& subscription = subscriptions_[place];
  std::erase(closed_, place);
  if (!subscription.is_metered && !subscription.conflates) return;
  ClientSession* const session = sessions_.find(subscription.session);
  if (subscription.conflates) {
    if (session != nullptr) tell_end_of_latest(run, place, *session);
    clock_.remove(place);
    std::erase(beginning_, place);
  }
  if (subscription.is_metered && session != nullptr) {
    std::erase_if(session->metered, [place](const auto& each) { return each.second == place; });
  }
}

void Subscriptions::tell_end_of_latest(TurnRun& run, std::uint32_t place, ClientSession& session) {
  if (!misses(run.turn().seq(), place, subscriptions_[place], session)) {
    tell_latest(run, place);
    return;
  }
  terms_.at(place).conflater->begin_anew(
      [&session](CaptureId told) { session.unpin_told(number_of(told)); });
}

// ---- credit ---------------------------------------------------------------------------------

Result<void> Subscriptions::grant(ClientSession& session, std::int64_t entity,
                                  const DeliveryCredit& more) {
  const auto [begin, end] = session.metered.equal_range(entity);
  if (begin == end) {
    return Error{"unknown-subscription",
                 "There is no such subscription, or it was begun without `credit` and so has no "
                 "limit."};
  }
  for (auto each = begin; each != end; ++each) {
    GrantedCredit after = *terms_.at(each->second).credit;
    AVOW_TRY_VOID(after.add(more));
  }
  for (auto each = begin; each != end; ++each) {
    GrantedCredit& credit = *terms_.at(each->second).credit;
    (void)credit.add(more);
    if (!credit.is_left()) continue;
    auto waits = session.without_credit.extract(each->second);
    if (!waits.empty()) session.late.insert(std::move(waits));
  }
  return {};
}

// ---- conflation -----------------------------------------------------------------------------

void Subscriptions::conflate(TurnRun& run, std::uint32_t place, std::uint32_t index) {
  Subscription& subscription = subscriptions_[place];
  ClientSession* const session = sessions_.find(subscription.session);
  if (session == nullptr) return;
  const TurnContent& content = *run.parts().content.content();
  const SharedChange& shared = content.changes()[index];
  if (shared.change.kind == ChangeKind::message) return tell(run, place, index);
  if (shared.size == 0) {
    // The content had no room for it: the session is ended for that.
    run.touch(*session);
    return;
  }
  --counters_.deliveries;  // It is counted when it is told.
  terms_.at(place).conflater->take(shared.change, content.captures(shared),
                                   space_of(subscription).revision());
  if (subscription.is_beginning) return;
  if (misses(run.turn().seq(), place, subscription, *session)) {
    return miss(run, place, *session, shared.change);
  }
  clock_.note_news(place);
}

void Subscriptions::begin_conflated(TurnRun& run) {
  for (const std::uint32_t place : std::exchange(beginning_, {})) {
    subscriptions_[place].is_beginning = false;
    tell_latest(run, place);
  }
}

std::size_t Subscriptions::tell_latest(TurnRun& run, std::uint32_t place) {
  const Subscription& subscription = subscriptions_[place];
  const auto next = [&run] { return run.turn().next_capture(); };
  Terms& terms = terms_.at(place);
  const std::vector<Conflater::News> all = terms.conflater->settle(terms.topic, next);
  if (all.empty()) return 0;
  run.touch(space_of(subscription));
  const std::uint32_t space = space_of(subscription).index_in_turn();
  for (const Conflater::News& news : all) {
    const ByteView captures = news.captures.bytes();
    tell(run, place, run.parts().content.add_change(news.change, space, captures));
  }
  counters_.deliveries += all.size();
  return all.size();
}

void Subscriptions::tell_latest_anew(TurnRun& run, std::uint32_t place, ClientSession& session) {
  terms_.at(place).conflater->begin_anew(
      [&session](CaptureId told) { session.unpin_told(number_of(told)); });
  tell_latest(run, place);
}

void Subscriptions::tell_conflated(TurnRun& run, Moment now, std::size_t changes_max) {
  std::size_t changes = 0;
  while (changes < changes_max) {
    const std::optional<std::uint32_t> place = clock_.take_due(now);
    if (!place) return;
    const Subscription& subscription = subscriptions_[*place];
    ClientSession* const session = sessions_.find(subscription.session);
    const bool has_news = terms_.at(*place).conflater->has_news();
    if (session == nullptr || subscription.is_late || !has_news) continue;
    if (misses(run.turn().seq(), *place, subscription, *session)) {
      miss(run, *place, *session, Change{.topic = terms_.at(*place).topic});
    } else {
      changes += 1 + tell_latest(run, *place);
    }
  }
}

// ---- policies -------------------------------------------------------------------------------

std::optional<Subscriptions::Closed> Subscriptions::take_closed() {
  if (closed_.empty()) return std::nullopt;
  const Subscription& subscription = subscriptions_[closed_.front()];
  closed_.erase(closed_.begin());
  return Closed{subscription.session, &space_of(subscription), subscription.fact};
}

bool Subscriptions::owes(const ProgressMarks::Mark& mark) const {
  const Subscription& subscription = subscriptions_[mark.subscription];
  return subscription.is_late || subscription.is_in_parts ||
         (subscription.conflates && terms_.at(mark.subscription).conflater->has_news());
}

}  // namespace avow::server
