#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "avow/base/clock.hpp"
#include "server/store/stored.hpp"
#include "tests/simulation/commits.hpp"
#include "tests/support/store/stored_state.hpp"

// What keepers hold, as plainly as it can be said. It goes turn by turn through what the engine
// hands to its journal: for each commit in a turn it does what the client asked, and compares what
// was answered; leases it ends by a clock of its own. So whatever the journal is given follows from
// what clients have asked, and whatever they asked is in it.
//
// Copied as a whole: the simulation has one of all that was handed over, and one of what is
// committed, to which a crash goes back.

namespace avow::simulation {

class Ledger {
 public:
  /// `sent` must outlive the ledger.
  explicit Ledger(const SentCommits& sent) : sent_(&sent) {}

  /// From now on turns come at the time at which they were made, so that times are checked too.
  void watch_clock() { watches_clock_ = true; }
  /// The engine hands over a turn. Returns what is wrong with it, or nothing.
  [[nodiscard]] std::string apply(const server::JournalTurn& turn);

  /// The clock is told to the engine; and the engine has done what was due.
  void time_comes(Moment now);
  [[nodiscard]] std::string time_came(Moment now) const;
  /// A server goes on with what is here. Nobody holds an item; what was left of leases is left.
  void go_on();

  /// What is wrong with what a journal holds, or nothing.
  [[nodiscard]] std::string difference(const test::StoredState& stored) const;
  /// Distinct facts of a space, in canonical order.
  [[nodiscard]] std::vector<Value> facts(std::size_t space) const;
  /// How many items there are in a space, held or not.
  [[nodiscard]] std::size_t item_count(std::size_t space) const;
  [[nodiscard]] bool has_lease(std::uint64_t id) const { return leases_.contains(id); }

  /// What a commit was answered, if it was done.
  [[nodiscard]] const Value* answer(const TurnName& name) const;
  [[nodiscard]] bool is_impossible(const TurnName& name) const {
    return impossible_.contains(name);
  }
  [[nodiscard]] std::size_t commit_count() const { return answers_.size(); }

 private:
  using RowKey = test::StoredState::RowKey;
  using StoredKind = server::StoredKind;
  struct Lease {
    Milliseconds ttl{};
    Milliseconds span{};          ///< What is left when it begins to count.
    Milliseconds written{};       ///< What was left when that was written down last.
    std::optional<Moment> end{};  ///< Nothing until it counts.
    std::optional<Moment> written_at{};
  };

  void fail(const std::string& what);
  void write_lease(std::size_t space, const server::StoredChange& change);
  void expire(const server::StoredChange& change);
  void take_outcome(const server::StoredOutcome& outcome);
  void check_guards(const Commit& commit);
  void apply_op(const Commit& commit, const KeeperOp& op, ValueView result);
  void apply_take(const Commit& commit, const KeeperOp& op, ValueView result);
  void remove_lease(std::uint64_t id);
  /// Whether that row was not there, or another.
  bool put_row(RowKey key, std::string value);
  bool erase_row(const RowKey& key) { return rows_.erase(key) > 0; }

  const SentCommits* sent_;
  std::map<RowKey, std::string> rows_;  // But those of leases, which tell times.
  std::map<std::uint64_t, Lease> leases_;
  std::map<TurnName, Value> answers_;
  std::set<TurnName> impossible_;
  bool watches_clock_ = false;
  Moment now_{};
  std::string wrong_;
};

}  // namespace avow::simulation
