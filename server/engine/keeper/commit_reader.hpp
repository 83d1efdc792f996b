#pragma once

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"
#include "server/engine/keeper/commit_request.hpp"

// Reads commits, and keeps what was read last: whoever works off a queue asks for the same again
// and again, byte for byte, and to compare bytes is much less than to read a pattern.

namespace avow::server {

class CommitReader {
 public:
  /// Longer ones are not kept, and their values with them.
  static constexpr std::size_t kept_bytes_max = 1'024;

  /// What `read_commit` says of `request`. Valid until the next call, and as long as `unkept`,
  /// which is used if it is not kept.
  [[nodiscard]] Result<const CommitRequest*> read(ValueView request, const EngineLimits& limits,
                                                  CommitRequest& unkept);

 private:
  Bytes written_;       // What is kept was read from this: its operations and options.
  CommitRequest read_;  // Kept only if there is something in `written_`.
};

}  // namespace avow::server
