#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "avow/base/bytes.hpp"

// What is stored, in the words of the store: rows that live, turns that changed them, and what came
// of turns that had a name. Keys and values are bytes to it; docs/STORE.md tells who wrote them.

namespace avow::server {

/// Numbers are part of the file format: append only.
enum class StoredKind : std::uint8_t {
  fact = 1,        ///< Key: the value (canonical Preserves). No value.
  slot = 2,        ///< Key: the slot's key (canonical). Value: the fact in it (canonical).
  item = 3,        ///< Key: the item's id (8 bytes, big-endian). Value: canonical Preserves.
  lease = 4,       ///< Key: the lease's id (8 bytes, big-endian). Value: a StoredLease record.
  lease_fact = 5,  ///< Key: the lease's id and the value (canonical). No value.
  last_turn = 6,   ///< Key: its id (8 bytes, big-endian). Value: canonical Preserves.
};
inline constexpr std::uint8_t stored_kind_max = 6;

/// Something that lives.
struct StoredRow {
  StoredKind kind{};
  std::uint32_t space = 0;  ///< An index into the spaces told beside.
  ByteView key;
  ByteView value;
};

/// One change to what lives.
struct StoredChange {
  enum class Act : std::uint8_t { put = 1, erase = 2 };
  Act act{};
  StoredKind kind{};
  std::uint32_t space = 0;  ///< An index into the spaces of the turn.
  Bytes key;
  Bytes value;
};

/// A name that a client gave to a turn, so that sending it again is harmless.
struct TurnIdentity {
  std::array<std::uint8_t, 16> client{};  ///< Chosen by the client, at random.
  std::uint64_t number = 0;
  friend bool operator==(const TurnIdentity&, const TurnIdentity&) = default;
};

/// What came of a turn that had a name.
struct StoredOutcome {
  enum class Kind : std::uint8_t {
    committed = 1,   ///< Applied; `answer` is what was said.
    impossible = 2,  ///< Somebody asked for it before it came: it never will be applied.
  };
  Kind kind{};
  TurnIdentity identity;
  std::uint64_t seq = 0;  ///< Of the turn, or of the one in which it was made impossible.
  /// When, in milliseconds since 1970 by the wall clock of the server: for the 24 hours only.
  std::uint64_t wall_ms = 0;
  Bytes answer;  ///< Canonical Preserves.
};

/// One durable turn.
struct JournalTurn {
  struct SpaceAt {
    std::string name;
    std::uint64_t revision = 0;  ///< That the turn took there.
  };
  std::uint64_t seq = 0;
  std::vector<SpaceAt> spaces;
  std::vector<StoredChange> changes;
  std::vector<StoredOutcome> outcomes;
};

}  // namespace avow::server
