#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <map>

#include "avow/base/clock.hpp"
#include "avow/model/value.hpp"
#include "server/base/hash.hpp"
#include "server/store/stored.hpp"

// What came of turns that had a name, for a while: so a turn that is sent again is answered as it
// was the first time, and whoever lost an answer can ask. Forgotten are those beyond a number for
// each client, and those beyond an age, the oldest first. The store forgets by the same rule.

namespace avow::server {

struct Outcome {
  StoredOutcome::Kind kind{};
  std::uint64_t seq = 0;
  std::uint64_t revision = 0;  ///< Of the space of its keeper.
  std::uint64_t wall_ms = 0;
  Value answer{};  ///< `<ok {…}>`. Of a turn that is under way, not yet there: `#f`.
};

class Outcomes {
 public:
  struct Limits {
    std::size_t per_client_max = 1'000'000;
    Milliseconds age_max = std::chrono::hours(24);
    std::size_t kept_min = 0;  ///< So many are never too old.
  };

  Outcomes(const HashKey& key, const Limits& limits)
      : limits_(limits), by_identity_(0, Hash{KeyedHash(key)}) {}

  /// Nothing if it is not known. Valid until another is added.
  [[nodiscard]] const Outcome* find(const TurnIdentity& identity) const;
  /// Whether that turn was, or may have been, known once and has been forgotten: numbers of a
  /// client rise.
  [[nodiscard]] bool may_be_forgotten(const TurnIdentity& identity) const;
  /// `identity` is not known yet.
  void add(const TurnIdentity& identity, Outcome outcome);
  /// The answer of a turn that was under way.
  void set_answer(const TurnIdentity& identity, Value answer, std::uint64_t revision);
  /// Forgets what is too old by the wall clock.
  void forget_before(std::uint64_t wall_ms);

  [[nodiscard]] std::size_t size() const { return by_identity_.size(); }
  /// The highest seq of any that was forgotten: all turns after it are known.
  [[nodiscard]] std::uint64_t forgotten_through() const { return forgotten_through_; }

 private:
  using Client = std::array<std::uint8_t, 16>;
  struct Hash {
    using is_avalanching = void;
    KeyedHash keyed;
    std::size_t operator()(const TurnIdentity& identity) const {
      return keyed(identity.client) ^ scatter(identity.number);
    }
  };
  struct OfClient {
    std::deque<std::uint64_t> numbers;  // In the order in which they came.
    bool has_forgotten = false;
    std::uint64_t forgotten_max = 0;
  };

  void forget_oldest_of(const Client& client, OfClient& of);
  void forget(const TurnIdentity& identity);

  Limits limits_;
  boost::unordered_flat_map<TurnIdentity, Outcome, Hash> by_identity_;
  std::map<Client, OfClient> by_client_;
  std::deque<TurnIdentity> in_order_;  // By time. Perhaps forgotten since.
  std::uint64_t forgotten_through_ = 0;
};

}  // namespace avow::server
