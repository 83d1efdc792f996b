#include "server/engine/space.hpp"

#include <utility>

#include "avow/base/check.hpp"
#include "avow/model/builder.hpp"
#include "server/engine/admission.hpp"
#include "server/engine/spaces.hpp"
#include "server/engine/turn_run.hpp"

namespace avow::server {
namespace {

// A token is the number of the fact, and above it one more than the place of the complaint, if the
// assertion has led to one.
constexpr unsigned complaint_shift = 32;

Value complaint(const Error& error) {
  Builder builder;
  builder.begin_record("error").begin_dictionary();
  builder.symbol("code").symbol(error.code);
  builder.symbol("message").string(error.detail);
  builder.end().end();
  return builder.finish().value();
}

// Gives what a dataspace tells to the subscriptions.
class Sink final : public DeliverySink {
 public:
  Sink(TurnRun& run, Subscriptions& subscriptions, std::uint32_t space_index)
      : run_(run), subscriptions_(subscriptions), space_index_(space_index) {}
  void deliver(const Change& change, ByteView captures,
               std::span<const Observer> observers) override {
    subscriptions_.deliver(run_, space_index_, change, captures, observers);
  }

 private:
  TurnRun& run_;
  Subscriptions& subscriptions_;
  std::uint32_t space_index_;
};

DataspaceLimits limits_of(const EngineLimits& engine) {
  DataspaceLimits limits;
  limits.shapes_per_label_max = engine.shapes_per_label_max;
  return limits;
}

}  // namespace

/// Within it, the dataspace may call its host.
class Space::InCall {
 public:
  InCall(Space& space, TurnRun& run) : space_(space) { space_.run_ = &run; }
  ~InCall() { space_.run_ = nullptr; }
  InCall(const InCall&) = delete;
  InCall& operator=(const InCall&) = delete;

 private:
  Space& space_;
};

Space::Space(SpaceId id, std::string name, std::uint64_t revision, Spaces& spaces,
             const HashKey& key, const EngineLimits& limits, Subscriptions& subscriptions)
    : id_(id),
      name_(std::move(name)),
      revision_(revision),
      spaces_(spaces),
      pattern_limits_(limits.pattern),
      subscriptions_(subscriptions),
      dataspace_(key, *this, limits_of(limits)) {}

Space::~Space() { spaces_.ended(*this); }

Result<void> Space::check(Admitted& assertion) {
  assertion.hash = dataspace_.prepare(assertion.body());
  if (!assertion.body().view().is_record("Observe")) return {};
  ParsedInterest parsed = parse_interest(assertion.body(), pattern_limits_);
  if (parsed.interest) {
    Result<void> fits = dataspace_.check_interest(*parsed.interest);
    if (!fits) {
      parsed.failure = InterestFailure{fits.error(), std::nullopt};
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

AssertionToken Space::publish(TurnRun& run, Admitted assertion) {
  run.touch(*this);
  const InCall in_call(*this, run);
  const ParsedInterest* const parsed = assertion.interest.get();
  const Interest* const interest =
      parsed != nullptr && parsed->interest ? &*parsed->interest : nullptr;
  const FactId fact = dataspace_.publish(run.turn(), assertion.body(), interest, assertion.hash);
  auto token = static_cast<std::uint64_t>(fact);
  if (parsed != nullptr && parsed->failure) {
    TurnParts& parts = run.parts();
    Reference& observer = parts.references.at(*parsed->failure->tell);
    const EchoId echo = parts.echoes.publish(run, observer, complaint(parsed->failure->error));
    token |= (std::uint64_t{complaints_.add(echo)} + 1) << complaint_shift;
  }
  return AssertionToken{token};
}

void Space::retract(TurnRun& run, AssertionToken token, Cause cause) {
  run.touch(*this);
  const InCall in_call(*this, run);
  const auto number = static_cast<std::uint64_t>(token);
  dataspace_.retract(run.turn(), FactId{static_cast<std::uint32_t>(number)}, cause);
  const auto complained = static_cast<std::uint32_t>(number >> complaint_shift);
  if (complained != 0) {
    run.parts().echoes.retract(run, complaints_.take(complained - 1), cause);
  }
}

void Space::prepare_retract(AssertionToken token) const {
  dataspace_.prepare(FactId{static_cast<std::uint32_t>(token)});
}

void Space::message(TurnRun& run, Admitted message) {
  run.touch(*this);
  dataspace_.send(run.turn(), message.body());
}

void Space::sync(TurnRun& run, Reference& peer) { run.answer_sync(peer); }

void Space::settle(TurnRun& run) {
  const InCall in_call(*this, run);
  Sink sink(run, subscriptions_, index_in_turn_);
  dataspace_.settle(run.turn(), sink);
  subscriptions_.flush(run);
}

SpaceRevision Space::begin_revision(std::uint32_t index) {
  touched_ = true;
  index_in_turn_ = index;
  return {id_, ++revision_};
}

std::uint64_t Space::observer_added(ReferenceId reference, TopicId topic) {
  AVOW_CHECK(run_ != nullptr);
  return subscriptions_.add(*run_, *this, run_->parts().references.at(reference), topic);
}

void Space::observer_removed(std::uint64_t token) {
  AVOW_CHECK(run_ != nullptr);
  subscriptions_.remove(*run_, *this, token);
}

}  // namespace avow::server
