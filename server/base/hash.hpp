#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "avow/base/bytes.hpp"

namespace avow::server {

/// The secret of one process's hash tables, 128 random bits. Bytes that clients choose are never
/// hashed without it, so that nobody can make them collide.
struct HashKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
};

/// XXH3 (64 bits) with a secret that is derived from a key; a third of the time that SipHash-1-3
/// takes. Source: xxHash, "XXH3_64bits_withSecret", where the secret is what keeps outsiders from
/// preparing collisions. Its numbers are never told to anybody and never stored.
class KeyedHash {
 public:
  explicit KeyedHash(const HashKey& key);
  [[nodiscard]] std::uint64_t operator()(ByteView bytes) const;

 private:
  std::array<std::uint8_t, 192> secret_;
};

/// Scatters a number that we chose ourselves (an id, a combination of keyed hashes) over 64 bits.
[[nodiscard]] constexpr std::uint64_t scatter(std::uint64_t x) {
  x ^= x >> 32;
  x *= 0xD6E8FEB86659FD93ULL;
  x ^= x >> 32;
  x *= 0xD6E8FEB86659FD93ULL;
  x ^= x >> 32;
  return x;
}

}  // namespace avow::server
