#pragma once

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"
#include "avow/model/value.hpp"
#include "server/engine/echoes.hpp"
#include "server/engine/entity.hpp"
#include "server/engine/slab.hpp"
#include "server/engine/spaces.hpp"

// The gatekeeper turns sturdy references into live ones. To `<resolve step #:k>` it answers at k
// with `<ok #:reference>` or `<error …>`, and withdraws the answer with the request.

namespace avow::server {

class Gatekeeper final : public Entity {
 public:
  /// `key` signs sturdy references; the empty one is the development key.
  Gatekeeper(Bytes key, Spaces& spaces, ReferenceTable& references, Subscriptions& subscriptions)
      : key_(std::move(key)),
        spaces_(spaces),
        references_(references),
        subscriptions_(subscriptions) {}

  /// The live reference that a step (`<ref …>`) names; not held yet. Errors: `invalid`,
  /// `sturdyref-failed-validation`, `unsupported`.
  [[nodiscard]] Result<Reference*> resolve(ValueView step);

  Result<void> check(Admitted&) override { return {}; }
  AssertionToken publish(TurnRun& run, const Admitted& assertion) override;
  void retract(TurnRun& run, AssertionToken token, Cause cause) override;
  void message(TurnRun&, Admitted&&) override {}
  void sync(TurnRun& run, Reference& peer) override;

 private:
  Bytes key_;
  Spaces& spaces_;
  ReferenceTable& references_;
  Subscriptions& subscriptions_;
  Slab<EchoId> answers_;
};

}  // namespace avow::server
