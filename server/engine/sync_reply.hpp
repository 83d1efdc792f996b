#pragma once

#include "server/engine/admission.hpp"
#include "server/engine/entity.hpp"
#include "server/engine/reference_table.hpp"

// Where a client sends the answer to a sync that was passed on to it. Hears one message and hands
// the answer on to whoever asked; anything else is ignored.

namespace avow::server {

class SyncReply final : public Entity {
 public:
  SyncReply(ReferenceTable& references, Reference& peer);
  ~SyncReply() override;

  Result<void> check(Admitted&) override { return {}; }
  AssertionToken publish(TurnRun&, const Admitted&) override { return {}; }
  void retract(TurnRun&, AssertionToken, Cause) override {}
  void message(TurnRun& run, Admitted&& message) override;
  void sync(TurnRun& run, Reference& peer) override;

 private:
  ReferenceTable& references_;
  Reference* peer_;  // Held; nothing once it has been answered.
};

/// The entity behind references to what does not exist: it hears everything and does nothing.
class Nobody final : public Entity {
 public:
  Result<void> check(Admitted&) override { return {}; }
  AssertionToken publish(TurnRun&, const Admitted&) override { return {}; }
  void retract(TurnRun&, AssertionToken, Cause) override {}
  void message(TurnRun&, Admitted&&) override {}
  void sync(TurnRun& run, Reference& peer) override;
};

}  // namespace avow::server
