#include "server/engine/turn_journal.hpp"

#include <algorithm>
#include <utility>

#include "server/engine/space.hpp"

namespace avow::server {

std::uint32_t TurnJournal::index_of(Space& space) {
  // Few spaces have durable changes in one turn, mostly one.
  const auto known = std::find(spaces_.begin(), spaces_.end(), &space);
  if (known == spaces_.end()) {
    spaces_.push_back(&space);
    return static_cast<std::uint32_t>(spaces_.size() - 1);
  }
  return static_cast<std::uint32_t>(known - spaces_.begin());
}

void TurnJournal::put(Space& space, StoredKind kind, ByteView key, ByteView value) {
  add(StoredChange::Act::put, space, kind, key, value);
}

void TurnJournal::erase(Space& space, StoredKind kind, ByteView key) {
  add(StoredChange::Act::erase, space, kind, key, {});
}

void TurnJournal::add(StoredChange::Act act, Space& space, StoredKind kind, ByteView key,
                      ByteView value) {
  if (!records()) return;
  turn_.changes.push_back(
      {act, kind, index_of(space), {key.begin(), key.end()}, {value.begin(), value.end()}});
}

void TurnJournal::add_outcome(StoredOutcome outcome) {
  if (records()) turn_.outcomes.push_back(std::move(outcome));
}

bool TurnJournal::end_turn(std::uint64_t seq) {
  const bool promised = std::exchange(promised_, false);
  if (empty()) return false;
  JournalTurn turn = std::exchange(turn_, {});
  turn.seq = seq;
  for (Space* const space : spaces_) {
    turn.spaces.push_back({space->name(), space->revision()});
    space->note_written(seq);
  }
  spaces_.clear();
  for (StoredOutcome& outcome : turn.outcomes) outcome.seq = seq;
  journal_->append(std::move(turn));
  return promised;
}

}  // namespace avow::server
