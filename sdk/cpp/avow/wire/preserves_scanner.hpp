#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"
#include "avow/model/limits.hpp"

namespace avow::wire {

/// Finds where values of a stream of Preserves binary end, without reading anything twice: each
/// byte costs the same however the stream was cut. It tells a boundary, `decode_value` then reads
/// the value and finds everything else that may be wrong with it.
class PreservesScanner {
 public:
  /// One value may take `bytes_max` bytes, and be as deep and hold strings as long as in `limits`.
  PreservesScanner(const ValueLimits& limits, std::size_t bytes_max)
      : limits_(limits), bytes_max_(bytes_max) {}

  /// Looks at more of the stream. Answers the number of bytes of `more` up to the end of a value
  /// (the next call begins behind it), or nothing if none ended: then all of `more` was looked at.
  /// Errors, after which the stream is of no more use: `limit`, as soon as something too long or
  /// too deep is announced; `bad-binary`, for what no value begins or ends with.
  [[nodiscard]] Result<std::optional<std::size_t>> feed(ByteView more);
  /// Whether every value that began has ended.
  [[nodiscard]] bool at_boundary() const { return seen_ == 0; }

 private:
  enum class In : std::uint8_t { tag, length, content };

  // Each answers whether the stream may go on; if not, it has set `error_`.
  bool begin(std::uint8_t kind);
  bool add_to_length(std::uint8_t byte);
  bool begin_content();
  void end_value();
  bool fail(Error error);

  ValueLimits limits_;
  std::size_t bytes_max_;
  In in_ = In::tag;
  std::uint8_t kind_ = 0;      // The tag of the atom being read.
  unsigned length_shift_ = 0;  // How many bits of its length are there.
  std::uint64_t length_ = 0;   // Of the atom; then how much of its content is still to come.
  std::size_t seen_ = 0;       // Bytes of this value.
  std::size_t open_ = 0;       // Compounds that have begun and not ended.
  std::size_t outermost_ = 1;  // Values still to come outside of compounds: annotations, value.
  std::optional<Error> error_;
};

}  // namespace avow::wire
