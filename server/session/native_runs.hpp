#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "avow/wire/native.hpp"
#include "server/engine/outbound_turn.hpp"

// How the events of a turn are cut into the batches of native frames: one batch holds events that
// follow one another, of one space, addressed in one way, and not too many bytes of them.

namespace avow::server {

struct NativeRun {
  wire::native::Addressing addressing{};
  /// Index into the turn's spaces; nothing for events that concern no space.
  std::optional<std::uint32_t> space;
  /// What was there when an observer began.
  bool is_snapshot = false;
  /// Whether removals are told with what went.
  bool with_captures = false;
  /// By topic: of the turn's changes. By entity: of its events.
  std::vector<std::uint32_t> indices;
};

[[nodiscard]] std::vector<NativeRun> native_runs(const OutboundTurn& turn);

/// Whether the turn has few events, all in one run: that run, into memory that may be used again.
[[nodiscard]] bool only_native_run(const OutboundTurn& turn, NativeRun& into);

}  // namespace avow::server
