#include "server/transport/roster.hpp"

#include <utility>

#include "avow/base/check.hpp"

namespace avow::server {

Place::Place(Place&& other) noexcept
    : roster_(std::exchange(other.roster_, nullptr)), address_(other.address_) {}

Place::~Place() {
  if (roster_ != nullptr) roster_->leave(address_);
}

std::optional<Refusal> Roster::refusal_for(const std::optional<AddressKey>& address) const {
  if (size_ >= connections_max_) return Refusal::connection_limit;
  if (!address) return std::nullopt;
  const auto found = by_address_.find(*address);
  if (found == by_address_.end() || found->second < connections_per_address_max_) {
    return std::nullopt;
  }
  return Refusal::address_limit;
}

Place Roster::admit(const std::optional<AddressKey>& address) {
  AVOW_CHECK(!refusal_for(address));
  ++size_;
  if (address) ++by_address_[*address];
  return Place(*this, address);
}

void Roster::leave(const std::optional<AddressKey>& address) {
  --size_;
  if (!address) return;
  const auto found = by_address_.find(*address);
  AVOW_CHECK(found != by_address_.end());
  if (--found->second == 0) by_address_.erase(found);
}

std::optional<Moment> AcceptBudget::spend(Moment now) {
  constexpr std::chrono::seconds second{1};
  if (!second_began_ || now - *second_began_ >= second) {
    second_began_ = now;
    left_ = per_second_max_;
  }
  if (left_ == 0) return *second_began_ + second;
  --left_;
  return std::nullopt;
}

}  // namespace avow::server
