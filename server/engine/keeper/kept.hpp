#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "avow/base/bytes.hpp"
#include "avow/base/clock.hpp"
#include "avow/model/value.hpp"
#include "server/base/hash.hpp"
#include "server/dataspace/dataspace.hpp"
#include "server/engine/keeper/commit_request.hpp"
#include "server/engine/keeper/deadlines.hpp"
#include "server/engine/keeper/items.hpp"
#include "server/engine/space.hpp"
#include "server/engine/turn_run.hpp"

// What a keeper keeps for a space: facts, slots, items, leases with the facts attached to them, and
// last turns.
// Every function that changes something changes the space in the same turn (which then takes a
// revision), and has it written down. Nothing is checked here: whoever calls has done that.
//
// Each of these is one support of a fact, whoever asked: a value that was put, the value of a slot,
// a value attached to a lease. So a fact stays as long as any of them stands.

namespace avow::server {

struct Lease {
  Milliseconds ttl{};
  Deadlines::Id deadline = 0;  ///< Its end.
  Deadlines::Id mark = 0;      ///< When what is left of it is to be written down again.
  std::set<FactId> facts{};
};

/// What is to be done when a session is lost.
struct LastTurn {
  CommitRequest what;
  /// The sequence `[grace [op …] {options}]`: as it is written down, with the milliseconds for
  /// which its owner may come back after a restart.
  Value written;
  Deadlines::Id deadline = 0;          ///< When it is run; 0 while its session goes on.
  std::optional<std::uint32_t> asked;  ///< The request that it came by, while that stands.
};

class Kept {
 public:
  explicit Kept(Space& space) : space_(space) {}

  // Each says whether it changed anything.
  bool put(TurnRun& run, const Value& value);
  bool drop(TurnRun& run, const Value& value);
  bool set_slot(TurnRun& run, const Value& key, const Value& value);
  bool clear_slot(TurnRun& run, const Value& key);

  void add_item(TurnRun& run, std::uint64_t id, const Value& value);
  /// Ends an item; its value.
  Value remove_item(TurnRun& run, std::uint64_t id);
  void hold_item(TurnRun& run, std::uint64_t id, SessionId holder);
  void give_back_item(TurnRun& run, std::uint64_t id);

  void add_lease(TurnRun& run, std::uint64_t id, Milliseconds ttl, Milliseconds remaining);
  bool attach(TurnRun& run, std::uint64_t id, const Value& value);
  /// Ends a lease: its facts go, with `cause`.
  void end_lease(TurnRun& run, std::uint64_t id, Cause cause);
  /// Writes down what is left of it. Changes nothing in the space.
  void write_lease(TurnRun& run, std::uint64_t id, Milliseconds remaining);

  void add_last_turn(TurnRun& run, std::uint64_t id, LastTurn last);
  /// Its session has gone: nobody can come back any more.
  void end_grace(TurnRun& run, std::uint64_t id);
  LastTurn remove_last_turn(TurnRun& run, std::uint64_t id);
  [[nodiscard]] LastTurn& last_turn(std::uint64_t id) { return last_turns_.at(id); }

  [[nodiscard]] const Items& items() const { return items_; }
  /// Nothing if there is no such lease.
  [[nodiscard]] Lease* find_lease(std::uint64_t id);
  /// Whether `value` has been put.
  [[nodiscard]] bool has(const Value& value) const;

  [[nodiscard]] bool empty() const {
    return facts_.empty() && slots_.empty() && items_.size() == 0 && leases_.empty() &&
           last_turns_.empty();
  }
  /// Bytes of all that is kept: values, keys, and a little for each lease.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// What a lease counts for, beside its facts.
  static constexpr std::size_t lease_bytes = 64;

 private:
  void touch(TurnRun& run) { run.touch(space_); }

  struct FactHash {
    using is_avalanching = void;
    std::size_t operator()(FactId fact) const { return scatter(static_cast<std::uint64_t>(fact)); }
  };

  Space& space_;
  boost::unordered_flat_set<FactId, FactHash> facts_;  // Never walked over.
  std::map<Bytes, FactId, BytesLess> slots_;
  std::map<std::uint64_t, Lease> leases_;
  std::map<std::uint64_t, LastTurn> last_turns_;
  Items items_;
  std::size_t bytes_ = 0;
};

}  // namespace avow::server
