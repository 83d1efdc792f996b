#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "avow/model/value.hpp"
#include "avow/wire/packet.hpp"
#include "server/engine/outbound_turn.hpp"

// What a session asks, to be answered once and at one cut.

namespace avow::server {

struct Query {
  Ticket ticket{};
  wire::Number target;  ///< The server's oid of a reference to a dataspace.
  /// Patterns in wire form, as in an Observe. All are answered at one cut.
  std::vector<Value> patterns;
  /// The dictionary that would be the third field of each pattern's Observe (`{same: [[0 2]]}`), or
  /// nothing. Empty, or as many as patterns.
  std::vector<std::optional<Value>> options;
  /// Answered only when the session's observers have been told everything up to this revision of
  /// the space, those too that are behind, without credit or in the middle of a snapshot. (Of those
  /// that conflate, all but what is the latest now.) 0: at once. Errors: `future-revision`;
  /// `limit`, if `waits_max` of the session wait already.
  std::uint64_t told_through = 0;
};

}  // namespace avow::server
