#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "avow/base/cause.hpp"
#include "avow/base/result.hpp"
#include "avow/model/value.hpp"
#include "avow/wire/native.hpp"

// A turn of the server arrives in pieces: the part for this session, then batches, perhaps in later
// frames. It is put together here, so that it can be applied whole.

namespace avow {

struct ServerEvent {
  wire::native::Addressing addressing{};
  std::uint64_t target = 0;
  std::uint64_t handle = 0;
  wire::EventKind kind{};
  Value body;                    ///< References in wire form.
  bool names_what_went = false;  ///< Of a retract: that is the body.
  Cause cause = Cause::none;
  std::string by;  ///< "" if it was not told.
  std::uint32_t space = 0;
  std::uint64_t revision = 0;
};

struct ServerTurn {
  wire::native::SessionPart part;
  std::vector<ServerEvent> events;
};

class ServerTurnAssembly {
 public:
  /// Returns the turn that `part` begins, if it has no batches.
  /// Errors: `bad-frame` if the turn before is not complete.
  [[nodiscard]] Result<std::optional<ServerTurn>> add(wire::native::SessionPart part);
  /// Returns the turn that `batch` completes, if it does. Errors: `bad-binary`, `limit`.
  [[nodiscard]] Result<std::optional<ServerTurn>> add(const wire::native::Batch& batch);

 private:
  ServerTurn turn_;
  std::uint32_t missing_ = 0;  // Batches that were announced and have not come.
};

}  // namespace avow
