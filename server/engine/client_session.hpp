#pragma once

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "avow/base/check.hpp"
#include "avow/base/clock.hpp"
#include "server/base/few_map.hpp"
#include "server/base/ids.hpp"
#include "server/engine/membrane.hpp"
#include "server/engine/number_map.hpp"
#include "server/engine/outbound_turn_writer.hpp"
#include "server/engine/query.hpp"
#include "server/engine/session_port.hpp"
#include "server/engine/slab.hpp"

// What the engine keeps of a session: what the client holds up, what it has been told, and its
// membrane.

namespace avow::server {

/// What matters of an assertion only if it mentions references, and cannot be read from its fact.
struct AssertionExtras {
  Pins pins;
  Value body;                  ///< Its references are held.
  std::uint32_t at = 0;        ///< Place of the export; pinned.
  std::uint64_t since_ms = 0;  ///< Of an interest: since when it is in force.
};

/// An assertion that the client holds up. There are very many: with its number it takes 24 bytes,
/// so what is rare, or stands in the fact that it has become, is not kept here.
struct HeldAssertion {
  static constexpr std::uint32_t place_max = (1U << 26) - 1;

  AssertionToken token{};  ///< Of the target. While pending: its place in the turn.
  /// Of its value. Of an interest that stands in its fact, instead: how many milliseconds younger
  /// than the session it is.
  std::uint32_t bytes = 0;
  std::uint32_t place : 26 = 0;      ///< Of its extras, if it has any, or of the export, pinned.
  std::uint32_t has_extras : 1 = 0;  ///< In `ClientSession::extras`.
  std::uint32_t is_interest : 1 = 0;
  std::uint32_t is_live : 1 = 0;      ///< Kept by the table.
  std::uint32_t is_pending : 1 = 0;   ///< Of the turn that is being checked.
  std::uint32_t is_in_force : 1 = 0;  ///< An interest that is observing.
  /// What it mentions is read from its fact, in a space: entities of the client's, pinned and held.
  std::uint32_t stands_in_fact : 1 = 0;

  void set_place(std::uint32_t to) {
    AVOW_CHECK(to <= place_max);
    place = to & place_max;
  }
  [[nodiscard]] bool has_age() const { return is_in_force != 0 && stands_in_fact != 0; }
};

/// What a session uses of its limits.
struct SessionUsage {
  std::size_t facts = 0;
  std::size_t bytes = 0;
  std::size_t subscriptions = 0;
};

/// Which of a session's observers are told of a topic under the topic's own capture ids.
struct TopicUse {
  std::uint32_t observers = 0;
  /// The places of all of them, combined by xor: of one observer, simply its place.
  std::uint32_t combined = 0;
  bool has_primary = false;
  std::uint64_t primary_ended_at = 0;  ///< Turn in which the last primary observer ended.
};

/// What is known of an observer that is told nothing until it catches up.
struct Late {
  std::uint64_t told_through = 0;  ///< The last revision up to which it was told everything.
  std::uint64_t messages_missed = 0;
};

/// Observers that began in one turn and are told in parts what is there. All of them come to their
/// ends in one turn, at one cut.
struct SnapshotGroup {
  std::set<std::uint32_t> members;  ///< By their places: also those that have been told all.
  std::set<std::uint32_t> untold;   ///< Those that have not.
};

/// The snapshots of one session that are being told.
struct SessionSnapshots {
  std::map<std::uint64_t, SnapshotGroup> groups;  ///< By the turn in which they began.
};

class ClientSession {
 public:
  ClientSession(SessionId session, SessionPort& to, MembraneOwner& owner)
      : id(session), port(&to), membrane(owner, *this), held(owner.hash_key) {}
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;

  /// What the turn in progress comes to for this session. Only for sessions that it touches.
  [[nodiscard]] OutboundTurnWriter& out() {
    AVOW_CHECK(writer != nullptr);
    return *writer;
  }

  /// What the client was told under `handle` has gone: the numbers in it need not live for it.
  void unpin_told(std::uint64_t handle) {
    if (told_pins.empty()) return;
    const auto found = told_pins.find(handle);
    if (found == told_pins.end()) return;
    membrane.unpin(found->second);
    told_pins.erase(found);
  }

