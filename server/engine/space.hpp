#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "avow/base/resync_reason.hpp"
#include "avow/model/pattern.hpp"
#include "server/dataspace/dataspace.hpp"
#include "server/engine/echoes.hpp"
#include "server/engine/entity.hpp"
#include "server/engine/reference_table.hpp"
#include "server/engine/slab.hpp"
#include "server/engine/subscriptions.hpp"

// A space: a dataspace with a name and a revision order of its own, as an entity.

namespace avow::server {

class Keeper;
class Spaces;

class Space final : public Entity, private ObserverHost {
 public:
  /// A space that begins with `revision` as its last. `spaces`, which it leaves when it ends and
  /// which has the history of all, and `subscriptions` must outlive it.
  Space(SpaceId id, std::string name, std::uint64_t revision, Spaces& spaces, const HashKey& key,
        const EngineLimits& limits, Subscriptions& subscriptions);
  ~Space() override;

  /// Reads what an `Observe` asks for. Errors: `limit`, where there is no entity to be told;
  /// `read-only`, in the system space.
  Result<void> check(Admitted& assertion) override;
  AssertionToken publish(TurnRun& run, const Admitted& assertion) override;
  void retract(TurnRun& run, AssertionToken token, Cause cause) override;
  void prepare_retract(AssertionToken token) const override;
  void message(TurnRun& run, Admitted&& message) override;
  void sync(TurnRun& run, Reference& peer) override;
  Space* as_space() override { return this; }

  /// Tells what changed since the last call.
  void settle(TurnRun& run);

  [[nodiscard]] SpaceId id() const { return id_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Whether the server tells of itself here: nobody else asserts or says anything.
  [[nodiscard]] bool is_system() const { return is_system_; }
  [[nodiscard]] std::uint64_t revision() const { return revision_; }
  [[nodiscard]] const Dataspace& dataspace() const { return dataspace_; }
  // See `Dataspace`: what is done in steps.
  void begin_search(std::span<const Interest> interests) { dataspace_.begin_search(interests); }
  void end_search() { dataspace_.end_search(); }
  void index_some() { dataspace_.index_some(); }

  /// The last durable turn that touched this space: whoever is told of the space waits for it.
  [[nodiscard]] std::uint64_t durable_seq() const { return durable_seq_; }
  void note_durable(std::uint64_t seq) { durable_seq_ = seq; }
  /// The last turn that changed what this space keeps, promised to anybody or not: what is said to
  /// be durable, though this turn did not make it so, waits for that.
  [[nodiscard]] std::uint64_t written_seq() const { return written_seq_; }
  void note_written(std::uint64_t seq) { written_seq_ = seq; }
  void go_on_above(std::uint64_t revision);

  /// Of the system space: whether anybody observes what a look finds (introspection.hpp).
  [[nodiscard]] bool is_asked_for_a_look() const { return is_system() && askers_ > 0; }

  // For the keeper of this space, of which there may be none.
  [[nodiscard]] Keeper* keeper() const { return keeper_; }
  void set_keeper(Keeper* keeper) { keeper_ = keeper; }
  /// One more support for a value that asks for nothing.
  FactId keep(TurnRun& run, const Value& value);
  /// One support less.
  void let_go(TurnRun& run, FactId fact, Cause cause);
  /// A message. How many observers it has reached is known by this number once it is settled, and
  /// until the space is settled again.
  std::uint32_t send(TurnRun& run, const Value& message);
  [[nodiscard]] std::uint64_t reached(std::uint32_t message) const;

  /// There is one more observer, or one less, that is told what went.
  void count_told_what_went(bool is_more) { is_more ? ++told_what_went_ : --told_what_went_; }

  /// Whether the turn in progress has touched this space, and its index in the turn's content.
  [[nodiscard]] bool is_touched() const { return touched_; }
  [[nodiscard]] std::uint32_t index_in_turn() const { return index_in_turn_; }
  /// The fact that an assertion here has become.
  [[nodiscard]] static FactId fact_of(AssertionToken token) {
    return FactId{static_cast<std::uint32_t>(static_cast<std::uint64_t>(token))};
  }
  /// Takes the next revision.
  SpaceRevision begin_revision(std::uint32_t index);
  void end_turn();

  // space_resuming.cpp: observers that go on from a revision.
  /// What whoever names a revision that has not been is told: `future-revision`.
  [[nodiscard]] Error not_reached(std::uint64_t revision) const;
  /// Why an observer cannot be told what it misses; nothing if it can.
  [[nodiscard]] std::optional<ResyncReason> why_not_from(const ResumePoint& from) const;
  /// Tells the observer of an interest what it misses, see Dataspace.
  [[nodiscard]] bool tell_since(TurnRun& run, FactId interest, std::uint64_t revision);
  /// Gives what is there to the subscriptions, which have to flush it.
  SnapshotPart tell_part(TurnRun& run, FactId interest, CaptureId after, std::size_t room);

 private:
  class InCall;
  class Sink;

  /// What is wrong with how an observer wants to be told. Errors: `unsupported`, `future-revision`,
  /// `epoch-changed`, `compacted`.
  [[nodiscard]] Result<void> check_delivery(const Interest& interest) const;

  void take_terms(FactId fact, const Interest& interest);
  void count_reached(const Change& change, std::size_t observers);
  /// Whether there is more to be told because somebody has that interest.
  [[nodiscard]] bool asks_for_more(const Interest& interest) const;
  void add_asker(TurnRun& run);
  void remove_asker(TurnRun& run);

  std::uint32_t observer_added(ReferenceId reference, TopicId topic,
                               std::optional<Observer> known) override;
  void observer_removed(std::uint32_t token, TopicId topic) override;
  void topic_ended(TopicId) override {}

  SpaceId id_;
  std::string name_;
  bool is_system_;
  std::uint64_t revision_;
  std::uint64_t durable_seq_ = 0;
  std::uint64_t written_seq_ = 0;
  Spaces& spaces_;
  PatternLimits pattern_limits_;
  Subscriptions& subscriptions_;
  struct Added {
    std::uint32_t token = 0;
    TopicId topic{};
  };
  std::optional<Added> added_;         // The observer that was added last.
  std::optional<TallyOptions> tally_;  // What the Observe that is being published asks for.
  TurnRun* run_ = nullptr;             // The turn within whose call the dataspace is.
  bool touched_ = false;
  std::uint32_t index_in_turn_ = 0;
  Keeper* keeper_ = nullptr;
  /// Interests that name the label of services, and the fact that tells them of the keeper. In the
  /// system space: interests in what a look finds.
  std::uint32_t askers_ = 0;
  std::uint32_t told_what_went_ = 0;
  FactId advert_{};
  /// Observers that each message of the keeper has reached; empty if it has sent none.
  std::vector<std::uint64_t> reached_;
  bool counts_reached_ = false;
  /// Errors that are asserted at observers, as long as their `Observe` is.
  Slab<EchoId> complaints_;
  Dataspace dataspace_;
};

}  // namespace avow::server
