#pragma once

#include <cstddef>
#include <map>

#include "avow/base/bytes.hpp"
#include "avow/model/pattern.hpp"
#include "avow/model/value.hpp"
#include "server/engine/keeper/keepers.hpp"
#include "server/engine/session_table.hpp"
#include "server/engine/spaces.hpp"

// What the server tells of its sessions and spaces, as facts of the system space:
//
//   <session id protocol peer since>       who is there, and (by the wall clock, in ms) since when
//   <queue id bytes packets>               what waits for a client, if anything does
//   <changes space floor>                  all that changed there above this revision can be told
//   <waiting id space [pattern …] since>   a commit in line, by the patterns of what it takes
//   <subscription id space pattern since>
//   <left-out n>                           so many more facts there would be
//
// They are made anew at each look, which costs what all sessions and spaces have; so it is taken
// only while somebody observes such facts.

namespace avow::server {

/// By their bytes: in an order that depends on nothing else.
using IntrospectionFacts = std::map<Bytes, Value, BytesLess>;

/// What observers of the system space are told shall not be news by itself: so no `queue` is told
/// of a session that observes anything there.
[[nodiscard]] IntrospectionFacts look(const Spaces& spaces, const SessionTable& sessions,
                                      const Keepers& keepers);

/// Whether an observer of that pattern may be told any of it.
[[nodiscard]] bool asks_for_a_look(const Pattern& pattern);

}  // namespace avow::server
