#pragma once

#include <cstddef>

// What a value or a pattern from outside may cost at most. Every decoder takes these, so that
// nothing unbounded ever comes to exist. The defaults are published in docs/PROTOCOL.md.

namespace avow {

struct ValueLimits {
  std::size_t depth_max = 64;            ///< Nesting, also inside annotations and embedded values.
  std::size_t nodes_max = 100'000;       ///< Values inside one value, itself included.
  std::size_t integer_bits_max = 4'096;  ///< Also bounds decimal conversion, which is quadratic.
  std::size_t string_bytes_max = 1 << 20;  ///< Strings, byte strings and symbols.
};

struct PatternLimits {
  std::size_t nodes_max = 1'024;
  std::size_t depth_max = 32;
  std::size_t captures_max = 64;
};

}  // namespace avow
