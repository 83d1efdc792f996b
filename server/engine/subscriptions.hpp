#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "avow/model/pattern.hpp"
#include "server/dataspace/change.hpp"
#include "server/dataspace/dataspace.hpp"
#include "server/engine/conflater.hpp"
#include "server/engine/echoes.hpp"
#include "server/engine/granted_credit.hpp"
#include "server/engine/handle_map.hpp"
#include "server/engine/outbound_turn.hpp"
#include "server/engine/progress_marks.hpp"
#include "server/engine/reference_table.hpp"
#include "server/engine/session_table.hpp"
#include "server/engine/slab.hpp"
#include "server/engine/tally.hpp"
#include "server/engine/telling_clock.hpp"

// The observers of all spaces: whom a delivery is for, and under which handle it is told.
//
//   direct     an entity of a client, by a reference without caveats. The first of a session in a
//              topic is told under the capture ids themselves, so that all after the oid is the
//              same for all sessions; others of the same session and topic have handles of their
//              own.
//   counted    either of them, with a tally (tally.hpp): what it comes to is told at the end.
//   conflated  a direct one with a conflater (conflater.hpp): what is the latest is told at ticks.
//   by echo    an entity inside the server, or one behind caveats: captures pass them like any
//              assertion.

namespace avow::server {

class Subscriptions {
 public:
  Subscriptions(ReferenceTable& references, SessionTable& sessions, EngineCounters& counters,
                std::size_t snapshot_part_bytes)
      : references_(references),
        sessions_(sessions),
        counters_(counters),
        subscriptions_(references.memory()),
        snapshot_part_bytes_(snapshot_part_bytes) {}

  /// A topic that is observed, and an observer that it had before, see `ObserverHost`.
  struct Topic {
    TopicId id{};
    std::optional<Observer> known{};
  };
  /// An interest of `observer` has come into force; the token for its deliveries.
  std::uint32_t add(TurnRun& run, Space& space, Reference& observer, const Topic& topic,
                    const std::optional<TallyOptions>& tally);
  /// It has ended.
  void remove(TurnRun& run, Space& space, std::uint32_t token, TopicId topic);

  /// Whether there is somebody to be told what the observer behind `token` observes: a session that
  /// ends is told nothing of its own end.
  [[nodiscard]] bool hears(std::uint64_t token) const;
  /// Whether one of these observers needs to know of a disappearance what went. Most are told the
  /// number under which they know it. A space counts those that do: asking for each of very many
  /// waits for memory.
  [[nodiscard]] bool tells_what_went(std::span<const Observer> observers) const;
  /// Whether an observer of that reference could go on from a revision: only an entity of a client
  /// that can be told of a removal what went.
  [[nodiscard]] bool can_go_on(ReferenceId observer) const;
  /// The observer behind `token` has the interest `fact`.
  void note_interest(std::uint32_t token, FactId fact);
  /// It wants to go on: it is told nothing of what changes before `catch_up`.
  void go_on(std::uint32_t token, const ResumePoint& from);
  /// Tells all of these what they miss. The spaces have been settled.
  void catch_up(TurnRun& run);

  // subscriptions_late.cpp: observers of a session that is behind.
  /// Tells observers of `session` that have missed something what that is, until about so many
  /// changes have been looked at, or one observer has been told all. How many have, at most that.
  /// The spaces have been settled.
  std::size_t let_catch_up(TurnRun& run, ClientSession& session, std::size_t changes_max);