  // client_session.cpp: what is known of an assertion that the client holds up.
  [[nodiscard]] Export& export_of(const HeldAssertion& assertion);
  [[nodiscard]] const Export& export_of(const HeldAssertion& assertion) const;
  /// The value of one that is in a space.
  [[nodiscard]] ValueView fact_of(const HeldAssertion& assertion) const;
  /// Since when an interest is in force.
  [[nodiscard]] std::uint64_t since_of(const HeldAssertion& interest) const;
  /// Gives it extras, at the export where it is.
  void add_extras(HeldAssertion& assertion, AssertionExtras added);
  /// It has been applied. `in_force_since` is that of an interest, if it is in force. What can be
  /// read from its fact is kept no longer.
  void settle(HeldAssertion& assertion, std::optional<std::uint64_t> in_force_since) {
    assertion.is_pending = 0;
    if (assertion.has_extras != 0) settle_extras(assertion, in_force_since);
  }
  void settle_extras(HeldAssertion& assertion, std::optional<std::uint64_t> in_force_since);
  /// The client holds this up no longer: it counts no more, and the numbers in it need not live for
  /// it. Its extras, if any, come to `taken`. The references in it are still held.
  void let_go(const HeldAssertion& ended, AssertionExtras& taken);
  /// It is held up again after all, with the extras that were taken.
  void hold_again(HeldAssertion& assertion, AssertionExtras&& taken);
  /// Lets go the references in it, before its target hears of its end. `taken` as above.
  void release(const HeldAssertion& ended, const AssertionExtras& taken);
  /// Likewise, of one whose extras are still there.
  void release(const HeldAssertion& ending);

  [[nodiscard]] Late& late_at(std::uint32_t place) {
    const auto waits = without_credit.find(place);
    return waits != without_credit.end() ? waits->second : late.at(place);
  }
  void forget_late(std::uint32_t place) {
    late.erase(place);
    without_credit.erase(place);
  }

  /// Whether observers have missed something, or have not been told all that there is.
  [[nodiscard]] bool is_owed() const {
    return !late.empty() || !without_credit.empty() || snapshots != nullptr;
  }

  SessionId id;
  SessionPort* port;           ///< Nothing once the session is over.
  std::uint64_t since_ms = 0;  ///< When it began, by the wall clock.
  Membrane membrane;
  NumberMap<HeldAssertion> held;
  Slab<AssertionExtras> extras;
  SessionUsage usage;
  std::uint32_t items_held = 0;  ///< At all keepers.
  /// How long the session outlives a lost connection.
  Milliseconds grace{0};
  /// The last durable turn that this session caused: what else it causes waits for that.
  std::uint64_t durable_seq = 0;
  /// The highest turn that anything told to it has waited for, see OutputGate.
  std::uint64_t held_through = 0;
  /// Assertions that the client was told, by handle, where they mention references.
  boost::unordered_flat_map<std::uint64_t, Pins> told_pins;
  FewMap<std::uint64_t, TopicUse, boost::hash<std::uint64_t>> topics;
  /// The client does not take what it is told: its observers are told no changes.
  bool is_behind = false;
  bool is_catching_up = false;  ///< It stands in line for that.
  /// Observers that have missed something, by their places: those that wait for room, and those
  /// that wait for credit first.
  std::map<std::uint32_t, Late> late;
  std::map<std::uint32_t, Late> without_credit;
  /// Observers with a credit, by the entity that they are.
  std::multimap<std::int64_t, std::uint32_t> metered;
  std::unique_ptr<SessionSnapshots> snapshots;
  /// Queries that wait until none of these owes anything. (Those that wait for what they ask stand
  /// in the engine's line.)
  std::vector<Query> waiting_queries;
  // What the turn in progress tells it of snapshots.
  std::uint64_t snapshot_turn = 0;
  std::size_t snapshot_bytes = 0;
  /// What rows of answered queries mention, by ticket.
  boost::unordered_flat_map<std::uint64_t, Pins> row_pins;
  std::unique_ptr<OutboundTurnWriter> writer;
};

}  // namespace avow::server
