#include "server/session/credit.hpp"

#include <utility>

#include "avow/model/builder.hpp"

namespace avow::server {
namespace {

Value credit_flow_control() { return record("credit-flow-control", 202506); }

}  // namespace

std::optional<Value> CreditAccount::answer(ValueView extension) {
  if (!extension.is_record("do")) return std::nullopt;
  const std::optional<ValueView> offered = extension.element(0);
  if (!offered || *offered != credit_flow_control().view()) return std::nullopt;
  agreed_ = true;
  return record("will", credit_flow_control());
}

std::optional<Value> CreditAccount::settle() {
  if (owed_ == 0) return std::nullopt;
  return record("C", std::exchange(owed_, 0));
}

}  // namespace avow::server
