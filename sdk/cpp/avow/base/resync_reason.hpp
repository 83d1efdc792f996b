#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace avow {

/// Why an observer that wanted to go on from a revision, or had fallen behind, is told everything
/// anew. The numbers stand in schemas/avow.capnp and never change.
enum class ResyncReason : std::uint8_t {
  none = 0,
  compacted = 1,       ///< What it misses is too long ago to be told.
  server_restart = 2,  ///< What it was told belongs to a run of the server before this one.
  references = 3,      ///< There are references among it, which mean nothing in another session.
  counted = 4,         ///< Its matches are counted, and numbers have no history.
  interrupted = 5,     ///< Its client did not take what it was told before it had been told all.
};

inline constexpr std::uint8_t resync_reason_count = 6;

/// The word for it on the wire: `server-restart`.
[[nodiscard]] constexpr std::string_view name_of(ResyncReason reason) {
  constexpr std::array<std::string_view, resync_reason_count> names = {
      "", "compacted", "server-restart", "references", "counted", "interrupted"};
  return names[static_cast<std::size_t>(reason)];
}

}  // namespace avow
