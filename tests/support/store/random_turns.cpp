#include "tests/support/store/random_turns.hpp"

#include <algorithm>

namespace avow::test {

using server::JournalTurn;
using server::StoredChange;
using server::StoredKind;

Bytes RandomTurns::bytes(std::size_t size_max) {
  Bytes made(random_.below(size_max + 1));
  for (std::uint8_t& byte : made) byte = static_cast<std::uint8_t>(random_.bits());
  return made;
}

StoredChange RandomTurns::change(std::size_t spaces) {
  StoredChange made;
  made.act = random_.chance(2, 3) ? StoredChange::Act::put : StoredChange::Act::erase;
  made.kind = static_cast<StoredKind>(1 + random_.below(server::stored_kind_max));
  made.space = static_cast<std::uint32_t>(random_.below(spaces));
  const std::string key = "key " + std::to_string(random_.below(12));
  made.key.assign(key.begin(), key.end());
  // Now and then one that needs pages of its own.
  if (made.act == StoredChange::Act::put) made.value = bytes(random_.chance(1, 24) ? 9'000 : 60);
  return made;
}

JournalTurn RandomTurns::next(std::uint64_t seq) {
  static const std::vector<std::string> names = {"main", "orders", "", std::string("\0\xff", 2)};
  JournalTurn turn;
  turn.seq = seq;
  const std::size_t spaces = 1 + random_.below(2);
  const std::size_t first = random_.below(names.size());
  for (std::size_t i = 0; i < spaces; ++i) {
    turn.spaces.push_back({.name = names[(first + i) % names.size()], .revision = seq});
  }
  const std::size_t changes = random_.below(4);
  for (std::size_t i = 0; i < changes; ++i) turn.changes.push_back(change(spaces));
  if (random_.chance(1, 3)) {
    server::StoredOutcome outcome;
    outcome.kind = random_.chance(1, 8) ? server::StoredOutcome::Kind::impossible
                                        : server::StoredOutcome::Kind::committed;
    outcome.identity.client[0] = static_cast<std::uint8_t>(random_.below(3));
    outcome.identity.number = seq;
    outcome.seq = seq;
    outcome.wall_ms = 1'700'000'000'000 + seq % 65'536;  // All within a day: none is too old.
    outcome.answer = bytes(80);
    turn.outcomes.push_back(std::move(outcome));
  }
  return turn;
}

std::vector<JournalTurn> RandomTurns::batch(std::uint64_t seq, std::size_t turns_max) {
  std::vector<JournalTurn> turns;
  const std::size_t count = 1 + random_.below(turns_max);
  turns.reserve(count);
  for (std::size_t i = 0; i < count; ++i) turns.push_back(next(seq + i));
  return turns;
}

}  // namespace avow::test
