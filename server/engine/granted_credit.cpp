#include "server/engine/granted_credit.hpp"

namespace avow::server {
namespace {

std::optional<std::int64_t> balance_of(const std::optional<std::uint64_t>& granted) {
  if (!granted) return std::nullopt;
  return static_cast<std::int64_t>(*granted);
}

bool has_room(const std::optional<std::int64_t>& balance,
              const std::optional<std::uint64_t>& more) {
  if (!balance || !more || *balance <= 0) return true;
  return *more <= credit_max - static_cast<std::uint64_t>(*balance);
}

void add_to(std::optional<std::int64_t>& balance, const std::optional<std::uint64_t>& more) {
  if (balance && more) *balance += static_cast<std::int64_t>(*more);
}

}  // namespace

GrantedCredit::GrantedCredit(const DeliveryCredit& begin)
    : turns_(balance_of(begin.turns)), bytes_(balance_of(begin.bytes)) {}

Result<void> GrantedCredit::add(const DeliveryCredit& more) {
  if (!has_room(turns_, more.turns) || !has_room(bytes_, more.bytes)) {
    return Error{"limit", "A subscription has a credit of at most 2^63 - 1 turns, and bytes."};
  }
  add_to(turns_, more.turns);
  add_to(bytes_, more.bytes);
  return {};
}

bool GrantedCredit::is_left() const { return turns_.value_or(1) > 0 && bytes_.value_or(1) > 0; }

void GrantedCredit::take(std::uint64_t seq, std::size_t bytes) {
  if (turns_ && seq != telling_) --*turns_;
  if (bytes_) *bytes_ -= static_cast<std::int64_t>(bytes);
  telling_ = seq;
}

}  // namespace avow::server
