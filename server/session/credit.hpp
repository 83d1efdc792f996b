#pragma once

#include <cstdint>
#include <optional>

#include "avow/model/value.hpp"

// The credit extension of the Syndicate protocol: a sender offers `<do <credit-flow-control
// 202506>>`, we answer `<will <credit-flow-control 202506>>`, and from then on say `<C count>` for
// the turns that we have taken in.

namespace avow::server {

class CreditAccount {
 public:
  /// What to answer to an extension packet, if it is the offer.
  [[nodiscard]] std::optional<Value> answer(ValueView extension);
  /// A turn of the client has been taken in.
  void note_turn() {
    if (agreed_) ++owed_;
  }
  /// The `<C count>` that is due, if any.
  [[nodiscard]] std::optional<Value> settle();

 private:
  bool agreed_ = false;
  std::uint64_t owed_ = 0;
};

}  // namespace avow::server
