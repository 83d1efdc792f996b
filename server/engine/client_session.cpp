#include "server/engine/client_session.hpp"

#include <limits>
#include <utility>

#include "server/engine/space.hpp"

namespace avow::server {

const Export& ClientSession::export_of(const HeldAssertion& assertion) const {
  return membrane.export_at(assertion.has_extras != 0 ? extras[assertion.place].at
                                                      : assertion.place);
}

Export& ClientSession::export_of(const HeldAssertion& assertion) {
  return const_cast<Export&>(std::as_const(*this).export_of(assertion));  // NOLINT: it is ours.
}

ValueView ClientSession::fact_of(const HeldAssertion& assertion) const {
  const Space& space = *export_of(assertion).reference->entity->as_space();
  return space.dataspace().value_of(Space::fact_of(assertion.token));
}

std::uint64_t ClientSession::since_of(const HeldAssertion& interest) const {
  return interest.has_age() ? since_ms + interest.bytes : extras[interest.place].since_ms;
}

void ClientSession::add_extras(HeldAssertion& assertion, AssertionExtras added) {
  added.at = assertion.place;
  assertion.set_place(extras.add(std::move(added)));
  assertion.has_extras = 1;
}

void ClientSession::settle_extras(HeldAssertion& assertion,
                                  std::optional<std::uint64_t> in_force_since) {
  AssertionExtras& known = extras[assertion.place];
  known.since_ms = in_force_since.value_or(0);
  assertion.is_in_force = in_force_since ? 1 : 0;
  if (export_of(assertion).reference->entity->as_space() == nullptr) return;
  const std::uint64_t age = in_force_since ? *in_force_since - since_ms : 0;
  if (age > std::numeric_limits<std::uint32_t>::max()) return;
  if (!membrane.mentions_own(known.body, known.pins)) return;
  assertion.stands_in_fact = 1;
  assertion.has_extras = 0;
  if (in_force_since) assertion.bytes = static_cast<std::uint32_t>(age);
  assertion.set_place(extras.take(assertion.place).at);
}

void ClientSession::let_go(const HeldAssertion& ended, AssertionExtras& taken) {
  --usage.facts;
  usage.subscriptions -= ended.is_interest;
  usage.bytes -= ended.has_age() ? fact_of(ended).bytes().size() : ended.bytes;
  if (ended.stands_in_fact != 0) return membrane.unpin_own(fact_of(ended));
  if (ended.has_extras == 0) return;
  taken = extras.take(ended.place);
  membrane.unpin(taken.pins);
}

void ClientSession::hold_again(HeldAssertion& assertion, AssertionExtras&& taken) {
  if (assertion.stands_in_fact != 0) return membrane.pin_own(fact_of(assertion));
  if (assertion.has_extras == 0) return;
  membrane.pin(taken.pins);
  assertion.set_place(extras.add(std::move(taken)));
}

void ClientSession::release(const HeldAssertion& ended, const AssertionExtras& taken) {
  ReferenceTable& references = membrane.references();
  if (ended.stands_in_fact != 0) return references.release_all(fact_of(ended));
  references.release_all(taken.body);
}

void ClientSession::release(const HeldAssertion& ending) {
  if (ending.has_extras != 0) return release(ending, extras[ending.place]);
  release(ending, AssertionExtras());
}

}  // namespace avow::server
