#include "avow/client/listening.hpp"

#include <utility>

#include "avow/client/core.hpp"

namespace avow {
namespace {

const Error ended{"closed", "The subscription has ended."};

}  // namespace

Listening::Listening(std::weak_ptr<Core> core, ClientId id, OnChange on_change, OnLink on_link)
    : core_(std::move(core)),
      id_(id),
      callbacks_(std::make_shared<Callbacks>(
          Callbacks{.on_change = std::move(on_change), .on_link = std::move(on_link)})) {}

void Listening::tell(const Change& change) {
  const std::shared_ptr<Core> core = core_.lock();
  const std::lock_guard open(gate_);
  const std::shared_ptr<Callbacks> callbacks = callbacks_;
  if (core == nullptr || callbacks == nullptr) return;
  if (change.kind == Change::Kind::synced) is_synced_ = true;
  const bool refused = change.kind == Change::Kind::refused;
  if (refused && waiting_.empty()) core->report(change.error);
  call_back(*core, callbacks->on_change, change);
  if (refused) settle(change.error);
  if (change.kind == Change::Kind::synced) settle(change.revision);
}

void Listening::tell(const LinkState& state) {
  const std::shared_ptr<Core> core = core_.lock();
  const std::lock_guard open(gate_);
  const std::shared_ptr<Callbacks> callbacks = callbacks_;
  if (core == nullptr || callbacks == nullptr) return;
  call_back(*core, callbacks->on_link, state);
}

void Listening::stop() noexcept {
  std::shared_ptr<Callbacks> last;
  std::vector<OnSynced> waiting;
  {
    const std::lock_guard open(gate_);
    if (callbacks_ == nullptr) return;
    last.swap(callbacks_);
    waiting.swap(waiting_);
    if (!outcome_) outcome_ = ended;
  }
  const std::shared_ptr<Core> core = core_.lock();
  for (const OnSynced& then : waiting) {
    if (core != nullptr) call_back(*core, then, ended);
  }
  // Stops the facets. Not behind the gate: a nested subscription's callback may be waiting for it.
  last.reset();
  if (core != nullptr) core->forget(id_);
}

void Listening::synced(OnSynced then) {
  const std::shared_ptr<Core> core = core_.lock();
  const std::lock_guard open(gate_);
  if (!outcome_ && callbacks_ == nullptr) outcome_ = ended;
  if (!outcome_) {
    waiting_.push_back(std::move(then));
  } else if (core != nullptr) {
    call_back(*core, then, *outcome_);
  } else {
    then(*outcome_);
  }
}

void Listening::fail(const Error& why) {
  const std::lock_guard open(gate_);
  if (!outcome_) settle(why);
}

void Listening::settle(const Result<std::uint64_t>& outcome) {
  outcome_ = outcome;
  const std::shared_ptr<Core> core = core_.lock();
  for (const OnSynced& then : std::exchange(waiting_, {})) {
    if (core != nullptr) call_back(*core, then, outcome);
  }
}

}  // namespace avow
