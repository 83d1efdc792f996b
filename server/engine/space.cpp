#include "server/engine/space.hpp"

#include <utility>

#include "avow/base/check.hpp"
#include "server/engine/admission.hpp"
#include "server/engine/introspection.hpp"
#include "server/engine/keeper/keeper.hpp"
#include "server/engine/keeper/keepers.hpp"
#include "server/engine/space_parts.hpp"
#include "server/engine/spaces.hpp"
#include "server/engine/system_space.hpp"
#include "server/engine/turn_run.hpp"

namespace avow::server {
namespace {

// A token is the number of the fact, and above it one more than the place of the complaint, if the
// assertion has led to one. The highest bit is that of an interest in services, or (in the system
// space) in what a look finds.
constexpr unsigned complaint_shift = 32;
constexpr std::uint64_t asks_for_more_bit = std::uint64_t{1} << 63;

bool asks_for_services(const Interest& interest) {
  const PatternNode& node = beneath_binds(interest.pattern.root());
  return node.kind == PatternNode::Kind::group && node.group == PatternNode::Group::record &&
         node.literal.view().is_symbol("avow-service");
}

DataspaceLimits limits_of(const EngineLimits& engine) {
  DataspaceLimits limits;
  limits.shapes_per_label_max = engine.shapes_per_label_max;
  limits.history = engine.history;
  limits.facts_held_at_once = engine.facts_held_at_once;
  return limits;
}

}  // namespace

Space::Space(SpaceId id, std::string name, std::uint64_t revision, Spaces& spaces,
             const HashKey& key, const EngineLimits& limits, Subscriptions& subscriptions)
    : id_(id),
      name_(std::move(name)),
      is_system_(name_ == SystemSpace::name),
      revision_(revision),
      spaces_(spaces),
      pattern_limits_(limits.pattern),
      subscriptions_(subscriptions),
      dataspace_(key, *this, limits_of(limits), &spaces.history_budget()) {
  dataspace_.begin_history_above(revision);
}

Space::~Space() { spaces_.ended(*this); }

Result<void> Space::check(Admitted& assertion) {
  assertion.hash = dataspace_.prepare(assertion.body());
  if (!assertion.body().view().is_record("Observe")) {
    if (!is_system()) return {};
    return Error{
        "read-only",
        "Only the server tells anything in this space: observe it, and publish elsewhere."};
  }
  ParsedInterest parsed = parse_interest(assertion.body(), pattern_limits_);
  if (parsed.interest) {
    Result<void> fits = dataspace_.check_interest(*parsed.interest);
    if (fits) fits = check_delivery(*parsed.interest);
    if (!fits) {
      parsed.failure = InterestFailure{fits.error(), std::nullopt, std::nullopt};
      if (fits.error().code == "compacted") parsed.failure->floor = dataspace_.history().floor();
      if (parsed.interest->has_options) parsed.failure->tell = parsed.interest->observer;
      parsed.interest.reset();
    }
  }
  if (parsed.failure && !parsed.failure->tell) return std::move(parsed.failure->error);
  if (parsed.interest || parsed.failure) {
    assertion.interest = std::make_unique<ParsedInterest>(std::move(parsed));
  }
  return {};
}

AssertionToken Space::publish(TurnRun& run, const Admitted& assertion) {
  run.touch(*this);
  const InCall in_call(*this, run);
  const ParsedInterest* const parsed = assertion.interest.get();
  const Interest* const interest =
      parsed != nullptr && parsed->interest ? &*parsed->interest : nullptr;
  if (interest != nullptr) tally_ = interest->tally;
  added_.reset();
  const FactId fact = dataspace_.publish(run.turn(), assertion.body(), interest, assertion.hash);
  if (added_) take_terms(fact, *interest);
  auto token = static_cast<std::uint64_t>(fact);
  if (parsed != nullptr && parsed->failure) {
    TurnParts& parts = run.parts();
    Reference& observer = parts.references.at(*parsed->failure->tell);
    const EchoId echo = parts.echoes.publish(
        run, observer, error_answer(parsed->failure->error, parsed->failure->floor));
    token |= (std::uint64_t{complaints_.add(echo)} + 1) << complaint_shift;
  } else if (interest != nullptr && asks_for_more(*interest)) {
    token |= asks_for_more_bit;
    add_asker(run);
  }
  return AssertionToken{token};
}

// Of the observer that was added last.
void Space::take_terms(FactId fact, const Interest& interest) {
  const DeliveryOptions& delivery = interest.delivery;
  subscriptions_.note_interest(added_->token, fact);
  subscriptions_.take_terms(added_->token, added_->topic, delivery);
  if (delivery.resume) subscriptions_.go_on(added_->token, *delivery.resume);
  if (delivery.progress_ms != 0) {
    subscriptions_.mark_progress(added_->token, Milliseconds(delivery.progress_ms));
  }
}

void Space::retract(TurnRun& run, AssertionToken token, Cause cause) {
  run.touch(*this);
  const InCall in_call(*this, run);
  const auto number = static_cast<std::uint64_t>(token);
  dataspace_.retract(run.turn(), FactId{static_cast<std::uint32_t>(number)}, cause);
  if ((number & asks_for_more_bit) != 0) return remove_asker(run);
  const auto complained = static_cast<std::uint32_t>(number >> complaint_shift);
  if (complained != 0) {
    run.parts().echoes.retract(run, complaints_.take(complained - 1), cause);
  }
}

void Space::prepare_retract(AssertionToken token) const {
  dataspace_.prepare(FactId{static_cast<std::uint32_t>(token)});
}

void Space::message(TurnRun& run, Admitted&& message) {
  if (is_system()) return;
  run.touch(*this);
  dataspace_.send(run.turn(), std::move(message).take_body());
}

void Space::sync(TurnRun& run, Reference& peer) { run.answer_sync(peer); }

void Space::settle(TurnRun& run) {
  const InCall in_call(*this, run);
  Sink sink(run, *this);
  dataspace_.settle(run.turn(), sink);
  subscriptions_.flush(run);
  counts_reached_ = false;
}

// ---- for the keeper -------------------------------------------------------------------------

FactId Space::keep(TurnRun& run, const Value& value) {
  run.touch(*this);
  const InCall in_call(*this, run);
  return dataspace_.publish(run.turn(), value, nullptr);
}

void Space::let_go(TurnRun& run, FactId fact, Cause cause) {
  run.touch(*this);
  const InCall in_call(*this, run);
  dataspace_.retract(run.turn(), fact, cause);
}

std::uint32_t Space::send(TurnRun& run, const Value& message) {
  run.touch(*this);
  const std::uint32_t number = dataspace_.send(run.turn(), message);
  if (!std::exchange(counts_reached_, true)) reached_.clear();
  reached_.resize(number + 1);
  return number;
}

void Space::count_reached(const Change& change, std::size_t observers) {
  const bool counts = change.kind == ChangeKind::message && change.message < reached_.size();
  if (counts) reached_[change.message] += observers;
}

std::uint64_t Space::reached(std::uint32_t message) const { return reached_[message]; }

bool Space::asks_for_more(const Interest& interest) const {
  return is_system() ? asks_for_a_look(interest.pattern) : asks_for_services(interest);
}

void Space::add_asker(TurnRun& run) {
  if (askers_++ > 0 || is_system()) return;
  (void)run.parts().keepers.of(*this);
  advert_ = keeper_->advertise(run);
}

void Space::remove_asker(TurnRun& run) {
  if (--askers_ == 0 && !is_system()) keeper_->withdraw(run, advert_);
}

SpaceRevision Space::begin_revision(std::uint32_t index) {
  touched_ = true;
  index_in_turn_ = index;
  dataspace_.begin_revision(++revision_);
  return {id_, revision_};
}

void Space::end_turn() {
  touched_ = false;
  dataspace_.trim_history();
}

std::uint32_t Space::observer_added(ReferenceId reference, TopicId topic,
                                    std::optional<Observer> known) {
  AVOW_CHECK(run_ != nullptr);
  Reference& observer = run_->parts().references.at(reference);
  added_ = {subscriptions_.add(*run_, *this, observer, {topic, known}, tally_), topic};
  return added_->token;
}

void Space::observer_removed(std::uint32_t token, TopicId topic) {
  AVOW_CHECK(run_ != nullptr);
  subscriptions_.remove(*run_, *this, token, topic);
}

}  // namespace avow::server
