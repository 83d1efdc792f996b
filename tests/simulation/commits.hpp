#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "avow/model/value.hpp"
#include "server/store/stored.hpp"
#include "tests/simulation/vocabulary.hpp"

// Commits as simulated clients send them. All of them draw from the same few values, slots and
// jobs, so that they meet each other. Each has a turn id, so that what came of it can be told.

namespace avow::simulation {

/// A turn id: the client's name and its number.
using TurnName = std::pair<std::array<std::uint8_t, 16>, std::uint64_t>;
[[nodiscard]] inline TurnName name_of(const server::TurnIdentity& identity) {
  return {identity.client, identity.number};
}

struct KeeperOp {
  enum class Kind : std::uint8_t {
    put,
    drop,
    slot,
    clear_slot,
    lease_to,
    renew,
    end,
    item,
    take,      ///< Of an item that is `value`.
    take_any,  ///< Of any item.
    ack,
  };
  Kind kind{};
  std::uint64_t id = 0;  ///< Of a lease or an item.
  Value key{};
  Value value{};
};

struct Commit {
  std::size_t space = 0;
  TurnName name{};
  std::vector<KeeperOp> ops{};
  std::vector<Value> require{};
  std::vector<Value> absent{};
  bool consumes = false;
  bool is_durable = true;  ///< Else asked for at the level `accepted`.
  std::uint64_t timeout = 0;
};

/// All that were ever sent, whatever came of them.
using SentCommits = std::map<TurnName, Commit>;

/// The ids that commits may name: of leases and items that have been heard of.
struct KnownIds {
  std::vector<std::uint64_t> leases{};
  std::vector<std::uint64_t> items{};  ///< Held by whoever commits.
};
[[nodiscard]] Commit random_commit(test::Random& random, const TurnName& name,
                                   const KnownIds& known);

/// `<commit […] {…} #:[0 entity]>`, in wire form.
[[nodiscard]] Value commit_request(const Commit& commit, std::int64_t entity);
[[nodiscard]] Value lease_request(std::uint64_t ttl, std::int64_t entity);
/// Asks what came of a turn.
[[nodiscard]] Value outcome_request(const TurnName& name, std::int64_t entity);

/// A fact that only keepers hold, and only durable commits change: `<kept 3>`.
[[nodiscard]] Value kept_fact(std::uint64_t number);
/// Asks for all of them.
[[nodiscard]] Wish kept_wish();
/// Asks for the keeper of a space.
[[nodiscard]] Wish keeper_wish();
/// The fact that tells of it.
[[nodiscard]] Value keeper_fact();

}  // namespace avow::simulation