  // subscriptions_parts.cpp: snapshots that are told in parts.
  /// About how many bytes of what is there the observer behind `token` is to be told in this turn.
  [[nodiscard]] std::size_t room_for(TurnRun& run, std::uint32_t token) const;
  /// It is being told that much of it.
  void note_part(TurnRun& run, std::uint32_t token, const SnapshotPart& told);
  /// Whether there is more to tell of a snapshot now.
  [[nodiscard]] bool has_part(const ClientSession& session) const;
  /// Tells the session, which has such, more of its snapshots. How many changes that came to. The
  /// spaces have been settled.
  std::size_t tell_part(TurnRun& run, ClientSession& session);
  // subscriptions_policies.cpp: observers that are told less than everything, as they asked for.
  /// What the observer behind `token` asked for.
  void take_terms(std::uint32_t token, TopicId topic, const DeliveryOptions& delivery);
  /// Grants more to the observers that are that entity of the client, and were begun with a credit.
  /// Errors: `unknown-subscription`, `limit`; then nothing is granted.
  [[nodiscard]] Result<void> grant(ClientSession& session, std::int64_t entity,
                                   const DeliveryCredit& more);
  /// When those that are conflated are due.
  [[nodiscard]] TellingClock& conflation_clock() { return clock_; }
  [[nodiscard]] const TellingClock& conflation_clock() const { return clock_; }
  /// Tells those that are due, until about so many changes have been told.
  void tell_conflated(TurnRun& run, Moment now, std::size_t changes_max);
  /// An observer that its policy has closed, whose interest is to end: each once.
  struct Closed {
    SessionId session{};
    const Space* space = nullptr;
    FactId fact{};
  };
  [[nodiscard]] std::optional<Closed> take_closed();

  /// The observer behind `token` is to be told how far it has been told all, see ProgressMarks.
  void mark_progress(std::uint32_t token, Milliseconds every);
  [[nodiscard]] ProgressMarks& progress_marks() { return marks_; }
  [[nodiscard]] const ProgressMarks& progress_marks() const { return marks_; }
  /// Whom a mark is for; nothing if its session has ended.
  [[nodiscard]] ClientSession* session_of(const ProgressMarks::Mark& mark) const;
  [[nodiscard]] ProgressNotice progress_of(const ProgressMarks::Mark& mark) const;
  /// Whether there is something that it has not been told, and is to be told later.
  [[nodiscard]] bool owes(const ProgressMarks::Mark& mark) const;

  /// One change, for these observers. It is told by the next `flush`: until then, the memory that
  /// this needs has time to come near.
  void deliver(TurnRun& run, std::uint32_t space_index, const Change& change, ByteView captures,
               std::span<const Observer> observers);
  /// Tells all that was delivered, in order.
  void flush(TurnRun& run);

  [[nodiscard]] std::size_t size() const { return subscriptions_.size(); }

 private:
  // There are very many: what is rare is kept elsewhere.
  struct Subscription {
    // What each delivery needs comes first, to be in one line of the cache.
    SessionId session{};   // Of a direct one.
    std::int32_t oid = 0;  // Likewise, of its entity, unless that is a big number.
    bool is_direct : 1 = false;
    bool has_big_oid : 1 = false;
    bool is_primary : 1 = false;   // Told under the capture ids.
    bool is_sole : 1 = false;      // The only one of its session in the topic.
    bool is_listed : 1 = false;    // In the session's topics.
    bool has_tally : 1 = false;    // Told under numbers of its own.
    bool is_behind : 1 = false;    // Goes on: told nothing of its turn that changes until its end.
    bool has_mark : 1 = false;     // Is told how far it has been told all.
    bool went_on : 1 = false;      // Does not know the handles of what it was told before.
    bool is_late : 1 = false;      // Has missed something, and is told nothing until it catches up.
    bool is_new : 1 = false;       // Began in this turn.
    bool is_in_parts : 1 = false;  // Its snapshot is told in parts, or waits for others that are.
    bool is_metered : 1 = false;   // Has a credit.
    bool conflates : 1 = false;    // Has a conflater.
    bool is_beginning : 1 = false;  // Conflates, and is told what is there at the end of its turn.
    bool is_closed : 1 = false;     // By its policy: is told nothing any more, so always late.
    bool needs_what_went : 1 = false;  // To be told of a disappearance. Its space counts these.
    SlowPolicy policy = SlowPolicy::resync;
    FactId fact{};  // The interest.

