#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>

#include "server/base/cause.hpp"
#include "server/dataspace/byte_store.hpp"

// What has changed in a space lately, fact by fact and turn by turn: whoever has been told all up
// to a revision that is not too long ago is told from here what it misses. The bytes of facts are
// shared with the bag. What is older than the limits allow is forgotten from its beginning on; the
// last revision that was forgotten is the floor. Whoever will need what is above some revision may
// pin it: then more is remembered, up to a limit for pins.

namespace avow::server {

struct HistoryLimits {
  std::size_t bytes_max = 8 << 20;
  std::size_t turns_max = 65'536;
  std::size_t pinned_bytes_max = 64 << 20;  ///< Instead of both, where a pin needs the oldest turn.
};

/// What all spaces of a server may remember together.
struct HistoryBudget {
  std::size_t bytes_max = 256 << 20;
  std::size_t bytes = 0;
};

class SpaceHistory {
 public:
  struct Item {
    StoredBytes* fact = nullptr;
    Cause cause = Cause::none;  ///< Of what went.
    bool came = false;          ///< Else it went.
  };

  /// `bytes` and `budget` must outlive the history.
  SpaceHistory(ByteStore& bytes, const HistoryLimits& limits, HistoryBudget& budget)
      : bytes_(bytes), limits_(limits), budget_(budget) {}
  ~SpaceHistory();
  SpaceHistory(const SpaceHistory&) = delete;
  SpaceHistory& operator=(const SpaceHistory&) = delete;

  /// What follows is changed by the turn that takes this revision.
  void begin_turn(std::uint64_t revision) { revision_ = revision; }
  /// A fact came or went, in the end, by that turn or by a step of it.
  void add(const Item& item);
  /// Forgets what is too much.
  void trim();
  /// What has changed above this revision is needed by somebody, until it is unpinned as often.
  void pin(std::uint64_t revision) { pins_.insert(revision); }
  void unpin(std::uint64_t revision) { pins_.erase(pins_.find(revision)); }
  /// Forgets everything: what was up to `revision` is not to be told to anybody.
  void begin_above(std::uint64_t revision);

  /// All that has changed above this revision is here.
  [[nodiscard]] std::uint64_t floor() const { return floor_; }
  [[nodiscard]] std::size_t bytes() const { return used_; }
  [[nodiscard]] std::size_t turns() const { return turns_.size(); }

  /// How many changes there were above `revision`, which is not below the floor.
  [[nodiscard]] std::size_t changes_above(std::uint64_t revision) const;
  /// Visits what has changed above `revision`, which is not below the floor, in order, until
  /// `visit` returns false.
  template <class Visit>
  void visit_above(std::uint64_t revision, const Visit& visit) const {
    std::size_t at = items_.size() - changes_above(revision);
    for (; at < items_.size(); ++at) {
      if (!visit(items_[at].item())) return;
    }
  }

 private:
  struct Turn {
    std::uint64_t revision = 0;
    std::size_t items = 0;
  };

  // An item in 8 bytes: addresses have 48 bits.
  class KeptItem {
   public:
    explicit KeptItem(const Item& item);
    [[nodiscard]] StoredBytes* fact() const;
    [[nodiscard]] Item item() const { return {fact(), static_cast<Cause>(cause_), came_ != 0}; }

   private:
    static constexpr unsigned address_bits = 48;
    std::uint64_t address_ : address_bits;
    std::uint64_t cause_ : 8;
    std::uint64_t came_ : 8;
  };
  static_assert(sizeof(KeptItem) == 8);

  [[nodiscard]] static std::size_t size_of(const StoredBytes& fact);
  [[nodiscard]] bool is_too_much() const;
  void forget_first_turn();
  void load_first_turn() const;

  ByteStore& bytes_;
  HistoryLimits limits_;
  HistoryBudget& budget_;
  std::uint64_t revision_ = 0;  // 0: nobody numbers the turns, and nothing is remembered.
  std::uint64_t floor_ = 0;
  std::size_t used_ = 0;
  std::deque<Turn> turns_;
  std::deque<KeptItem> items_;
  std::multiset<std::uint64_t> pins_;
};

}  // namespace avow::server
