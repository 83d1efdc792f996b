#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "server/dataspace/dataspace.hpp"
#include "server/engine/echoes.hpp"
#include "server/engine/entity.hpp"
#include "server/engine/reference_table.hpp"
#include "server/engine/slab.hpp"
#include "server/engine/subscriptions.hpp"

// A space: a dataspace with a name and a revision order of its own, as an entity.

namespace avow::server {

class Spaces;

class Space final : public Entity, private ObserverHost {
 public:
  /// A space that begins with `revision` as its last. `spaces`, which it leaves when it ends, and
  /// `subscriptions` must outlive it.
  Space(SpaceId id, std::string name, std::uint64_t revision, Spaces& spaces, const HashKey& key,
        const EngineLimits& limits, Subscriptions& subscriptions);
  ~Space() override;

  /// Reads what an `Observe` asks for. Errors: `limit`, where there is no entity to be told.
  Result<void> check(Admitted& assertion) override;
  AssertionToken publish(TurnRun& run, Admitted assertion) override;
  void retract(TurnRun& run, AssertionToken token, Cause cause) override;
  void prepare_retract(AssertionToken token) const override;
  void message(TurnRun& run, Admitted message) override;
  void sync(TurnRun& run, Reference& peer) override;
  Space* as_space() override { return this; }

  /// Tells what changed since the last call.
  void settle(TurnRun& run);

  [[nodiscard]] SpaceId id() const { return id_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t revision() const { return revision_; }
  [[nodiscard]] const Dataspace& dataspace() const { return dataspace_; }

  /// Whether the turn in progress has touched this space, and its index in the turn's content.
  [[nodiscard]] bool is_touched() const { return touched_; }
  [[nodiscard]] std::uint32_t index_in_turn() const { return index_in_turn_; }
  /// Takes the next revision.
  SpaceRevision begin_revision(std::uint32_t index);
  void end_turn() { touched_ = false; }

 private:
  class InCall;

  std::uint64_t observer_added(ReferenceId reference, TopicId topic) override;
  void observer_removed(std::uint64_t token) override;
  void topic_ended(TopicId) override {}

  SpaceId id_;
  std::string name_;
  std::uint64_t revision_;
  Spaces& spaces_;
  PatternLimits pattern_limits_;
  Subscriptions& subscriptions_;
  TurnRun* run_ = nullptr;  // The turn within whose call the dataspace is.
  bool touched_ = false;
  std::uint32_t index_in_turn_ = 0;
  /// Errors that are asserted at observers, as long as their `Observe` is.
  Slab<EchoId> complaints_;
  Dataspace dataspace_;
};

}  // namespace avow::server