    std::uint32_t observer = 0;  // The place of its reference. Held.
    std::uint32_t space = 0;     // Its place in `spaces_`.
    // One more than a place in `handle_maps_`, or 0. By capture: the handle of one that is not
    // primary, the echo of one that is not direct.
    std::uint32_t handles = 0;

    /// Told everything directly, at once, as its topic is told: as nearly all are.
    [[nodiscard]] bool is_usual() const {
      return is_direct && is_primary && is_sole && !has_big_oid && !has_tally && !is_behind &&
             !went_on && !is_late && !is_in_parts && !is_metered && !conflates && !is_closed;
    }
  };
  static_assert(sizeof(Subscription) == 32);
  struct ObservedSpace {
    Space* space = nullptr;
    std::uint32_t observers = 0;
  };
  // What few observers have.
  struct Terms {
    std::optional<GrantedCredit> credit{};
    std::optional<Conflater> conflater{};
    std::optional<Tally> tally{};
    TopicId topic{};  // Of one that conflates or is counted.
  };
  // An observer that is behind.
  struct Behind {
    std::uint32_t subscription = 0;
    ResumePoint from;
  };
  // An observer whose snapshot is told in parts.
  struct InParts {
    std::uint64_t group = 0;  // In the session's snapshots.
    CaptureId through{};      // It has been told of what is there up to this one.
    bool is_told = false;     // It has been told all, and waits for the others of its group.
    bool is_void = false;     // It has missed something of what it had been told, and begins anew.
    std::uint64_t messages_missed = 0;
  };
  struct Delivery {
    std::uint32_t subscription = 0;
    std::uint32_t change = 0;  // In the turn's content.
  };

  /// The entity that is told directly; nothing if it is not a client's, or named with caveats.
  [[nodiscard]] static ClientEntity* direct_entity_of(const Reference& observer);
  void add_direct(TurnRun& run, Space& space, std::uint32_t place, const Topic& topic);
  void remove_direct(TurnRun& run, Space& space, std::uint32_t place, TopicId topic);
  void list(TurnRun& run, std::uint32_t place, TopicId topic);
  void unlist(TurnRun& run, std::uint32_t place, ClientSession& session, TopicId topic);
  [[nodiscard]] static bool is_by_topic(const Subscription& subscription) {
    return subscription.is_sole && !subscription.has_tally && !subscription.conflates;
  }
  // subscriptions_tables.cpp: what is found by its place.
  [[nodiscard]] std::uint32_t place_of(Space& space);
  [[nodiscard]] Space& space_of(const Subscription& subscription) const {
    return *spaces_[subscription.space].space;
  }
  [[nodiscard]] Reference& observer_of(const Subscription& subscription) const {
    return references_.at_place(subscription.observer);
  }
  /// How it is told things has changed: notes whether it needs to know what went.
  void note_needs(std::uint32_t place);
  void set_needs(std::uint32_t place, bool needs);
  [[nodiscard]] bool is_told_what_went(const Subscription& subscription) const;
  [[nodiscard]] HandleMap& handles_of(Subscription& subscription);
  void forget_handles(Subscription& subscription);
  /// It has ended.
  void let_go(std::uint32_t place);
  [[nodiscard]] wire::Number oid_of(const Subscription& subscription) const;
  void tell_of_topic(TurnRun& run, Space& space, const Subscription& subscription, TopicId topic,
                     bool began);

  void catch_up(TurnRun& run, const Behind& behind);
  /// Tells it all that is there; what it was told up to revision `after` is void, for `reason`.
  void tell_anew(TurnRun& run, std::uint32_t place, ClientSession& session, std::uint64_t after,
                 ResyncReason reason);
  void flush_one(TurnRun& run, const Delivery& delivery);
  /// The observer is a usual one. False if the change or the session is not, then nothing is told.
  [[nodiscard]] bool tell_usual(TurnRun& run, const Subscription& subscription,
                                std::uint32_t index);
  void tell(TurnRun& run, std::uint32_t place, std::uint32_t change);
  void count(TurnRun& run, std::uint32_t place, const SharedChange& shared);
  void settle_tallies(TurnRun& run);
  void tell_direct(TurnRun& run, std::uint32_t place, ClientSession& session, const Change& change,
                   std::uint32_t index);
  void tell_references(TurnRun& run, Subscription& subscription, ClientSession& session,
                       const Change& change, std::uint32_t index, std::uint64_t handle);
  void tell_by_echo(TurnRun& run, Subscription& subscription, const Change& change,
                    ValueView captures);

