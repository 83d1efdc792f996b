#pragma once

#include <cstdint>
#include <vector>

#include "avow/base/bytes.hpp"
#include "server/store/journal.hpp"

// What the turn in progress changes of what lasts. At its end all of it goes to the journal as one
// turn, before anybody is told of it. Without a journal nothing is written down.

namespace avow::server {

class Space;

class TurnJournal {
 public:
  /// From now on turns go to `journal`, which must outlive this.
  void begin(Journal& journal) { journal_ = &journal; }

  /// Whether there is a journal, and it works: only then is anything worth writing down.
  [[nodiscard]] bool records() const { return journal_ != nullptr; }

  /// A change, which is copied if it is worth writing down.
  void put(Space& space, StoredKind kind, ByteView key, ByteView value);
  void erase(Space& space, StoredKind kind, ByteView key);
  /// What came of a turn that had a name. Its `seq` is filled in.
  void add_outcome(StoredOutcome outcome);
  /// Somebody is promised that this turn is durable: whoever could see anything of it has to wait
  /// until it is committed.
  void promise() { promised_ = true; }

  /// Whether the turn in progress changes nothing that lasts.
  [[nodiscard]] bool empty() const { return turn_.changes.empty() && turn_.outcomes.empty(); }
  /// The turn is over: hands over what there is. Whether anybody has to wait for it.
  [[nodiscard]] bool end_turn(std::uint64_t seq);

  /// The journal has failed: nothing is handed over any more.
  void stop() { journal_ = nullptr; }

 private:
  void add(StoredChange::Act act, Space& space, StoredKind kind, ByteView key, ByteView value);
  std::uint32_t index_of(Space& space);

  Journal* journal_ = nullptr;
  JournalTurn turn_;
  std::vector<Space*> spaces_;  // Of the turn in progress, as its changes name them.
  bool promised_ = false;
};

}  // namespace avow::server
