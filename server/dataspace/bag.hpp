#pragma once

#include <cstdint>

#include "avow/model/value.hpp"
#include "server/base/hash.hpp"
#include "server/dataspace/byte_store.hpp"
#include "server/dataspace/matches.hpp"
#include "server/dataspace/pool.hpp"
#include "server/dataspace/table.hpp"

// The bag: every fact once, with the number of its supports.

namespace avow::server {

/// One cache line.
struct Fact {
  std::uint64_t hash = 0;
  StoredBytes* stored = nullptr;
  Matches matches;
  std::uint32_t next = 0;  ///< Under its label, in the order of appearance.
  std::uint32_t previous = 0;
  std::uint32_t supports = 0;
  std::uint32_t label = 0;     ///< 0: not under its label (yet).
  std::uint32_t interest = 0;  ///< Its registration as an interest, or 0.
  std::uint32_t flip = 0;      ///< Its last coming or going within this turn, or 0.

  [[nodiscard]] ValueView value() const { return stored->value(); }
};
static_assert(sizeof(Fact) == 64);

class Bag {
 public:
  /// Both must outlive the bag.
  Bag(const KeyedHash& keyed, Regions& memory)
      : keyed_(keyed), bytes_(memory), facts_(memory), table_(memory) {}

  [[nodiscard]] std::uint64_t hash_of(ValueView value) const { return keyed_(value.bytes()); }
  /// Begins to load what the other functions will need.
  void prefetch(std::uint64_t hash) const { table_.prefetch(hash); }

  /// The fact with this value, or 0.
  [[nodiscard]] std::uint32_t find(ValueView value, std::uint64_t hash) const;
  /// `value` is not there yet. It begins without a support.
  std::uint32_t add(const Value& value, std::uint64_t hash);
  void remove(std::uint32_t fact);

  [[nodiscard]] ByteStore& bytes() { return bytes_; }
  [[nodiscard]] Fact& operator[](std::uint32_t fact) { return facts_[fact]; }
  [[nodiscard]] const Fact& operator[](std::uint32_t fact) const { return facts_[fact]; }
  [[nodiscard]] std::uint32_t size() const { return facts_.in_use(); }
  /// Every number is below this.
  [[nodiscard]] std::uint32_t ids_end() const { return facts_.ids_end(); }

 private:
  const KeyedHash& keyed_;
  ByteStore bytes_;
  Pool<Fact> facts_;
  Table table_;
};

}  // namespace avow::server