  /// Whether it is told nothing but that in the turn with that number.
  [[nodiscard]] bool misses(std::uint64_t seq, std::uint32_t place,
                            const Subscription& subscription, const ClientSession& session) const {
    return subscription.is_late || (session.is_behind && !subscription.is_new) ||
           (subscription.is_metered && !terms_.at(place).credit->covers(seq));
  }
  void miss(TurnRun& run, std::uint32_t place, ClientSession& session, const Change& change);
  void forget_ended(Subscription& subscription, ClientSession& session, const Change& change);
  void begin_to_miss(TurnRun& run, std::uint32_t place, ClientSession& session);
  void forget_told(std::uint32_t place, ClientSession& session);
  std::size_t tell_late(TurnRun& run, std::uint32_t place, ClientSession& session,
                        const Late& late);
  [[nodiscard]] std::optional<ResyncReason> tell_missed(TurnRun& run, std::uint32_t place,
                                                        const Late& late);
  void conflate(TurnRun& run, std::uint32_t place, std::uint32_t index);
  void begin_conflated(TurnRun& run);
  /// Tells what is the latest now. How much that was.
  std::size_t tell_latest(TurnRun& run, std::uint32_t place);
  void tell_latest_anew(TurnRun& run, std::uint32_t place, ClientSession& session);
  void tell_end_of_latest(TurnRun& run, std::uint32_t place, ClientSession& session);
  void forget_terms(TurnRun& run, std::uint32_t place);
  std::uint64_t handle_of(TurnRun& run, Subscription& subscription, const Change& change);

  [[nodiscard]] bool is_due(TurnRun& run, std::uint32_t place, ClientSession& session,
                            const Change& change);
  [[nodiscard]] bool lacks_credit(std::uint32_t place) const;
  [[nodiscard]] std::optional<std::uint32_t> next_untold(const SnapshotGroup& group) const;
  void begin_parts(std::uint64_t turn, std::uint32_t place, ClientSession& session);
  void leave_group(std::uint32_t place, ClientSession& session);
  void join_groups(TurnRun& run);
  std::size_t tell_next(TurnRun& run, std::uint32_t place, ClientSession& session,
                        std::size_t room);
  void end_group(TurnRun& run, ClientSession& session, const SnapshotGroup& group);

  ReferenceTable& references_;
  SessionTable& sessions_;
  EngineCounters& counters_;
  LargeSlab<Subscription> subscriptions_;
  Slab<HandleMap> handle_maps_;
  Slab<ObservedSpace> spaces_;
  /// Where each of them is. Never walked over.
  boost::unordered_flat_map<const Space*, std::uint32_t> places_of_spaces_;
  std::vector<Delivery> deliveries_;
  struct Tallied {
    std::uint32_t subscription = 0;
    std::uint32_t space = 0;  // Index in the turn's content.
  };
  std::vector<Tallied> tallied_;  // With news.
  ProgressMarks marks_;
  boost::unordered_flat_map<std::uint32_t, Terms> terms_;  // By place. Never walked over.
  TellingClock clock_;
  std::vector<std::uint32_t> beginning_;  // In the turn in progress only: those that conflate.
  std::vector<std::uint32_t> closed_;     // Whose interests are still there.
  std::vector<Behind> behind_;            // In the turn in progress only.
  std::vector<std::uint32_t> new_;        // Likewise: those that are new, or were.
  std::map<std::uint32_t, InParts> in_parts_;
  std::size_t snapshot_part_bytes_;
};

}  // namespace avow::server
