#pragma once

#include <cstdint>

#include "avow/base/bytes.hpp"

namespace avow {

/// The secret of one process's hash tables, 128 random bits. Bytes that clients choose are never
/// hashed without it, so that nobody can make them collide.
struct HashKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
};

/// SipHash-1-3 of `bytes` (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; one
/// compression and three finalisation rounds, as in Rust's and Ruby's tables).
[[nodiscard]] std::uint64_t keyed_hash(const HashKey& key, ByteView bytes);

/// Scatters a number that we chose ourselves (an id, a combination of keyed hashes) over 64 bits.
[[nodiscard]] constexpr std::uint64_t scatter(std::uint64_t x) {
  x ^= x >> 32;
  x *= 0xD6E8FEB86659FD93ULL;
  x ^= x >> 32;
  x *= 0xD6E8FEB86659FD93ULL;
  x ^= x >> 32;
  return x;
}

}  // namespace avow
